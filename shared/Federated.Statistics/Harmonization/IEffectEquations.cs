using Federated.Statistics.Kernels;

namespace Federated.Statistics.Harmonization;

/// <summary>Finds the covariate effects of one feature from its sums within batches.</summary>
internal interface IEffectEquations
{
    /// <summary>Solves for one feature.</summary>
    /// <param name="feature">The feature.</param>
    /// <param name="squares">y_c' y_c.</param>
    /// <param name="cross">x_c' y_c, length k.</param>
    /// <param name="effects">Filled; length k.</param>
    /// <returns>Residual sum of squares.</returns>
    double Solve(int feature, DoubleDouble squares, ReadOnlySpan<DoubleDouble> cross, Span<double> effects);
}

/// <summary>Least squares.</summary>
internal sealed class LinearEffects(NormalEquations equations) : IEffectEquations
{
    public double Solve(int feature, DoubleDouble squares, ReadOnlySpan<DoubleDouble> cross, Span<double> effects)
    {
        equations.Solve(cross, effects);
        return equations.ResidualSquares(squares, cross, effects);
    }
}
