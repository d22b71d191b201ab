namespace Federated.Statistics.Description;

/// <summary>
/// Where an order statistic lies, as far as histograms tell: y_(rank) is in [Low, High). Counts of small bins may have been withheld, so the number of values
/// below Low is known between two bounds; the bracket holds whatever the withheld values are.
/// </summary>
public sealed record QuantileBracket
{
    private QuantileBracket(long rank, double low, double high, long belowLeast, long belowMost)
    {
        Rank = rank;
        Low = low;
        High = high;
        BelowLeast = belowLeast;
        BelowMost = belowMost;
    }

    /// <summary>Which order statistic, from 1.</summary>
    public long Rank { get; }

    /// <summary>Not above the order statistic.</summary>
    public double Low { get; }

    /// <summary>Above the order statistic.</summary>
    public double High { get; }

    /// <summary>At least so many values lie below <see cref="Low"/>.</summary>
    public long BelowLeast { get; }

    /// <summary>At most so many values lie below <see cref="Low"/>.</summary>
    public long BelowMost { get; }

    /// <summary>The middle of the bracket: off by half its width at most.</summary>
    public double Middle => Low + ((High - Low) / 2);

    /// <summary>High - Low.</summary>
    public double Width => High - Low;

    /// <summary>
    /// The order statistic that is the p-quantile of n values: the inverse of their empirical distribution function, y_(ceil(n p)) (R's type 1).
    /// </summary>
    public static long RankOf(double probability, long n) => Math.Clamp((long)Math.Ceiling(n * probability * (1 - 1e-15)), 1, n);

    /// <summary>A bracket that holds all values.</summary>
    /// <param name="rank">Which order statistic.</param>
    /// <param name="low">Not above any value.</param>
    /// <param name="high">Above every value.</param>
    public static QuantileBracket Around(long rank, double low, double high) => new(rank, low, high, 0, 0);

    /// <summary>
    /// The narrowest bracket that a histogram of this bracket allows; of those that are sure to hold <paramref name="leastCount"/> values, the narrowest that
    /// the bins around it give. This bracket itself if there is none narrower.
    /// </summary>
    /// <param name="edges">Ascending, the first is <see cref="Low"/> and the last is <see cref="High"/>.</param>
    /// <param name="counts">Values per bin [edges_j, edges_j+1), small bins as 0.</param>
    /// <param name="withheld">Values of the bracket that stand in no bin.</param>
    /// <param name="leastCount">Fewest values that a bracket may hold; 1 where nothing is to be hidden.</param>
    public QuantileBracket Narrow(ReadOnlySpan<double> edges, ReadOnlySpan<long> counts, long withheld, long leastCount)
    {
        if (edges.Length != counts.Length + 1) throw new ArgumentException("Bins have one edge more than counts.", nameof(edges));
        int first = 0;
        int last = counts.Length; // edges_first <= y_(rank) < edges_last
        long before = 0;
        long beforeFirst = 0;
        for (int j = 0; j <= counts.Length; j++)
        {
            if (BelowMost + before + withheld < Rank || j == 0)
            {
                first = j;
                beforeFirst = before;
            }

            if (BelowLeast + before >= Rank)
            {
                last = j;
                break;
            }

            if (j < counts.Length) before += counts[j];
        }

        long inside = 0;
        for (int j = first; j < last; j++) inside += counts[j];
        while (inside < leastCount && (first > 0 || last < counts.Length))
        {
            // The nearer side first: the bracket stays about the order statistic.
            bool lower = first > 0 && (last == counts.Length || edges[first] - edges[first - 1] <= edges[last + 1] - edges[last]);
            if (lower)
            {
                first--;
                inside += counts[first];
                beforeFirst -= counts[first];
            }
            else
            {
                inside += counts[last++];
            }
        }

        if (inside < leastCount) return this;
        return new QuantileBracket(Rank, edges[first], edges[last], BelowLeast + beforeFirst, BelowMost + beforeFirst + (first == 0 ? 0 : withheld));
    }
}
