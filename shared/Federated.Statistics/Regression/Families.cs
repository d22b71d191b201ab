using MathNet.Numerics;

namespace Federated.Statistics.Regression;

/// <summary>One row of a generalized linear model at its linear predictor.</summary>
/// <param name="Mean">mu, the expected outcome.</param>
/// <param name="Weight">d mu / d eta, which with a canonical link is also the variance: the row's curvature.</param>
/// <param name="Deviance">Twice the log likelihood lost against a perfect fit.</param>
/// <param name="LogLikelihood">Log likelihood.</param>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
public readonly record struct RowFit(double Mean, double Weight, double Deviance, double LogLikelihood);

/// <summary>A distribution with its canonical link. McCullagh and Nelder, Generalized Linear Models, 1989.</summary>
public interface IFamily
{
    /// <summary>The family's name in results, as in R.</summary>
    string Name { get; }

    /// <summary>The link's name.</summary>
    string Link { get; }

    /// <summary>Whether a model of this kind can have such an outcome.</summary>
    bool IsPossible(double y);

    /// <summary>The linear predictor that iterations start from: at the outcome, drawn a little towards the middle.</summary>
    double Start(double y, double weight);

    /// <summary>The row at a linear predictor; a vanishing weight is kept from becoming zero.</summary>
    RowFit At(double eta, double y);

    /// <summary>The linear predictor of a mean.</summary>
    double PredictorOf(double mean);

    /// <summary>Whether a row becomes less likely without end when its linear predictor changes ever further in this direction (Albert and Anderson 1984).</summary>
    bool SpeaksAgainst(double y, double change);
}

/// <summary>Outcomes 0 and 1, logit link.</summary>
public sealed class BinomialFamily : IFamily
{
    /// <inheritdoc/>
    public string Name => "binomial";

    /// <inheritdoc/>
    public string Link => "logit";

    /// <inheritdoc/>
    public bool IsPossible(double y) => y is 0 or 1;

    /// <inheritdoc/>
    public double Start(double y, double weight) => PredictorOf(((weight * y) + 0.5) / (weight + 1));

    /// <inheritdoc/>
    public RowFit At(double eta, double y)
    {
        // The smaller of mu and 1 - mu from the exponential of -|eta|: neither tail loses its digits.
        double small = Math.Exp(-Math.Abs(eta));
        double tail = small / (1 + small), body = 1 / (1 + small);
        double lost = (y == 1) == (eta >= 0) ? LogOnePlus(small) : LogOnePlus(small) + Math.Abs(eta);
        return new RowFit(eta >= 0 ? body : tail, tail * body, 2 * lost, -lost);
    }

    /// <inheritdoc/>
    public double PredictorOf(double mean) => Math.Log(mean / (1 - mean));

    /// <inheritdoc/>
    public bool SpeaksAgainst(double y, double change) => y == 1 ? change < 0 : change > 0;

    // log(1 + x) for x in [0, 1] with all its digits (Higham 2002, section 1.14.1).
    private static double LogOnePlus(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));
    }
}

/// <summary>Counts, log link.</summary>
public sealed class PoissonFamily : IFamily
{
    /// <inheritdoc/>
    public string Name => "poisson";

    /// <inheritdoc/>
    public string Link => "log";

    /// <inheritdoc/>
    public bool IsPossible(double y) => y >= 0 && y == Math.Floor(y) && y <= 1L << 53;

    /// <inheritdoc/>
    public double Start(double y, double weight) => Math.Log(y + 0.1);

    /// <inheritdoc/>
    public RowFit At(double eta, double y)
    {
        double mean = Math.Exp(eta);
        double deviance = 2 * (y > 0 ? (y * (Math.Log(y) - eta)) - (y - mean) : mean);
        return new RowFit(mean, mean, deviance, (y * eta) - mean - SpecialFunctions.GammaLn(y + 1));
    }

    /// <inheritdoc/>
    public double PredictorOf(double mean) => Math.Log(mean);

    /// <inheritdoc/>
    public bool SpeaksAgainst(double y, double change) => y > 0 ? change != 0 : change > 0;
}
