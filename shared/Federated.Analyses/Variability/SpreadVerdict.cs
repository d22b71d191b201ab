using Federated.Statistics.OneWay;

namespace Federated.Analyses.Variability;

/// <summary>Whether a feature can be used across scanners, by its coefficient of variation between them.</summary>
public enum SpreadVerdict
{
    /// <summary>Below 10 %.</summary>
    Usable,

    /// <summary>10 % to 15 %.</summary>
    Borderline,

    /// <summary>Above 15 %.</summary>
    NotUsable,

    /// <summary>A coefficient of variation says nothing of this feature.</summary>
    NotApplicable,
}

/// <summary>The clinical band: rules and words.</summary>
public static class SpreadVerdicts
{
    /// <summary>Below this a feature is usable.</summary>
    public const double UsableBelow = 0.10;

    /// <summary>Above this a feature is not usable.</summary>
    public const double NotUsableAbove = 0.15;

    /// <summary>A mean smaller than this part of the standard deviation of all values is too near zero to divide by.</summary>
    public const double LeastMeanOverDeviation = 0.1;

    /// <summary>
    /// The verdict. A coefficient of variation needs a scale with a true zero and a mean away from it: not applicable where the feature as measured takes both
    /// signs anywhere, where |mean| is below 0.1 standard deviations, and with fewer than two scanners.
    /// </summary>
    /// <param name="anova">The column's analysis of variance.</param>
    /// <param name="bothSigns">Whether the feature as measured is positive somewhere and negative somewhere.</param>
    public static SpreadVerdict Of(AnalysisOfVariance anova, bool bothSigns)
    {
        double deviation = Math.Sqrt((anova.SquaresBetween + anova.SquaresWithin) / Math.Max(1, anova.Count - 1));
        double cov = CoefficientOfVariation(anova);
        if (bothSigns || !double.IsFinite(cov) || Math.Abs(anova.Mean) < LeastMeanOverDeviation * deviation) return SpreadVerdict.NotApplicable;
        return cov < UsableBelow ? SpreadVerdict.Usable : cov <= NotUsableAbove ? SpreadVerdict.Borderline : SpreadVerdict.NotUsable;
    }

    /// <summary>Between scanners: square root of the variance component over the absolute mean.</summary>
    public static double CoefficientOfVariation(AnalysisOfVariance anova) => Math.Sqrt(anova.BetweenVariance) / Math.Abs(anova.Mean);

    /// <summary>Of the scanner means: their standard deviation over the absolute value of their mean.</summary>
    public static double CoefficientOfVariationOfMeans(AnalysisOfVariance anova) => Math.Sqrt(anova.VarianceOfGroupMeans) / Math.Abs(anova.MeanOfGroupMeans);

    /// <summary>The word in results.</summary>
    public static string Word(SpreadVerdict verdict) => verdict switch
    {
        SpreadVerdict.Usable => "usable",
        SpreadVerdict.Borderline => "borderline",
        SpreadVerdict.NotUsable => "not usable",
        _ => "not applicable",
    };
}
