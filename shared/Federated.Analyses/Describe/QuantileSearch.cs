using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Statistics.Description;

namespace Federated.Analyses.Describe;

/// <summary>One quantile of one column while it is searched for.</summary>
/// <param name="Column">Stage and feature.</param>
/// <param name="Probability">Its probability.</param>
/// <param name="Bracket">Where it lies; null where it is suppressed or the column has no values.</param>
/// <param name="Suppressed">Too near an end to be told.</param>
/// <param name="Finished">Nothing more is asked about it.</param>
internal sealed record QuantileState(int Column, double Probability, QuantileBracket? Bracket, bool Suppressed, bool Finished);

/// <summary>
/// The search for quantiles by histograms of their brackets, 64 bins at a time. It ends when a bracket is narrower than 1e-6 standard deviations, when it can
/// shrink no more without holding fewer rows than the plan's minimum, or after six rounds.
/// </summary>
internal static class QuantileSearch
{
    public const int Bins = 64;
    public const int MostRounds = 6;

    private const double NarrowEnough = 1e-6; // of a standard deviation
    private const string Withheld = "withheld";
    private const string Column = "column";
    private const string Low = "low";
    private const string High = "high";

    private static readonly PackedCounts Bin = new("bin", Bins);

    /// <summary>Blocks that hold packed counters.</summary>
    public static ImmutableArray<string> Packed { get; } = [Bin.Name];

    public static SumLayout Layout(int searched) => new(Bin.Block(searched), SumBlock.Counts(Withheld, searched));

    public static ImmutableArray<DeclaredItem> Declared(int? minimum) =>
    [
        Bin.Declared(-1, $"Number of values in each of {Bins} bins of the interval in which a quantile lies{HistogramSums.Rule(minimum)}."),
        new DeclaredItem(Withheld, [-1], "Number of values in bins with fewer than that."),
    ];

    /// <summary>Where the histogram says a quantile lies.</summary>
    public static QuantileState Start(int column, double probability, Moments moments, Histogram? histogram, int? minimum)
    {
        if (moments.Count == 0) return new QuantileState(column, probability, null, false, true);
        long rank = QuantileBracket.RankOf(probability, moments.Count);
        bool nearEnd = Math.Min(rank, moments.Count - rank + 1) < (minimum ?? 0);
        if (nearEnd) return new QuantileState(column, probability, null, true, true);
        if (histogram is null) return new QuantileState(column, probability, QuantileBracket.Around(rank, moments.Mean, moments.Mean), false, true);

        double[] edges = histogram.Edges(moments);
        QuantileBracket bracket = QuantileBracket.Around(rank, edges[0], edges[^1]).Narrow(edges, histogram.Counts, histogram.Withheld, minimum ?? 1);
        return new QuantileState(column, probability, bracket, false, IsNarrow(bracket, moments));
    }

    /// <summary>What the sites are told: column and bracket of every quantile that is still searched for.</summary>
    public static Broadcast Broadcast(ImmutableArray<QuantileState> searched) => Exchange.Broadcast.Of(
        Tensor.Vector(Column, [.. searched.Select(q => (double)q.Column)]), Tensor.Vector(Low, [.. searched.Select(q => q.Bracket!.Low)]),
        Tensor.Vector(High, [.. searched.Select(q => q.Bracket!.High)]));

    /// <summary>The site half.</summary>
    public static SumVector Fill(StageTable table, BroadcastReader broadcast, int most, int? minimum)
    {
        int searched = broadcast.Length(Column, most);
        ImmutableArray<int> columns = broadcast.WholeNumbers(Column, 0, table.Columns - 1, searched);
        double[] low = broadcast.Numbers(Low, searched);
        double[] high = broadcast.Numbers(High, searched);
        var sum = new SumVector(Layout(searched));
        double[] sorted = [];
        for (int q = 0; q < searched; q++)
        {
            if (!(low[q] < high[q])) throw new BroadcastInvalidException($"Interval {q} ends before it begins.");
            if (q == 0 || columns[q] != columns[q - 1]) sorted = table.Sorted(columns[q]);
            long[] counts = new Bins(low[q], high[q], Bins).Tally(sorted);
            sum.Add(Withheld, q, SmallCounts.Withhold(counts, minimum));
            Bin.Add(sum, q, counts);
        }

        return sum;
    }

    /// <summary>The coordinator half: the bracket of the q-th quantile searched for, after this sum.</summary>
    public static QuantileState Narrow(SumVector sum, int q, QuantileState state, Moments moments, int? minimum)
    {
        QuantileBracket before = state.Bracket!;
        double[] edges = new Bins(before.Low, before.High, Bins).Edges();
        QuantileBracket after = before.Narrow(edges, Bin.Read(sum, q), (long)sum[Withheld, q], minimum ?? 1);
        return state with { Bracket = after, Finished = IsNarrow(after, moments) || !(after.Width < before.Width) };
    }

    private static bool IsNarrow(QuantileBracket bracket, Moments moments) => bracket.Width <= NarrowEnough * moments.StandardDeviation;
}
