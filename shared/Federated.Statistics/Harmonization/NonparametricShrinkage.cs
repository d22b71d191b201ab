namespace Federated.Statistics.Harmonization;

/// <summary>
/// Posterior means under the empirical prior of the other features (Johnson et al. 2007, appendix): weights are likelihoods of a feature's scans at
/// each other feature's location and scale, taken in log space, so they do not underflow above some 520 scans as the published tools do.
/// </summary>
internal static class NonparametricShrinkage
{
    /// <summary>
    /// Replaces estimates by posterior means. Mean-only comes with every scale 1: a feature's own spread then multiplies all its weights alike.
    /// </summary>
    public static void Shrink(EstimatedFeatures features)
    {
        int count = features.Count;
        ReadOnlySpan<double> n = features.Scans;
        Span<double> gamma = features.Gamma, delta = features.Delta;
        double[] location = gamma.ToArray(), scale = delta.ToArray();
        double[] halfLog = new double[count], halfInverse = new double[count], weight = new double[count];
        for (int j = 0; j < count; j++)
        {
            halfLog[j] = 0.5 * Math.Log(scale[j]);
            halfInverse[j] = 0.5 / scale[j];
        }

        for (int i = 0; i < count; i++)
        {
            double own = (n[i] - 1) * scale[i];
            double most = double.NegativeInfinity;
            for (int j = 0; j < count; j++)
            {
                double distance = location[i] - location[j];
                double squares = own + (n[i] * distance * distance);
                bool candidate = j != i && scale[j] > 0;
                weight[j] = candidate ? -(n[i] * halfLog[j]) - (squares * halfInverse[j]) : double.NegativeInfinity;
                most = Math.Max(most, weight[j]);
            }

            if (double.IsNegativeInfinity(most)) continue; // no candidate at all: the estimate stands
            double total = 0, locations = 0, scales = 0;
            for (int j = 0; j < count; j++)
            {
                // The scalar exponential on purpose: the vectorised one rounds differently before and after the runtime has optimised it, and two runs must agree to the bit.
                double likelihood = Math.Exp(weight[j] - most);
                total += likelihood;
                locations += likelihood * location[j];
                scales += likelihood * scale[j];
            }

            gamma[i] = locations / total;
            delta[i] = scales / total;
        }
    }
}
