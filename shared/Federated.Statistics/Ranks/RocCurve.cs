namespace Federated.Statistics.Ranks;

/// <summary>The receiver operating characteristic of a score, from how often each score occurs among the positive (first group) and the negative (second group).</summary>
/// <param name="Threshold">Distinct scores, descending; positive when score is at least the threshold.</param>
/// <param name="TruePositives">Positives at or above each threshold.</param>
/// <param name="FalsePositives">Negatives at or above each threshold.</param>
/// <param name="Area">Area under the curve: the share of pairs that the score orders rightly, half for equal scores.</param>
/// <param name="Variance">Of the area, by DeLong, DeLong and Clarke-Pearson (Biometrics 44:837, 1988); NaN with fewer than two rows of a kind.</param>
/// <param name="TiedPairs">Share of pairs with equal scores. Scores rounded to a grid: the area of the scores before rounding is within half of it.</param>
public sealed record RocCurve(double[] Threshold, long[] TruePositives, long[] FalsePositives, double Area, double Variance, double TiedPairs)
{
    /// <summary>The curve.</summary>
    /// <param name="scores">Positives are the first group. Both groups need a row.</param>
    public static RocCurve Of(ValueCounts scores)
    {
        int n = scores.Values.Length;
        double positives = scores.FirstRows, negatives = scores.SecondRows, area = scores.Wins / (positives * negatives);
        double positiveSquares = 0, negativeSquares = 0, tied = 0, negativesBelow = 0, positivesBelow = 0;
        for (int i = 0; i < n; i++)
        {
            // Structural components: the share of the other kind that a row of this score beats.
            double ofPositive = (negativesBelow + (0.5 * scores.Second[i])) / negatives, ofNegative = (positives - positivesBelow - (0.5 * scores.First[i])) / positives;
            positiveSquares += scores.First[i] * (ofPositive - area) * (ofPositive - area);
            negativeSquares += scores.Second[i] * (ofNegative - area) * (ofNegative - area);
            tied += (double)scores.First[i] * scores.Second[i];
            negativesBelow += scores.Second[i];
            positivesBelow += scores.First[i];
        }

        double variance = positives > 1 && negatives > 1 ? (positiveSquares / (positives - 1) / positives) + (negativeSquares / (negatives - 1) / negatives) : double.NaN;
        double[] threshold = new double[n];
        long[] truePositives = new long[n], falsePositives = new long[n];
        for (int i = n - 1, at = 0; i >= 0; i--, at++)
        {
            threshold[at] = scores.Values[i];
            truePositives[at] = scores.First[i] + (at > 0 ? truePositives[at - 1] : 0);
            falsePositives[at] = scores.Second[i] + (at > 0 ? falsePositives[at - 1] : 0);
        }

        return new RocCurve(threshold, truePositives, falsePositives, area, variance, tied / (positives * negatives));
    }
}
