using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Tables;
using Federated.Statistics.Ranks;

namespace Federated.Analyses.Ranks;

/// <summary>How many rows a rank analysis has, why others are left out, and the joint table of values.</summary>
/// <param name="Groups">Per level of the group (or sign of the difference: 0 positive, 1 negative, 2 zero), each distinct value with its count, ascending.</param>
/// <param name="Rows">Rows used.</param>
/// <param name="Missing">Rows left out for a value that is missing or a level not in the plan.</param>
/// <param name="Excluded">Rows that are not part of the study, by reason.</param>
internal sealed record ValueTable(ImmutableArray<ImmutableArray<(double Value, long Count)>> Groups, long Rows, long Missing, ImmutableSortedDictionary<string, long> Excluded)
{
    /// <summary>The steps' names.</summary>
    public const string Sizes = "sizes";

    public const string Values = "values";

    private const string Used = "n";
    private const string Omitted = "omitted";
    private const string ExcludedRows = "excluded";
    private const string Table = "value_table";
    private const string Cells = "cells";
    private const string Salt = "salt";
    private const int FirstKeys = 8_192; // a first try that suffices for scores of a few digits

    private static readonly ExclusionReason[] Reasons = Enum.GetValues<ExclusionReason>();

    private static readonly SumLayout SizesLayout = new(SumBlock.Counts(Used), SumBlock.Counts(Omitted), SumBlock.Counts(ExcludedRows, Reasons.Length));

    /// <summary>The steps as the manifest shows them.</summary>
    public static IReadOnlyList<StepDeclaration> Declare(RankModel model)
    {
        string what = model.Paired is null ? "value" : "difference of two values of a row";
        string disclosure = model.Grid is null ? " Exact values: where few patients share one, the table tells single patients' values, though not at which hospital." : "";
        return
        [
            new StepDeclaration(
                Sizes, ExchangeKind.Sum, "How many rows have every value that is needed.",
                [
                    new DeclaredItem(Used, [], "Number of rows used."), new DeclaredItem(Omitted, [], "Number of rows left out for a value that is missing or not in the plan."),
                    new DeclaredItem(ExcludedRows, [Reasons.Length], "Number of rows that are not part of the study, for each reason."),
                ]),
            new StepDeclaration(
                Values, ExchangeKind.Sum, model.Grid is null ? "The distinct values of the study." : "How many values lie in each interval of the agreed grid.",
                [SparseCounts.Declared(Table, 2, 0, $"Each distinct {what}{(model.Grid is null ? "" : ", rounded up to the agreed grid,")} with the number of rows, per group.{disclosure}")])
            { SinglePatients = model.Grid is null },
        ];
    }

    /// <summary>Asks until the values are known.</summary>
    /// <exception cref="AnalysisRefusedException">E2702: no row. E2703: more distinct values than can be listed.</exception>
    public static IEnumerable<Step> Ask(CoordinatorContext context, RankModel model, Action<ValueTable> found)
    {
        var first = new SumStep(Sizes, Broadcast.Empty, SizesLayout);
        yield return first;
        long rows = (long)first.Sum[Used, 0], missing = (long)first.Sum[Omitted, 0];
        if (rows == 0) throw RankModel.Refused("E2702", context.Specification, $"no row has every value it needs ({missing} left out for a missing one): check the names");
        ImmutableSortedDictionary<string, long>.Builder excluded = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        for (int reason = 0; reason < Reasons.Length; reason++)
            if ((long)first.Sum[ExcludedRows, reason] is var count and > 0) excluded[Reasons[reason].ToString()] = count;
        int groups = model.Paired is not null ? 3 : Math.Max(2, model.Group!.Levels.Length);
        foreach (long keys in (long[])[Math.Min(rows, FirstKeys), Math.Min(rows, SparseCounts.MostKeys), Math.Min(2 * rows, SparseCounts.MostKeys)])
        {
            int salt = 1 + (int)(keys % 1021);
            var table = new SparseCounts(Table, 2, 0, SparseCounts.CellsFor(keys), salt);
            var step = new SumStep(Values, Broadcast.Of(Tensor.Scalar(Cells, table.Cells), Tensor.Scalar(Salt, salt)), new SumLayout(table.Block()));
            yield return step;
            if (table.Read(step.Sum) is not { } entries) continue;
            if (entries.FirstOrDefault(e => e.Key[0] >= (ulong)groups) is { } stray)
                throw RankModel.Refused("E2704", context.Specification, $"'{PlainText.Shown(model.Group!.Name)}' has {stray.Count} rows that are neither 1 nor 0: recode the column, or make it a category");
            found(new ValueTable(
                [.. Enumerable.Range(0, groups).Select(g => entries.Where(e => e.Key[0] == (ulong)g).Select(e => (SparseCounts.Number(e.Key[1]), e.Count)).OrderBy(e => e.Item1).ToImmutableArray())],
                rows, missing, excluded.ToImmutable()));
            yield break;
        }

        throw RankModel.Refused("E2703", context.Specification, $"more distinct values than can be listed ({SparseCounts.MostKeys:N0}): agree on a grid with values: {{ grid: [..] }}");
    }

    /// <summary>The site half.</summary>
    /// <exception cref="AnalysisRefusedException">E2702: fewer rows here than the plan's minimum.</exception>
    public static SiteAnswer Answer(string kind, SiteContext context, RankModel model, string step, Broadcast broadcast)
    {
        (List<(ulong Group, double Value)> rows, long omitted) = Read(context, model);
        if (rows.Count > 0 && rows.Count < context.Plan.Privacy.MinimumRows)
            throw RankModel.Refused("E2702", context.Specification, $"{rows.Count} rows here have all its values, and the plan asks for {context.Plan.Privacy.MinimumRows}: this site takes no part");
        switch (step)
        {
            case Sizes:
                var sizes = new SumVector(SizesLayout);
                sizes.Add(Used, 0, rows.Count);
                sizes.Add(Omitted, 0, omitted);
                for (int reason = 0; reason < Reasons.Length; reason++) sizes.Add(ExcludedRows, reason, context.Table.Excluded.GetValueOrDefault(Reasons[reason]));
                return new SiteAnswer { Sum = sizes };
            case Values:
                SparseCounts table = ReadTable(new BroadcastReader(broadcast));
                var sum = new SumVector(new SumLayout(table.Block()));
                foreach ((ulong group, double value) in rows) table.Add(sum, [group, SparseCounts.Word(value)], []);
                return new SiteAnswer { Sum = sum, Packed = [Table] };
            default:
                throw new BroadcastInvalidException($"{kind} has no step {step}.");
        }
    }

    /// <summary>Two of the groups side by side.</summary>
    public ValueCounts Compare(int first, int second)
    {
        var counts = new SortedDictionary<double, (long First, long Second)>();
        foreach ((double value, long count) in Groups[first]) counts[value] = (count, 0);
        foreach ((double value, long count) in Groups[second]) counts[value] = (counts.GetValueOrDefault(value).First, count);
        return new ValueCounts([.. counts.Keys], [.. counts.Values.Select(c => c.First)], [.. counts.Values.Select(c => c.Second)]);
    }

    /// <summary>Adds what every result of a rank analysis says of its rows and values.</summary>
    public void Describe(JsonObject document, CoordinatorContext context, RankModel model)
    {
        document["n"] = Rows;
        document["missing"] = Missing;
        document["excluded"] = new JsonObject(Excluded.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)e.Value)));
        document["values"] = model.Grid is { } edges ? new JsonObject { ["grid"] = new JsonArray([.. edges.Select(e => (JsonNode)e)]) } : "exact";
        document["sites"] = context.Sites;
    }

    private static (List<(ulong Group, double Value)> Rows, long Omitted) Read(SiteContext context, RankModel model)
    {
        StudyTable table = context.Table;
        double[] values = model.Value.Read(context, null);
        double[]? groups = model.Group?.Read(context, null), paired = model.Paired?.Read(context, null);
        var rows = new List<(ulong, double)>(table.Rows);
        long omitted = 0;
        for (int row = 0; row < table.Rows; row++)
        {
            if (!table.Fit[row]) continue;
            double value = values[row] - (paired?[row] ?? 0), group = groups?[row] ?? (value > 0 ? 0 : value < 0 ? 1 : 2);
            bool lacks = double.IsNaN(value) || double.IsNaN(group) || (model.Group is { IsCategory: true } && group < 0);
            if (lacks)
            {
                omitted++;
                continue;
            }

            // A number other than 0 and 1 is told as a group of its own, so that the coordinator can name it.
            ulong key = model.Group is { IsCategory: false } && group is not (0 or 1) ? 2 : (ulong)group;
            rows.Add((key, Rounded(paired is null ? value : Math.Abs(value), model.Grid)));
        }

        return (rows, omitted);
    }

    private static double Rounded(double value, ImmutableArray<double>? grid)
    {
        if (grid is not { } edges) return value;
        int at = edges.BinarySearch(value);
        return edges[Math.Min(at < 0 ? ~at : at, edges.Length - 1)];
    }

    private static SparseCounts ReadTable(BroadcastReader broadcast)
    {
        int cells = (int)Math.Clamp(broadcast.Numbers(Cells)[0], 0, int.MaxValue), salt = (int)Math.Clamp(broadcast.Numbers(Salt)[0], 0, int.MaxValue);
        return cells is > 0 and <= SparseCounts.MostCells && cells % 3 == 0 ? new SparseCounts(Table, 2, 0, cells, salt) : throw new BroadcastInvalidException($"A table of {cells} cells is not declared.");
    }
}
