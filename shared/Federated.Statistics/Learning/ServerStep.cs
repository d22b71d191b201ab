namespace Federated.Statistics.Learning;

/// <summary>How the holders' mean change becomes the next model. Holds the memory of a strategy; a pure function of what it was told.</summary>
public abstract class ServerStep
{
    /// <summary>The model after a round.</summary>
    /// <param name="model">The model of the round.</param>
    /// <param name="change">Mean change over the holders that took part, each with its rows.</param>
    public abstract double[] Next(double[] model, double[] change);
}

/// <summary>The model moves by the mean change times a rate: with rate 1, federated averaging (McMahan et al. 2017).</summary>
public sealed class AveragingStep(double rate) : ServerStep
{
    /// <inheritdoc/>
    public override double[] Next(double[] model, double[] change)
    {
        double[] next = new double[model.Length];
        for (int j = 0; j < next.Length; j++) next[j] = model[j] + (rate * change[j]);
        return next;
    }
}

/// <summary>FedAdam and FedYogi (Reddi et al. 2021, algorithm 2): the mean change is a gradient to an adaptive method with two moments.</summary>
public sealed class AdaptiveStep(int parameters, double rate, bool yogi) : ServerStep
{
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.99;
    private const double Adaptivity = 1e-3; // tau

    private readonly double[] _first = new double[parameters];
    private readonly double[] _second = [.. Enumerable.Repeat(Adaptivity * Adaptivity, parameters)];

    /// <inheritdoc/>
    public override double[] Next(double[] model, double[] change)
    {
        double[] next = new double[model.Length];
        for (int j = 0; j < next.Length; j++)
        {
            double square = change[j] * change[j];
            _first[j] = (FirstDecay * _first[j]) + ((1 - FirstDecay) * change[j]);
            _second[j] = yogi
                ? _second[j] - ((1 - SecondDecay) * square * Math.Sign(_second[j] - square))
                : (SecondDecay * _second[j]) + ((1 - SecondDecay) * square);
            next[j] = model[j] + (rate * _first[j] / (Math.Sqrt(_second[j]) + Adaptivity));
        }

        return next;
    }
}
