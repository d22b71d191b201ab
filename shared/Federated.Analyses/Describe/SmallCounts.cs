using Federated.Analyses.Exchange;

namespace Federated.Analyses.Describe;

/// <summary>
/// The rule for counts that are too small to be told: at a site, a bin with fewer rows than the plan's minimum is not counted in its bin but in one counter
/// of withheld rows; in a result, what still is too small is the word "suppressed", which is neither zero nor missing.
/// </summary>
internal static class SmallCounts
{
    public const string Suppressed = "suppressed";

    public static bool TooSmall(long count, int? minimum) => count > 0 && count < (minimum ?? 0);

    /// <summary>The site half: adds counts to bins from <paramref name="start"/> on, small ones to the counter of withheld rows.</summary>
    public static void Add(SumVector sum, string bins, int start, ReadOnlySpan<long> counts, string withheld, int withheldIndex, int? minimum)
    {
        for (int j = 0; j < counts.Length; j++)
        {
            if (TooSmall(counts[j], minimum)) sum.Add(withheld, withheldIndex, counts[j]);
            else sum.Add(bins, start + j, counts[j]);
        }
    }

    /// <summary>The coordinator half: counts of a run of bins.</summary>
    public static long[] Read(SumVector sum, string bins, int start, int count)
    {
        long[] counts = new long[count];
        for (int j = 0; j < count; j++) counts[j] = (long)sum[bins, start + j];
        return counts;
    }
}
