using System.Collections.Immutable;

namespace Federated.Analyses.Exchange;

/// <summary>A named array of doubles, row-major. An empty shape is a single number.</summary>
public sealed record Tensor(string Name, ImmutableArray<int> Shape, double[] Values)
{
    /// <summary>A vector.</summary>
    public static Tensor Vector(string name, double[] values) => new(name, [values.Length], values);

    /// <summary>A matrix, row-major.</summary>
    public static Tensor Matrix(string name, int rows, int columns, double[] values) => new(name, [rows, columns], values);

    /// <summary>A single number.</summary>
    public static Tensor Scalar(string name, double value) => new(name, [], [value]);
}

/// <summary>What the coordinator tells every participant at a step: public numbers, in the order of the step's declaration.</summary>
public sealed record Broadcast(ImmutableArray<Tensor> Tensors)
{
    /// <summary>Nothing needs saying.</summary>
    public static Broadcast Empty { get; } = new([]);

    /// <summary>A broadcast of these tensors.</summary>
    public static Broadcast Of(params ReadOnlySpan<Tensor> tensors) => new([.. tensors]);

    /// <summary>Whether a tensor of that name is there.</summary>
    public bool Has(string name) => Tensors.Any(t => string.Equals(t.Name, name, StringComparison.Ordinal));

    /// <summary>The values of a tensor that must be there with exactly this shape, all read only after both are checked.</summary>
    /// <exception cref="BroadcastInvalidException">It is absent or has another shape: not what the plan declares.</exception>
    public double[] Require(string name, params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Tensors.FirstOrDefault(t => string.Equals(t.Name, name, StringComparison.Ordinal))
            ?? throw new BroadcastInvalidException($"The broadcast lacks {name}.");
        if (!tensor.Shape.AsSpan().SequenceEqual(shape))
            throw new BroadcastInvalidException($"{name} has shape [{string.Join(", ", tensor.Shape)}], not [{string.Join(", ", shape.ToArray())}].");
        return tensor.Values;
    }
}

/// <summary>What the coordinator sent is not what the plan declares; the site declines the task.</summary>
public sealed class BroadcastInvalidException(string message) : Exception(message);
