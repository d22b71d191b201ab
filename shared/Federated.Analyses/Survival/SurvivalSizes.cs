using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;
using Federated.Statistics.Kernels;

namespace Federated.Analyses.Survival;

/// <summary>
/// The first sum of an analysis of survival: how many rows and events it has and why rows are left out; mean and scale of every column of the design, which
/// become the public centres and units of all later sums.
/// </summary>
internal sealed record SurvivalSizes
{
    /// <summary>The step's name.</summary>
    public const string Step = "sizes";

    private const string Used = "n";
    private const string EventRows = "events";
    private const string OmittedRows = "omitted";
    private const string ExcludedRows = "excluded";
    private const string Impossible = "impossible";
    private const string Fractional = "fractional";
    private const string Scale = "scale";

    private static readonly WideBlock Sum = new("sum");
    private static readonly ExclusionReason[] Reasons = Enum.GetValues<ExclusionReason>();
    private static readonly SurvivalOmission[] Omissions = Enum.GetValues<SurvivalOmission>();

    public required long Rows { get; init; }

    public required long Events { get; init; }

    public required ImmutableSortedDictionary<string, long> Excluded { get; init; }

    public required double[] Mean { get; init; }

    public required int[] Exponent { get; init; }

    public required int WeightExponent { get; init; }

    /// <summary>Whether some weight is no whole number: then it is no count of rows, and the covariance is estimated robustly, as survival does.</summary>
    public required bool HasFractionalWeights { get; init; }

    /// <summary>The step as the manifest shows it.</summary>
    public static StepDeclaration Declare(SurvivalModel model)
    {
        int columns = model.Columns.Length;
        return new StepDeclaration(
            Step, ExchangeKind.Sum, "How many rows have every value that is needed, and how many had their event.",
            [
                new DeclaredItem(Used, [], "Number of rows used."),
                new DeclaredItem(EventRows, [], "Number of them that had their event."),
                new DeclaredItem(OmittedRows, [Omissions.Length], "Number of rows left out for a value that is missing or not in the plan, for each reason."),
                new DeclaredItem(ExcludedRows, [Reasons.Length], "Number of rows that are not part of the study, for each reason."),
                new DeclaredItem(Impossible, [3], "Number of rows with a status other than 1 and 0, that leave before they enter, and with a weight below zero."),
                new DeclaredItem(Fractional, [], "Number of rows whose weight is no whole number."),
                new DeclaredItem(Scale, [columns + 1], "Magnitude of each predictor's column and of the weights in 18 classes of 8 octaves: in how many hospitals the largest scanner lies in each."),
                .. Sum.Declared([columns], "Sum of each predictor's column. Of a column that marks a level, that is the number of rows of the level."),
            ]);
    }

    /// <summary>What is asked for.</summary>
    public static SumLayout Layout(SurvivalModel model) => new(
    [
        SumBlock.Counts(Used), SumBlock.Counts(EventRows), SumBlock.Counts(OmittedRows, Omissions.Length), SumBlock.Counts(ExcludedRows, Reasons.Length),
        SumBlock.Counts(Impossible, 3), SumBlock.Counts(Fractional), SumBlock.Counts(Scale, model.Columns.Length + 1), .. LocationSums.Unscaled(Sum, model.Columns.Length),
    ]);

    /// <summary>The site half.</summary>
    /// <exception cref="AnalysisRefusedException">E2502: fewer rows here than the plan's minimum.</exception>
    public static SiteAnswer Answer(SiteContext context, SurvivalModel model, SurvivalRows rows)
    {
        if (rows.Count > 0 && rows.Count < context.Plan.Privacy.MinimumRows)
            throw new AnalysisRefusedException("E2502", $"Analysis {context.Specification.Id}: {rows.Count} rows here have all its values, and the plan asks for {context.Plan.Privacy.MinimumRows}: this site takes no part.");
        var sum = new SumVector(Layout(model));
        sum.Add(Used, 0, rows.Count);
        for (int reason = 0; reason < Omissions.Length; reason++) sum.Add(OmittedRows, reason, rows.Omitted[reason]);
        for (int reason = 0; reason < Reasons.Length; reason++) sum.Add(ExcludedRows, reason, context.Table.Excluded.GetValueOrDefault(Reasons[reason]));
        for (int row = 0; row < rows.Count; row++)
        {
            if (rows.IsEvent(row)) sum.Add(EventRows, 0, 1);
            else if (rows.Status[row] != 0) sum.Add(Impossible, 0, 1);
            if (rows.Start[row] >= rows.Stop[row]) sum.Add(Impossible, 1, 1);
            if (rows.Weight[row] < 0) sum.Add(Impossible, 2, 1);
            if (rows.Weight[row] != Math.Floor(rows.Weight[row])) sum.Add(Fractional, 0, 1);
        }

        double[] largest = new double[model.Columns.Length + 1];
        foreach (ScannerRows scanner in rows.Scanners())
        {
            for (int column = 0; column < largest.Length; column++)
            {
                double[] values = (column < rows.Columns.Length ? rows.Columns[column] : rows.Weight)[scanner.First..scanner.Next];
                if (column < rows.Columns.Length) Sum.Add(sum, column, Summation.Sum(values));
                for (int i = 0; i < values.Length; i++) values[i] *= values[i];
                largest[column] = Math.Max(largest[column], Math.Sqrt(Summation.Mean(values)));
            }
        }

        for (int column = 0; column < largest.Length; column++) sum.AddRaw(Scale, column, ScaleClass.Mark(largest[column]));
        return new SiteAnswer { Sum = sum, Packed = [Scale] };
    }

    /// <summary>What the sum over sites says, once it is possible.</summary>
    /// <exception cref="AnalysisRefusedException">E2502 to E2504: no rows, impossible values.</exception>
    public static SurvivalSizes Read(AnalysisSpecification specification, SurvivalModel model, SumVector sum)
    {
        string where = $"Analysis {specification.Id}";
        int columns = model.Columns.Length;
        long rows = (long)sum[Used, 0];
        ImmutableSortedDictionary<string, long>.Builder excluded = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (SurvivalOmission reason in Omissions) Count(excluded, reason.ToString(), (long)sum[OmittedRows, (int)reason]);
        for (int reason = 0; reason < Reasons.Length; reason++) Count(excluded, Reasons[reason].ToString(), (long)sum[ExcludedRows, reason]);
        if (rows == 0)
            throw new AnalysisRefusedException("E2502", $"{where}: no row has every value it needs{(excluded.Count == 0 ? "" : $" (left out: {string.Join(", ", excluded.Select(e => $"{e.Value} {e.Key}"))})")}: check the names and the rows to fit on.");
        if (sum[Impossible, 0] > 0)
            throw new AnalysisRefusedException("E2503", $"{where}: status '{PlainText.Shown(model.Status.Name)}' has {sum[Impossible, 0]} rows that are neither 1 (event) nor 0 (none): recode the column.");
        if (sum[Impossible, 1] > 0)
            throw new AnalysisRefusedException("E2503", $"{where}: {sum[Impossible, 1]} rows leave (time '{PlainText.Shown(model.Time.Name)}') no later than they enter (start '{PlainText.Shown(model.Start!.Name)}'): correct them.");
        if (sum[Impossible, 2] > 0)
            throw new AnalysisRefusedException("E2503", $"{where}: weights '{PlainText.Shown(model.Weights!.Name)}' has {sum[Impossible, 2]} rows below zero: a weight says how much a row counts.");
        int[] exponent = [.. Enumerable.Range(0, columns + 1).Select(c => ScaleClass.HighestExponent(sum.Raw(Scale, c)) is var e and not int.MinValue ? e : 0)];
        return new SurvivalSizes
        {
            Rows = rows,
            Events = (long)sum[EventRows, 0],
            Excluded = excluded.ToImmutable(),
            Mean = [.. Enumerable.Range(0, columns).Select(c => Sum.Read(sum, c) / rows)],
            Exponent = exponent[..columns],
            WeightExponent = exponent[columns],
            HasFractionalWeights = sum[Fractional, 0] > 0,
        };
    }

    /// <summary>Refuses data without an event.</summary>
    /// <exception cref="AnalysisRefusedException">E2504.</exception>
    public void RequireEvents(AnalysisSpecification specification, SurvivalModel model)
    {
        if (Events == 0)
            throw SurvivalModel.Refused("E2504", specification, $"none of {Rows} rows has an event (status '{PlainText.Shown(model.Status.Name)}'), so nothing can be estimated: check how the status is coded");
    }

    /// <summary>Refuses a grid that cuts every event off.</summary>
    /// <exception cref="AnalysisRefusedException">E2504.</exception>
    public static void RequireEvents(AnalysisSpecification specification, IReadOnlyList<Departure> departures)
    {
        if (departures.All(d => d.Events == 0))
            throw SurvivalModel.Refused("E2504", specification, "no event lies before the last edge of the grid of times: extend it");
    }

    /// <summary>Adds what every result of an analysis of survival says of its rows and times.</summary>
    public void Describe(JsonObject document, CoordinatorContext context, IReadOnlyList<Departure> departures, double[]? edges)
    {
        document["n"] = Rows;
        document["events"] = departures.Sum(d => d.Events);
        document["missing"] = Missing;
        document["excluded"] = ExcludedNode();
        document["times"] = edges is null ? "exact" : new JsonObject { ["grid"] = new JsonArray([.. edges.Select(e => (JsonNode)e)]) };
        document["sites"] = context.Sites;
    }

    /// <summary>Rows left out for a value that is missing.</summary>
    public long Missing => Excluded.Where(e => e.Key.EndsWith("-missing", StringComparison.Ordinal)).Sum(e => e.Value);

    private JsonObject ExcludedNode() => new(Excluded.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)e.Value)));

    private static void Count(ImmutableSortedDictionary<string, long>.Builder excluded, string reason, long rows)
    {
        string word = string.Concat(reason.Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "-") + char.ToLowerInvariant(c) : c.ToString()));
        if (rows > 0) excluded[word] = excluded.GetValueOrDefault(word) + rows;
    }
}
