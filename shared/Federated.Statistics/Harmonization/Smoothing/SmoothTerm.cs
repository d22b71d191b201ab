namespace Federated.Statistics.Harmonization.Smoothing;

/// <summary>A smooth effect among the columns of a design: a run of columns whose roughness is penalized, lambda b' S b.</summary>
/// <param name="First">First column.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Roughness">S, row-major.</param>
public sealed record SmoothTerm(int First, int Columns, double[] Roughness)
{
    /// <summary>lambda per feature; null: chosen for each feature by generalized cross-validation.</summary>
    public double[]? Strength { get; init; }
}

/// <summary>What a smooth fit settled beside its effects.</summary>
/// <param name="Strength">lambda, term x feature, row-major; NaN where the feature was not fitted.</param>
/// <param name="EffectiveColumns">Columns' worth of freedom that covariates used, per feature: tr((A + lambda S)^-1 A).</param>
public sealed record Smoothness(double[] Strength, double[] EffectiveColumns);
