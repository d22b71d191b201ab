using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Analyses.Survey;
using Federated.Analyses.Tables;
using Federated.Statistics.Kernels;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Regression;

/// <summary>
/// The first sum of a regression: how many rows it uses and why others are left out; sum and scale of every column, of the outcome, offset and weight. The
/// means are the public centres of all later sums, the scales give their units.
/// </summary>
internal sealed record RegressionSizes
{
    /// <summary>The step's name.</summary>
    public const string Step = "sizes";

    private const string Used = "n";
    private const string OmittedRows = "omitted";
    private const string ExcludedRows = "excluded";
    private const string Scale = "scale";
    private const string Impossible = "impossible";

    // Behind the design columns: outcome, offset, weight, weight times outcome.
    private const int Others = 4;

    private static readonly WideBlock Sum = new("sum");
    private static readonly ExclusionReason[] Reasons = Enum.GetValues<ExclusionReason>();

    public required long Rows { get; init; }

    public required ImmutableSortedDictionary<string, long> Excluded { get; init; }

    public required double[] Mean { get; init; }

    public required int[] Exponent { get; init; }

    /// <summary>Rows with an outcome that the model cannot have, and rows with a weight below zero.</summary>
    public required (long Outcomes, long Weights) ImpossibleRows { get; init; }

    /// <summary>Sites with a usable row, and sites at which the outcome varies.</summary>
    public required (long WithRows, long Varying) Sites { get; init; }

    private int Columns => Mean.Length - Others;

    public double ResponseMean => Mean[Columns];

    public double OffsetMean => Mean[Columns + 1];

    /// <summary>Sum of the weights.</summary>
    public double WeightSum => Mean[Columns + 2] * Rows;

    /// <summary>Mean of the outcome, each row with its weight.</summary>
    public double WeightedMean => Mean[Columns + 3] / Mean[Columns + 2];

    public int ResponseExponent => Exponent[Columns];

    public int OffsetExponent => Exponent[Columns + 1];

    public int WeightExponent => Exponent[Columns + 2];

    /// <summary>The step as the manifest shows it.</summary>
    public static StepDeclaration Declare(RegressionModel model)
    {
        int columns = model.Columns.Length - (model.Intercept ? 1 : 0) + Others;
        return new StepDeclaration(Step, ExchangeKind.Sum, "How many rows have every value the model needs, and mean and scale of each of its columns.",
        [
            new DeclaredItem(Used, [], "Number of rows used."),
            new DeclaredItem(OmittedRows, [Enum.GetValues<RowOmission>().Length], "Number of rows left out for a value that is missing or not in the plan, for each reason."),
            new DeclaredItem(ExcludedRows, [Reasons.Length], "Number of rows that are not part of the study, for each reason."),
            new DeclaredItem(Impossible, [2], "Number of rows with an outcome that the model cannot have, and with a weight below zero."),
            new DeclaredItem("varying", [2], "Number of hospitals with rows, and with an outcome that varies."),
            new DeclaredItem(Scale, [columns], "Magnitude of each column, of outcome, offset, weight and their product in 18 classes of 8 octaves: in how many hospitals the largest scanner lies in each."),
            .. Sum.Declared([columns], "Their sums. Of a column that marks a level, that is the number of rows of the level."),
        ]);
    }

    /// <summary>What is asked for.</summary>
    public static SumLayout Layout(RegressionModel model)
    {
        int columns = model.Columns.Length - (model.Intercept ? 1 : 0) + Others;
        return new SumLayout(
        [
            SumBlock.Counts(Used), SumBlock.Counts(OmittedRows, Enum.GetValues<RowOmission>().Length), SumBlock.Counts(ExcludedRows, Reasons.Length),
            SumBlock.Counts(Impossible, 2), SumBlock.Counts("varying", 2), SumBlock.Counts(Scale, columns), .. LocationSums.Unscaled(Sum, columns),
        ]);
    }

    /// <summary>The site half.</summary>
    public static SiteAnswer Answer(RegressionModel model, RegressionRows rows, StudyTable table, Func<double, bool> isPossible)
    {
        var sum = new SumVector(Layout(model));
        sum.Add(Used, 0, rows.Count);
        for (int reason = 0; reason < rows.Omitted.Length; reason++) sum.Add(OmittedRows, reason, rows.Omitted[reason]);
        for (int reason = 0; reason < Reasons.Length; reason++) sum.Add(ExcludedRows, reason, table.Excluded.GetValueOrDefault(Reasons[reason]));
        for (int i = 0; i < rows.Count; i++)
        {
            (double y, _, double w) = rows.Frame(i);
            if (!isPossible(y)) sum.Add(Impossible, 0, 1);
            if (w < 0) sum.Add(Impossible, 1, 1);
        }

        if (rows.Count > 0) sum.Add("varying", 0, 1);
        if (Enumerable.Range(0, rows.Count).Any(i => rows.Frame(i).Outcome != rows.Frame(0).Outcome)) sum.Add("varying", 1, 1);
        double[] largest = new double[rows.Columns + Others];
        foreach (ScannerRows scanner in rows.Scanners())
        {
            double[] values = new double[scanner.Next - scanner.First];
            for (int column = 0; column < largest.Length; column++)
            {
                for (int i = 0; i < values.Length; i++) values[i] = Value(rows, scanner.First + i, column);
                Sum.Add(sum, column, Summation.Sum(values));
                for (int i = 0; i < values.Length; i++) values[i] *= values[i];
                largest[column] = Math.Max(largest[column], Math.Sqrt(Summation.Mean(values)));
            }
        }

        for (int column = 0; column < largest.Length; column++) sum.AddRaw(Scale, column, ScaleClass.Mark(largest[column]));
        return new SiteAnswer { Sum = sum, Packed = [Scale] };
    }

    /// <summary>What the sum over sites says.</summary>
    public static RegressionSizes Read(SumVector sum)
    {
        int columns = sum.Layout[Scale].Block.Length;
        long rows = (long)sum[Used, 0];
        ImmutableSortedDictionary<string, long>.Builder excluded = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (RowOmission reason in Enum.GetValues<RowOmission>()) Count(excluded, reason.ToString(), (long)sum[OmittedRows, (int)reason]);
        for (int reason = 0; reason < Reasons.Length; reason++) Count(excluded, Reasons[reason].ToString(), (long)sum[ExcludedRows, reason]);
        return new RegressionSizes
        {
            Rows = rows,
            Excluded = excluded.ToImmutable(),
            Mean = [.. Enumerable.Range(0, columns).Select(c => rows == 0 ? 0 : Sum.Read(sum, c) / rows)],
            Exponent = [.. Enumerable.Range(0, columns).Select(c => ScaleClass.HighestExponent(sum.Raw(Scale, c)) is var e and not int.MinValue ? e : 0)],
            ImpossibleRows = ((long)sum[Impossible, 0], (long)sum[Impossible, 1]),
            Sites = ((long)sum["varying", 0], (long)sum["varying", 1]),
        };
    }

    /// <summary>How the columns are centred and scaled.</summary>
    public DesignScaling Scaling(RegressionModel model)
    {
        int constant = model.Intercept ? 1 : 0;
        double[] centre = new double[model.Columns.Length];
        int[] exponent = new int[model.Columns.Length];
        for (int j = constant; j < centre.Length; j++)
        {
            centre[j] = model.Intercept ? Mean[j - constant] : 0;
            exponent[j] = Exponent[j - constant];
        }

        return new DesignScaling(model.Intercept, centre, exponent);
    }

    /// <summary>Rows left out for a value that is missing.</summary>
    public long Missing => Excluded.Where(e => e.Key.EndsWith("-missing", StringComparison.Ordinal)).Sum(e => e.Value);

    /// <summary>Rows left out, by reason, for a result.</summary>
    public JsonObject ExcludedNode() => new(Excluded.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)e.Value)));

    private static double Value(RegressionRows rows, int i, int column)
    {
        if (column < rows.Columns) return rows.Value(i, column);
        (double y, double o, double w) = rows.Frame(i);
        return (column - rows.Columns) switch { 0 => y, 1 => o, 2 => w, _ => w * y };
    }

    private static void Count(ImmutableSortedDictionary<string, long>.Builder excluded, string reason, long rows)
    {
        string word = string.Concat(reason.Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "-") + char.ToLowerInvariant(c) : c.ToString()));
        if (rows > 0) excluded[word] = excluded.GetValueOrDefault(word) + rows;
    }
}
