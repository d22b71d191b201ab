namespace Federated.Privacy.DifferentialPrivacy;

/// <summary>
/// The privacy loss of one release as masses on a grid of losses i * step, so that grids bound the true loss from one side: composed, they bound epsilon.
/// </summary>
/// <param name="First">Index of the first mass.</param>
/// <param name="Masses">Masses at First, First + 1, ...</param>
/// <param name="Infinite">Mass at an infinite loss: certain disclosure.</param>
internal sealed record PrivacyLossGrid(int First, double[] Masses, double Infinite)
{
    /// <summary>
    /// Never smaller than the truth: the mass between two grid points is split between them so that both hypotheses keep their probabilities ("connect the dots",
    /// Doroshenko et al. 2022). Splitting only adds information to the adversary.
    /// </summary>
    public static (PrivacyLossGrid Remove, PrivacyLossGrid Add) Pessimistic(double sigma, double q, double step, double tail)
    {
        (double low, double high) = Range(sigma, tail);
        int first = IndexBelow(RenyiAccountant.PrivacyLoss(low, sigma, q), step), last = IndexBelow(RenyiAccountant.PrivacyLoss(high, sigma, q), step) + 1;
        double[] remove = new double[last - first + 1], add = new double[last - first + 1];
        double edge = low;
        for (int i = first; i < last; i++)
        {
            double next = i + 1 == last ? high : Math.Clamp(Outcome((i + 1) * step, sigma, q), edge, high);
            (double noise, double mixture) = Probabilities(edge, next, sigma, q);
            // Remove: loss in [i, i+1], mass of the mixture; add: the same outcomes with loss in [-(i+1), -i], mass of the noise.
            double up = Math.Clamp((mixture - (Math.Exp(i * step) * noise)) / -RenyiAccountant.ExpMinusOne(-step), 0, mixture);
            remove[i + 1 - first] += up;
            remove[i - first] += mixture - up;
            double upAdd = Math.Clamp((noise - (Math.Exp(-(i + 1) * step) * mixture)) / -RenyiAccountant.ExpMinusOne(-step), 0, noise);
            add[last - i] += upAdd;
            add[last - i - 1] += noise - upAdd;
            edge = next;
        }

        // Outcomes beyond the range: as if they disclosed everything.
        (double below, double belowMixture) = Probabilities(double.NegativeInfinity, low, sigma, q);
        (double above, double aboveMixture) = Probabilities(high, double.PositiveInfinity, sigma, q);
        return (new PrivacyLossGrid(first, remove, belowMixture + aboveMixture), new PrivacyLossGrid(-last, add, below + above));
    }

    /// <summary>
    /// Never larger than the truth: outcomes are merged into intervals whose likelihood ratio is exactly a grid point. Merging only takes information from the
    /// adversary; outcomes beyond the range are left out.
    /// </summary>
    public static (PrivacyLossGrid Remove, PrivacyLossGrid Add) Optimistic(double sigma, double q, double step, double tail)
    {
        (double low, double high) = Range(sigma, tail);
        int first = IndexBelow(RenyiAccountant.PrivacyLoss(low, sigma, q), step), last = IndexBelow(RenyiAccountant.PrivacyLoss(high, sigma, q), step) + 1;
        double[] remove = new double[last - first + 1], add = new double[last - first + 1];
        double edge = low;
        while (true)
        {
            int index = IndexBelow((RenyiAccountant.PrivacyLoss(edge, sigma, q) / step) + 0.25, 1) + 1;
            if (index > last || MeanLoss(edge, high, sigma, q) < index * step) break;
            double next = EdgeOfMeanLoss(edge, high, index * step, sigma, q);
            (double noise, double mixture) = Probabilities(edge, next, sigma, q);
            remove[index - first] += mixture;
            add[last - index] += noise;
            edge = next;
        }

        return (new PrivacyLossGrid(first, remove, 0), new PrivacyLossGrid(-last, add, 0));
    }

    /// <summary>Outcomes outside have probability below the tail under either hypothesis.</summary>
    private static (double Low, double High) Range(double sigma, double tail)
    {
        double reach = sigma * Math.Sqrt(-2 * Math.Log(tail));
        return (-reach, 1 + reach);
    }

    /// <summary>The outcome z whose loss is this; minus infinity below the least loss log(1 - q).</summary>
    private static double Outcome(double loss, double sigma, double q)
    {
        double excess = RenyiAccountant.ExpMinusOne(loss) / q; // exp(exponent) - 1
        if (double.IsPositiveInfinity(excess)) return (sigma * sigma * (loss - Math.Log(q))) + 0.5;
        return excess <= -1 ? double.NegativeInfinity : (sigma * sigma * RenyiAccountant.LogOnePlus(excess)) + 0.5;
    }

    private static (double Noise, double Mixture) Probabilities(double from, double to, double sigma, double q)
    {
        double noise = Normal.Between(from / sigma, to / sigma);
        double shifted = Normal.Between((from - 1) / sigma, (to - 1) / sigma);
        return (noise, noise + (q * (shifted - noise)));
    }

    private static double MeanLoss(double from, double to, double sigma, double q)
    {
        (double noise, double mixture) = Probabilities(from, to, sigma, q);
        return noise > 0 ? Math.Log(mixture / noise) : RenyiAccountant.PrivacyLoss(to, sigma, q);
    }

    /// <summary>
    /// The upper edge at which the merged loss reaches <paramref name="target"/>, by Newton's method from the edge whose loss lies as far above the target as the lower
    /// edge's lies below; it need only be right to rounding, since a merged loss off by 1e-12 of a step moves nothing.
    /// </summary>
    private static double EdgeOfMeanLoss(double from, double high, double target, double sigma, double q)
    {
        double least = Math.Clamp(Outcome(target, sigma, q), from, high); // the merged loss is below the loss at the edge
        double edge = Math.Clamp(Outcome((2 * target) - RenyiAccountant.PrivacyLoss(from, sigma, q), sigma, q), least, high);
        for (int i = 0; i < 60; i++)
        {
            (double noise, double mixture) = Probabilities(from, edge, sigma, q);
            if (!(noise > 0)) break;
            double density = Math.Exp(-0.5 * (edge / sigma) * (edge / sigma)) / (sigma * Math.Sqrt(2 * Math.PI));
            double slope = density * ((Math.Exp(RenyiAccountant.PrivacyLoss(edge, sigma, q)) / mixture) - (1 / noise));
            double miss = target - Math.Log(mixture / noise);
            double next = Math.Clamp(edge + (miss / slope), least, high);
            if (!double.IsFinite(next) || Math.Abs(next - edge) <= 1e-9 * (edge - from)) break;
            edge = next;
        }

        return edge;
    }

    private static int IndexBelow(double value, double step) => checked((int)Math.Floor(value / step));
}
