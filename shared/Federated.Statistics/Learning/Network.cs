using System.Collections.Immutable;

namespace Federated.Statistics.Learning;

/// <summary>What a hidden unit makes of its input.</summary>
public enum Activation
{
    /// <summary>max(0, x).</summary>
    Rectifier,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,
}

/// <summary>
/// The declared architecture of a classifier of two classes: a multilayer perceptron whose output is the log odds; without hidden layers a logistic model.
/// Parameters lie layer by layer: weights row-major (unit x input), then one bias per unit.
/// </summary>
/// <param name="Inputs">Columns.</param>
/// <param name="Hidden">Units per hidden layer.</param>
/// <param name="Activation">Of every hidden unit.</param>
public sealed record Network(int Inputs, ImmutableArray<int> Hidden, Activation Activation)
{
    private readonly ImmutableArray<(int From, int To, int Start)> _layers = LayersOf(Inputs, Hidden);

    /// <summary>How many parameters it has.</summary>
    public int Parameters => _layers[^1].Start + (_layers[^1].To * (_layers[^1].From + 1));

    /// <summary>Inputs, units and first parameter of each layer.</summary>
    public ImmutableArray<(int From, int To, int Start)> Layers => _layers;

    /// <summary>Where training starts: weights uniform within sqrt(6 / (inputs + units)) (Glorot and Bengio 2010), biases zero; a logistic model starts at zero.</summary>
    public double[] Start(ulong seed)
    {
        double[] parameters = new double[Parameters];
        if (Hidden.IsEmpty) return parameters;
        SeededStream stream = SeededStream.For(seed, 1);
        foreach ((int from, int to, int start) in _layers)
        {
            double limit = Math.Sqrt(6.0 / (from + to));
            for (int i = 0; i < from * to; i++) parameters[start + i] = limit * ((2 * stream.Uniform()) - 1);
        }

        return parameters;
    }

    /// <summary>Which parameters are weights, not biases: those that a penalty draws to zero.</summary>
    public bool IsWeight(int parameter)
    {
        foreach ((int from, int to, int start) in _layers)
            if (parameter < start + (to * (from + 1))) return parameter < start + (to * from);
        return false;
    }

    /// <summary>The log odds of a row.</summary>
    public double Predict(ReadOnlySpan<double> parameters, ReadOnlySpan<double> x)
    {
        double[][] units = Forward(parameters, x);
        return units[^1][0];
    }

    /// <summary>Adds the gradient of the row's loss; returns the loss, -log P(y).</summary>
    public double AddGradient(ReadOnlySpan<double> parameters, ReadOnlySpan<double> x, double y, double[] gradient)
    {
        double[][] units = Forward(parameters, x);
        double eta = units[^1][0];
        double[] error = [Probability(eta) - y];
        for (int layer = _layers.Length - 1; layer >= 0; layer--)
        {
            (int from, int to, int start) = _layers[layer];
            ReadOnlySpan<double> input = layer == 0 ? x : units[layer - 1];
            double[] back = new double[layer == 0 ? 0 : from];
            for (int u = 0; u < to; u++)
            {
                int at = start + (u * from);
                for (int i = 0; i < from; i++) gradient[at + i] += error[u] * input[i];
                gradient[start + (to * from) + u] += error[u];
                for (int i = 0; i < back.Length; i++) back[i] += error[u] * parameters[at + i];
            }

            for (int i = 0; i < back.Length; i++) back[i] *= Slope(input[i]);
            error = back;
        }

        return Loss(eta, y);
    }

    /// <summary>-log P(y) at log odds eta.</summary>
    public static double Loss(double eta, double y) => Math.Max(eta, 0) - (eta * y) + Math.Log(1 + Math.Exp(-Math.Abs(eta)));

    /// <summary>The probability of log odds eta.</summary>
    public static double Probability(double eta) => eta >= 0 ? 1 / (1 + Math.Exp(-eta)) : Math.Exp(eta) / (1 + Math.Exp(eta));

    private double[][] Forward(ReadOnlySpan<double> parameters, ReadOnlySpan<double> x)
    {
        double[][] units = new double[_layers.Length][];
        for (int layer = 0; layer < units.Length; layer++)
        {
            (int from, int to, int start) = _layers[layer];
            ReadOnlySpan<double> input = layer == 0 ? x : units[layer - 1];
            units[layer] = new double[to];
            for (int u = 0; u < to; u++)
            {
                double sum = parameters[start + (to * from) + u];
                ReadOnlySpan<double> weights = parameters.Slice(start + (u * from), from);
                for (int i = 0; i < from; i++) sum += weights[i] * input[i];
                units[layer][u] = layer == units.Length - 1 ? sum : Activation == Activation.Tanh ? Math.Tanh(sum) : Math.Max(0, sum);
            }
        }

        return units;
    }

    // Of the activation, told by its value.
    private double Slope(double value) => Activation == Activation.Tanh ? 1 - (value * value) : value > 0 ? 1 : 0;

    private static ImmutableArray<(int From, int To, int Start)> LayersOf(int inputs, ImmutableArray<int> hidden)
    {
        var layers = ImmutableArray.CreateBuilder<(int, int, int)>();
        int from = inputs, start = 0;
        foreach (int to in hidden.Add(1))
        {
            layers.Add((from, to, start));
            start = checked(start + (to * (from + 1)));
            from = to;
        }

        return layers.ToImmutable();
    }
}
