using System.Collections.Immutable;
using Federated.Analyses.Describe;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Privacy.FixedPoint;
using Federated.Statistics.Survival;

namespace Federated.Analyses.Survival;

/// <summary>How many rows leave at one time, in one stratum and group, over all sites.</summary>
/// <param name="Stratum">Stratum, from 0.</param>
/// <param name="Group">Group, from 0.</param>
/// <param name="Time">When.</param>
/// <param name="Rows">Rows that leave then.</param>
/// <param name="Events">Of these, with their event.</param>
/// <param name="EventWeight">Sum of their weights.</param>
internal sealed record Departure(int Stratum, int Group, double Time, long Rows, long Events, double EventWeight);

/// <summary>
/// The distinct times of a study with their counts, in one of two ways that the plan chooses. Exact: read back from a table of sums, so that no hospital's own list
/// is needed, but everyone who sees the sum learns when single patients left. On an agreed grid: counts of rows per interval; with the plan's minimum of rows,
/// intervals with fewer are joined to the next first.
/// </summary>
internal static class TimeTable
{
    /// <summary>The steps' names.</summary>
    public const string Times = "times";

    public const string Intervals = "intervals";

    /// <summary>Tensor of the edges that hold under a grid.</summary>
    public const string Edges = "edges";

    private const string Table = "time_table";
    private const string Cells = "cells";
    private const string Salt = "salt";
    private const string Counts = "rows";
    private const string Events = "events";
    private const string Weights = "event_weight";
    private const int FirstKeys = 8_192; // a first try that suffices for days, weeks and months

    private const string Disclosure =
        "Exact times: where few patients leave at one time, the table tells when single patients left and whether with an event, though not at which hospital.";

    /// <summary>Blocks that hold packed counters.</summary>
    public static ImmutableArray<string> Packed { get; } = [Table];

    /// <summary>The steps as the manifest shows them.</summary>
    public static IEnumerable<StepDeclaration> Declare(StudyPlan plan, SurvivalModel model)
    {
        int keys = model.StratumCount * model.GroupCount;
        string per = keys > 1 ? ", per stratum and group" : "";
        if (model.Grid is not { } edges)
        {
            yield return new StepDeclaration(
                Times, ExchangeKind.Sum, "The distinct times of the study.",
                [SparseCounts.Declared(Table, 2, 2, $"Each distinct time with the number of rows that leave then, of those with an event, and the sum of their weights{per}. {Disclosure}")])
            { SinglePatients = true };
            yield break;
        }

        if (plan.Privacy.MinimumRows is { } minimum)
        {
            yield return new StepDeclaration(
                Intervals, ExchangeKind.Sum, "Which intervals of the agreed grid hold enough rows.",
                [new DeclaredItem(Counts, [edges.Length], $"Number of rows that leave in each interval; 0 where fewer than {minimum} at a site. Intervals without enough are joined to the next.")]);
        }

        yield return new StepDeclaration(
            Times, ExchangeKind.Sum, "How many leave in each interval of the agreed grid.",
            [
                new DeclaredItem(Counts, [keys, -1], $"Number of rows that leave in each interval{per}."),
                new DeclaredItem(Events, [keys, -1], "Of these, with an event."),
                new DeclaredItem(Weights, [keys, -1], "Sum of the events' weights."),
            ]);
    }

    /// <summary>Asks until the times are known; what is found is handed to <paramref name="found"/>, with the edges that hold (none: exact).</summary>
    /// <exception cref="AnalysisRefusedException">E2505: more distinct times than can be listed.</exception>
    public static IEnumerable<Step> Ask(
        CoordinatorContext context, SurvivalModel model, long rows, Action<IReadOnlyList<Departure>, double[]?> found)
    {
        if (model.Grid is { } edges) return OnGrid(context, model, [.. edges], found);
        return Exactly(context, model, rows, found);
    }

    /// <summary>The site half.</summary>
    public static SiteAnswer Answer(SiteContext context, SurvivalModel model, SurvivalRows rows, string step, BroadcastReader broadcast)
    {
        if (model.Grid is not { } edges)
        {
            SparseCounts table = ReadTable(broadcast);
            var sum = new SumVector(new SumLayout(table.Block()));
            for (int row = 0; row < rows.Count; row++)
            {
                ulong[] key = [(uint)((rows.Stratum[row] * model.GroupCount) + rows.Group[row]), SparseCounts.Word(rows.Stop[row])];
                table.Add(sum, key, rows.IsEvent(row) ? [1, Fixed(rows.Weight[row])] : [0, 0]);
            }

            return new SiteAnswer { Sum = sum, Packed = Packed };
        }

        if (string.Equals(step, Intervals, StringComparison.Ordinal))
        {
            var sum = new SumVector(new SumLayout(SumBlock.Counts(Counts, edges.Length)));
            long[] counts = new long[edges.Length];
            rows.RoundTo(edges.AsSpan());
            foreach (double stop in rows.Stop) counts[edges.BinarySearch(stop)]++;
            SmallCounts.Withhold(counts, context.Plan.Privacy.MinimumRows);
            for (int i = 0; i < counts.Length; i++) sum.Add(Counts, i, counts[i]);
            return new SiteAnswer { Sum = sum };
        }

        double[] joined = ReadEdges(broadcast, model)!;
        rows.RoundTo(joined);
        var leaving = new SumVector(GridLayout(model, joined.Length));
        for (int row = 0; row < rows.Count; row++)
        {
            int at = (((rows.Stratum[row] * model.GroupCount) + rows.Group[row]) * joined.Length) + Array.BinarySearch(joined, rows.Stop[row]);
            leaving.Add(Counts, at, 1);
            if (!rows.IsEvent(row)) continue;
            leaving.Add(Events, at, 1);
            leaving.Add(Weights, at, rows.Weight[row]);
        }

        return new SiteAnswer { Sum = leaving };
    }

    /// <summary>The site half of an analysis that needs its sizes and its times alone.</summary>
    public static SiteAnswer AnswerAlone(string kind, SiteContext context, string step, Broadcast broadcast)
    {
        SurvivalModel model = SurvivalModel.Of(context.Plan, context.Specification);
        var rows = new SurvivalRows(context, model);
        return step switch
        {
            SurvivalSizes.Step => SurvivalSizes.Answer(context, model, rows),
            Times or Intervals => Answer(context, model, rows, step, new BroadcastReader(broadcast)),
            _ => throw new BroadcastInvalidException($"{kind} has no step {step}."),
        };
    }

    /// <summary>The edges that a broadcast says hold; null where times are exact.</summary>
    /// <exception cref="BroadcastInvalidException">They are not edges of the plan's grid.</exception>
    public static double[]? ReadEdges(BroadcastReader broadcast, SurvivalModel model)
    {
        if (model.Grid is not { } edges) return null;
        double[] joined = broadcast.Numbers(Edges, broadcast.Length(Edges, edges.Length));
        int at = -1;
        foreach (double edge in joined)
        {
            int next = edges.BinarySearch(edge);
            if (next <= at) throw new BroadcastInvalidException("The edges are not those of the plan's grid.");
            at = next;
        }

        if (joined.Length == 0 || joined[^1] != edges[^1]) throw new BroadcastInvalidException("The last edge is not that of the plan's grid.");
        return joined;
    }

    private static IEnumerable<Step> Exactly(
        CoordinatorContext context, SurvivalModel model, long rows, Action<IReadOnlyList<Departure>, double[]?> found)
    {
        foreach (long keys in (long[])[Math.Min(rows, FirstKeys), Math.Min(rows, SparseCounts.MostKeys), Math.Min(2 * rows, SparseCounts.MostKeys)])
        {
            int salt = 1 + (int)(keys % 1021);
            var table = new SparseCounts(Table, 2, 2, SparseCounts.CellsFor(keys), salt);
            var step = new SumStep(Times, Broadcast.Of(Tensor.Scalar(Cells, table.Cells), Tensor.Scalar(Salt, salt)), new SumLayout(table.Block()));
            yield return step;
            if (table.Read(step.Sum) is not { } entries) continue;
            found(
                [
                    .. entries.Select(e => new Departure(
                        (int)e.Key[0] / model.GroupCount, (int)e.Key[0] % model.GroupCount, SparseCounts.Number(e.Key[1]), e.Count, (long)e.Amounts[0],
                        Fixed128.Decode(e.Amounts[1], 0)))
                        .OrderBy(d => d.Stratum).ThenBy(d => d.Group).ThenBy(d => d.Time),
                ],
                null);
            yield break;
        }

        throw new AnalysisRefusedException(
            "E2505", $"Analysis {context.Specification.Id}: more distinct times than can be listed ({SparseCounts.MostKeys:N0}): agree on a grid with times: {{ grid: [..] }}.");
    }

    private static IEnumerable<Step> OnGrid(
        CoordinatorContext context, SurvivalModel model, double[] edges, Action<IReadOnlyList<Departure>, double[]?> found)
    {
        if (context.Plan.Privacy.MinimumRows is { } minimum)
        {
            var intervals = new SumStep(Intervals, Broadcast.Empty, new SumLayout(SumBlock.Counts(Counts, edges.Length)));
            yield return intervals;
            edges = Joined(edges, intervals.Sum.Block(Counts), minimum);
        }

        var step = new SumStep(Times, Broadcast.Of(Tensor.Vector(Edges, edges)), GridLayout(model, edges.Length));
        yield return step;
        var departures = new List<Departure>();
        for (int key = 0; key < model.StratumCount * model.GroupCount; key++)
        {
            for (int i = 0; i < edges.Length; i++)
            {
                int at = (key * edges.Length) + i;
                long rows = (long)step.Sum[Counts, at];
                if (rows > 0)
                    departures.Add(new Departure(key / model.GroupCount, key % model.GroupCount, edges[i], rows, (long)step.Sum[Events, at], step.Sum[Weights, at]));
            }
        }

        found(departures, edges);
    }

    // From the left, an interval without enough rows is joined to the next; what is left at the end, to the one before.
    private static double[] Joined(double[] edges, double[] rows, int minimum)
    {
        var joined = new List<double>();
        double held = 0;
        for (int i = 0; i < edges.Length; i++)
        {
            held += rows[i];
            if (held < minimum) continue;
            joined.Add(edges[i]);
            held = 0;
        }

        if (joined.Count == 0) return [edges[^1]];
        joined[^1] = edges[^1];
        return [.. joined];
    }

    private static SumLayout GridLayout(SurvivalModel model, int edges)
    {
        int keys = model.StratumCount * model.GroupCount;
        return new SumLayout(SumBlock.Counts(Counts, keys, edges), SumBlock.Counts(Events, keys, edges), SumBlock.Counts(Weights, keys, edges));
    }

    private static SparseCounts ReadTable(BroadcastReader broadcast)
    {
        int cells = (int)Math.Clamp(broadcast.Numbers(Cells)[0], 0, int.MaxValue);
        int salt = (int)Math.Clamp(broadcast.Numbers(Salt)[0], 0, int.MaxValue);
        return cells is > 0 and <= SparseCounts.MostCells && cells % 3 == 0
            ? new SparseCounts(Table, 2, 2, cells, salt)
            : throw new BroadcastInvalidException($"A table of {cells} cells is not declared.");
    }

    private static Int128 Fixed(double weight) => Fixed128.TryEncode(weight, 0, out Int128 element) ? element : throw new OutOfRangeException(Table, 0);

    /// <summary>The tables of every stratum: one per group, over the times of the stratum.</summary>
    public static IReadOnlyList<LifeTable[]> LifeTables(IReadOnlyList<Departure> departures, SurvivalModel model) =>
    [
        .. departures.GroupBy(d => d.Stratum).OrderBy(s => s.Key).Select(stratum =>
        {
            double[] times = [.. stratum.Select(d => d.Time).Distinct().Order()];
            return (LifeTable[])[.. Enumerable.Range(0, model.GroupCount).Select(g => LifeTable(times, stratum.Where(d => d.Group == g)))];
        }),
    ];

    /// <summary>The table of some rows over the times at which they leave.</summary>
    public static LifeTable LifeTable(IEnumerable<Departure> departures) => LifeTable([.. departures.Select(d => d.Time).Distinct().Order()], departures);

    /// <summary>The times at which events happen.</summary>
    public static EventTimes EventTimesOf(IReadOnlyList<Departure> departures)
    {
        Departure[] events = [.. departures.Where(d => d.Events > 0).OrderBy(d => d.Stratum).ThenBy(d => d.Time)];
        return new EventTimes(
            [.. events.Select(d => d.Stratum)], [.. events.Select(d => d.Time)], [.. events.Select(d => d.Events)], [.. events.Select(d => d.EventWeight)]);
    }

    private static LifeTable LifeTable(double[] times, IEnumerable<Departure> departures)
    {
        long[] events = new long[times.Length], censored = new long[times.Length];
        foreach (Departure departure in departures)
        {
            int at = Array.BinarySearch(times, departure.Time);
            events[at] += departure.Events;
            censored[at] += departure.Rows - departure.Events;
        }

        return new LifeTable(times, events, censored);
    }
}
