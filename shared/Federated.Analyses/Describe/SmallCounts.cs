namespace Federated.Analyses.Describe;

/// <summary>
/// The rule for counts that are too small to be told: at a site, a bin with fewer rows than the plan's minimum is not counted in its bin but in one counter
/// of withheld rows; in a result, what still is too small is the word "suppressed", which is neither zero nor missing.
/// </summary>
internal static class SmallCounts
{
    public const string Suppressed = "suppressed";

    public static bool TooSmall(long count, int? minimum) => count > 0 && count < (minimum ?? 0);

    /// <summary>The site half: takes small counts out of their bins.</summary>
    /// <returns>How many rows were taken out.</returns>
    public static long Withhold(Span<long> counts, int? minimum)
    {
        long withheld = 0;
        foreach (ref long count in counts)
        {
            if (!TooSmall(count, minimum)) continue;
            withheld += count;
            count = 0;
        }

        return withheld;
    }
}
