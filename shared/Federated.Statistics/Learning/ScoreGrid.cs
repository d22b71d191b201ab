namespace Federated.Statistics.Learning;

/// <summary>
/// An agreed grid of log odds on which holders count their rows by class; from the sums follows the area under the ROC curve with a bound of its error. Bins are
/// of equal width; the outer ones hold what lies beyond.
/// </summary>
public static class ScoreGrid
{
    /// <summary>Bins.</summary>
    public const int Bins = 512;

    private const double Reach = 32; // log odds beyond this stand in the outer bins

    /// <summary>The bin of a score.</summary>
    public static int Bin(double logOdds) => (int)Math.Clamp((logOdds + Reach) * (Bins / (2 * Reach)), 0, Bins - 1);

    /// <summary>
    /// The area under the curve: pairs of different bins are known; of pairs within a bin, or not told, half are counted, and all of them bound the error.
    /// </summary>
    /// <param name="negatives">Rows of class 0 per bin.</param>
    /// <param name="positives">Rows of class 1 per bin.</param>
    /// <param name="allNegatives">Rows of class 0, those withheld included.</param>
    /// <param name="allPositives">Rows of class 1.</param>
    /// <returns>The area and half the width of the interval that certainly holds it; NaN without both classes.</returns>
    public static (double Area, double Error) Area(ReadOnlySpan<double> negatives, ReadOnlySpan<double> positives, double allNegatives, double allPositives)
    {
        double below = 0, concordant = 0, discordant = 0, above = 0;
        foreach (double count in negatives) above += count;
        for (int bin = 0; bin < negatives.Length; bin++)
        {
            above -= negatives[bin];
            concordant += positives[bin] * below;
            discordant += positives[bin] * above;
            below += negatives[bin];
        }

        double pairs = allNegatives * allPositives, unknown = pairs - concordant - discordant;
        return pairs > 0 ? ((concordant + (unknown / 2)) / pairs, unknown / 2 / pairs) : (double.NaN, double.NaN);
    }
}
