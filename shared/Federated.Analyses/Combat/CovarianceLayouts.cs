using Federated.Analyses.Exchange;
using Federated.Statistics.Harmonization.Covariance;

namespace Federated.Analyses.Combat;

/// <summary>
/// The vectors that CovBat adds to ComBat. Residuals are in standard deviations, so all numbers are of order one and need no unit of their own.
/// </summary>
internal static class CovarianceLayouts
{
    /// <summary>Sums and products of harmonized residuals.</summary>
    public const string Products = "covariance";

    /// <summary>How far scores of the components spread within scanners.</summary>
    public const string Scores = "scores";

    public const string Sum = "sum_r";
    public const string Squares = "r'r";
    public const string Within = "within";
    public const string SharedSum = "sum_score";
    public const string SharedSquares = "score_squares";
    public const string ReferenceMean = "reference_mean";
    public const string ReferenceWithin = "reference_within";

    public static SumLayout OfProducts(int features) => new(SumBlock.Counts(Sum, features), SumBlock.Counts(Squares, Triangle(features)));

    public static SumLayout OfScores(int components, int shared) => new(
        SumBlock.Counts(Within, components), SumBlock.Counts(SharedSum, shared, components), SumBlock.Counts(SharedSquares, shared, components),
        SumBlock.Counts(ReferenceMean, components), SumBlock.Counts(ReferenceWithin, components));

    public static IEnumerable<StepDeclaration> Declare(int features, string? reference)
    {
        yield return new StepDeclaration(Products, ExchangeKind.Sum, "How features vary together once each of them is harmonized.",
        [
            new DeclaredItem(Sum, [features], "Sum of harmonized residuals, in standard deviations."),
            new DeclaredItem(Squares, [Triangle(features)], "Products of every two features' residuals, summed over all rows. Of a hospital with fewer rows than features they would show what its rows have in common."),
        ]);
        yield return new StepDeclaration(Scores, ExchangeKind.Sum, "Spread within scanners of each principal component's scores.",
        [
            new DeclaredItem(Within, [-1], "Squares of scores about their scanner's mean, summed."),
            new DeclaredItem(SharedSum, [-1, -1], "Sum of scores of each scanner that several sites hold."),
            new DeclaredItem(SharedSquares, [-1, -1], "Sum of their squares."),
            new DeclaredItem(ReferenceMean, [-1], reference is null ? "Always zero: no reference." : $"Mean scores of the reference scanner {reference}. Its holder alone fills this."),
            new DeclaredItem(ReferenceWithin, [-1], reference is null ? "Always zero: no reference." : "Squares about them, summed. The same holder's."),
        ]);
    }

    public static int Triangle(int features) => checked(features * (features + 1) / 2);

    /// <summary>The components as tensors.</summary>
    public static IEnumerable<Tensor> ToTensors(PrincipalComponents components) =>
    [
        Tensor.Vector("components", new double[components.Count]),
        Tensor.Vector("residual_mean", components.Mean),
        Tensor.Vector("residual_scale", components.Scale),
        Tensor.Matrix("loadings", components.Mean.Length, components.Count, components.Loadings),
    ];

    /// <summary>Reads them; eigenvalues stay at the coordinator.</summary>
    public static PrincipalComponents ReadComponents(BroadcastReader broadcast, int features)
    {
        int kept = broadcast.Length("components", features);
        return new PrincipalComponents(
            broadcast.Numbers("residual_mean", features), broadcast.NonNegative("residual_scale", features), [], broadcast.Numbers("loadings", features, kept));
    }

    /// <summary>Where all scores are brought to, and what holders of a shared scanner cannot know alone, as tensors.</summary>
    public static IEnumerable<Tensor> ToTensors(double[] centre, double[] variance, ScoreEffects[] shared) =>
    [
        Tensor.Vector("score_centre", centre),
        Tensor.Vector("score_variance", variance),
        Tensor.Matrix("scanner_score_mean", shared.Length, centre.Length, [.. shared.SelectMany(s => s.Mean)]),
        Tensor.Matrix("scanner_score_variance", shared.Length, centre.Length, [.. shared.SelectMany(s => s.Variance)]),
    ];

    /// <summary>Reads them.</summary>
    public static (double[] Centre, double[] Variance, ScoreEffects[] Shared) ReadScores(BroadcastReader broadcast, int components, int shared)
    {
        double[] mean = broadcast.Numbers("scanner_score_mean", shared, components), variance = broadcast.NonNegative("scanner_score_variance", shared, components);
        return (
            broadcast.Numbers("score_centre", components), broadcast.NonNegative("score_variance", components),
            [.. Enumerable.Range(0, shared).Select(s => new ScoreEffects(mean[(s * components)..((s + 1) * components)], variance[(s * components)..((s + 1) * components)]))]);
    }
}
