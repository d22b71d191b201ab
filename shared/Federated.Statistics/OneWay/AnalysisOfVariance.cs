namespace Federated.Statistics.OneWay;

/// <summary>
/// One-way analysis of variance, and the components of variance of the random-effects model y_bi = mu + a_b + e_bi with unequal group sizes. A quantity that
/// these data do not define is NaN.
/// </summary>
/// <remarks>Searle, Casella and McCulloch, Variance Components (1992), section 3.6: the ANOVA estimators for unbalanced data.</remarks>
public sealed record AnalysisOfVariance
{
    private AnalysisOfVariance(OneWaySums sums, double centre)
    {
        double n = sums.Count;
        Groups = (long)sums.Groups;
        Count = (long)n;
        Mean = n > 0 ? centre + (sums.WeightedDeviation / n) : double.NaN;
        DegreesOfFreedomBetween = Groups - 1;
        DegreesOfFreedomWithin = Count - Groups;
        SquaresWithin = sums.Within;

        double between = n > 0 ? sums.WeightedSquare - (sums.WeightedDeviation * sums.WeightedDeviation / n) : 0;
        SquaresBetween = Groups > 1 ? Math.Max(0, between) : 0;
        MeanSquareBetween = Groups > 1 ? SquaresBetween / DegreesOfFreedomBetween : double.NaN;
        MeanSquareWithin = DegreesOfFreedomWithin > 0 ? SquaresWithin / DegreesOfFreedomWithin : double.NaN;
        F = MeanSquareBetween / MeanSquareWithin;
        P = UpperTail.F(F, DegreesOfFreedomBetween, DegreesOfFreedomWithin);

        double groupSize = Groups > 1 ? (n - (sums.SquaredCount / n)) / DegreesOfFreedomBetween : double.NaN;
        double component = (MeanSquareBetween - MeanSquareWithin) / groupSize;
        BetweenVariance = double.IsNaN(component) ? double.NaN : Math.Max(0, component);
        BetweenShare = BetweenVariance / (BetweenVariance + MeanSquareWithin);
        EtaSquared = Groups > 1 ? SquaresBetween / (SquaresBetween + SquaresWithin) : double.NaN;

        double meanOfMeans = sums.Deviation / sums.Groups;
        MeanOfGroupMeans = Groups > 0 ? centre + meanOfMeans : double.NaN;
        double spread = sums.Square - (sums.Deviation * meanOfMeans);
        VarianceOfGroupMeans = Groups > 1 ? Math.Max(0, spread) / DegreesOfFreedomBetween : double.NaN;
    }

    /// <summary>k: groups with at least one value.</summary>
    public long Groups { get; }

    /// <summary>N: values.</summary>
    public long Count { get; }

    /// <summary>Mean of all values.</summary>
    public double Mean { get; }

    /// <summary>k - 1.</summary>
    public long DegreesOfFreedomBetween { get; }

    /// <summary>N - k.</summary>
    public long DegreesOfFreedomWithin { get; }

    /// <summary>Between-group sum of squares.</summary>
    public double SquaresBetween { get; }

    /// <summary>Within-group sum of squares.</summary>
    public double SquaresWithin { get; }

    /// <summary>MSB.</summary>
    public double MeanSquareBetween { get; }

    /// <summary>MSW: the estimate of the variance within a group.</summary>
    public double MeanSquareWithin { get; }

    /// <summary>MSB / MSW.</summary>
    public double F { get; }

    /// <summary>P-value of <see cref="F"/>.</summary>
    public double P { get; }

    /// <summary>Variance of the group effects: (MSB - MSW) / n0 with n0 = (N - sum n_b^2 / N) / (k - 1), and 0 where that is negative.</summary>
    public double BetweenVariance { get; }

    /// <summary>Between-group share of the total variance: the intraclass correlation ICC(1).</summary>
    public double BetweenShare { get; }

    /// <summary>SSB / (SSB + SSW).</summary>
    public double EtaSquared { get; }

    /// <summary>Mean of the group means, every group with the same weight.</summary>
    public double MeanOfGroupMeans { get; }

    /// <summary>Variance of the group means, with k - 1.</summary>
    public double VarianceOfGroupMeans { get; }

    /// <summary>The analysis of the layout that has these sums.</summary>
    /// <param name="sums">Sums over all groups.</param>
    /// <param name="centre">The centre from which deviations were taken, in units of the values.</param>
    public static AnalysisOfVariance Of(OneWaySums sums, double centre) => new(sums, centre);
}
