using Federated.Statistics.Ranks;

namespace Federated.Statistics.Validation;

/// <summary>
/// How well predicted log odds tell who has the event: what stands in bins of log odds, class by class, part by part. Rows are compared only with rows that the same
/// model predicted: models of different parts have intercepts of their own, and those lean away from the rows held out.
/// </summary>
/// <param name="Parts">Per part, the middles of its bins with negatives and positives in each.</param>
public sealed record PredictedRisks(IReadOnlyList<(double[] LogOdds, long[] Negatives, long[] Positives)> Parts)
{
    private const int MostSteps = 50;
    private const double Still = 1e-20;

    /// <summary>Rows without and with the event.</summary>
    public (long Negatives, long Positives) Rows => (Parts.Aggregate(0L, (n, p) => n + p.Negatives.Aggregate(0L, (a, b) => a + b)), Parts.Aggregate(0L, (n, p) => n + p.Positives.Aggregate(0L, (a, b) => a + b)));

    /// <summary>
    /// The share of pairs within a part that are ordered rightly, half for equal bins; its variance by DeLong, parts taken as independent; and how far the bins may
    /// have moved the area. NaN where no part has both classes (variance: two rows of each).
    /// </summary>
    public (double Area, double Variance, double Rounding) Discrimination()
    {
        double pairs = 0, wins = 0, variance = 0, ties = 0;
        foreach ((double[] logOdds, long[] negatives, long[] positives) in Parts)
        {
            var counts = new ValueCounts(logOdds, positives, negatives);
            if (counts.FirstRows == 0 || counts.SecondRows == 0) continue;
            RocCurve curve = RocCurve.Of(counts);
            double own = (double)counts.FirstRows * counts.SecondRows;
            pairs += own;
            wins += own * curve.Area;
            variance += own * own * curve.Variance;
            ties += own * curve.TiedPairs;
        }

        return (wins / pairs, variance / (pairs * pairs), ties / pairs / 2);
    }

    /// <summary>
    /// Cox's recalibration (Biometrika 45:562, 1958): log odds of the event = intercept + slope x predicted log odds, by maximum likelihood. 0 and 1 are perfect; a
    /// slope below 1 tells of predictions too extreme. NaN where predictions are all the same, or no finite estimate exists.
    /// </summary>
    public (double Intercept, double Slope, double InterceptError, double SlopeError) Calibration()
    {
        double a = 0, b = 1;
        for (int step = 0; step < MostSteps; step++)
        {
            double ga = 0, gb = 0, haa = 0, hab = 0, hbb = 0;
            foreach ((double[] logOdds, long[] negatives, long[] positives) in Parts)
            {
                for (int bin = 0; bin < logOdds.Length; bin++)
                {
                    double rows = negatives[bin] + positives[bin], x = logOdds[bin];
                    if (rows == 0) continue;
                    double risk = 1 / (1 + Math.Exp(-(a + (b * x)))), weight = rows * risk * (1 - risk), left = positives[bin] - (rows * risk);
                    (ga, gb, haa, hab, hbb) = (ga + left, gb + (left * x), haa + weight, hab + (weight * x), hbb + (weight * x * x));
                }
            }

            double determinant = (haa * hbb) - (hab * hab);
            if (!(determinant > 1e-12 * haa * hbb)) break;
            double moveA = ((hbb * ga) - (hab * gb)) / determinant, moveB = ((haa * gb) - (hab * ga)) / determinant;
            double shorten = Math.Min(1, 5 / Math.Max(Math.Abs(moveA), Math.Abs(moveB))); // far from the maximum the full step overshoots
            (a, b) = (a + (moveA * shorten), b + (moveB * shorten));
            if ((moveA * ga) + (moveB * gb) < Still) return (a, b, Math.Sqrt(hbb / determinant), Math.Sqrt(haa / determinant));
        }

        return (double.NaN, double.NaN, double.NaN, double.NaN);
    }
}
