namespace Federated.Statistics.Harmonization.Covariance;

/// <summary>Location and variance of a batch's scores, per component.</summary>
/// <param name="Mean">Length K.</param>
/// <param name="Variance">Divisor n - 1, length K.</param>
public sealed record ScoreEffects(double[] Mean, double[] Variance)
{
    // A batch whose score does not vary has no scale to bring anywhere.
    private const double LeastShare = 1e-20;

    /// <summary>From a batch's scores, row-major n x K.</summary>
    public static ScoreEffects Of(double[] scores, int components)
    {
        int rows = scores.Length / components;
        double[] mean = new double[components], squares = new double[components];
        for (int i = 0; i < scores.Length; i++) mean[i % components] += scores[i];
        for (int c = 0; c < components; c++) mean[c] /= rows;
        for (int i = 0; i < scores.Length; i++) squares[i % components] += (scores[i] - mean[i % components]) * (scores[i] - mean[i % components]);
        return new ScoreEffects(mean, [.. squares.Select(s => s / (rows - 1))]);
    }

    /// <summary>
    /// How far each score moves: (s - mean) / sd of the batch, times the standard deviation all batches are brought to, plus their centre, minus s. ComBat of the
    /// scores without covariates and without shrinkage (Chen et al., Human Brain Mapping 2022, CovBat).
    /// </summary>
    /// <param name="scores">A row's scores, replaced by their moves.</param>
    /// <param name="centre">Length K.</param>
    /// <param name="variance">Length K.</param>
    public void Move(Span<double> scores, ReadOnlySpan<double> centre, ReadOnlySpan<double> variance)
    {
        for (int c = 0; c < scores.Length; c++)
        {
            double ratio = Variance[c] > LeastShare * variance[c] ? Math.Sqrt(variance[c] / Variance[c]) : 1;
            scores[c] = ((scores[c] - Mean[c]) * ratio) + centre[c] - scores[c];
        }
    }
}
