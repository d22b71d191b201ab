using System.Collections.Immutable;

namespace Federated.Analyses.Exchange;

/// <summary>A broadcast as a site reads it: untrusted until every tensor has been asked for by name, with its shape and its range.</summary>
public sealed class BroadcastReader(Broadcast broadcast)
{
    /// <summary>Finite numbers of exactly this shape, row-major.</summary>
    /// <exception cref="BroadcastInvalidException">Absent, of another shape, or not finite.</exception>
    public double[] Numbers(string name, params ReadOnlySpan<int> shape)
    {
        double[] values = broadcast.Require(name, shape);
        long length = 1;
        foreach (int extent in shape) length *= extent;
        if (values.Length != length) throw new BroadcastInvalidException($"{name} holds {values.Length} numbers, not {length}.");
        foreach (double value in values)
            if (!double.IsFinite(value)) throw new BroadcastInvalidException($"{name} holds a number that is not finite.");
        return values;
    }

    /// <summary>Finite numbers, none below zero.</summary>
    /// <exception cref="BroadcastInvalidException">Not what was asked for.</exception>
    public double[] NonNegative(string name, params ReadOnlySpan<int> shape)
    {
        double[] values = Numbers(name, shape);
        foreach (double value in values)
            if (value < 0) throw new BroadcastInvalidException($"{name} holds a number below zero.");
        return values;
    }

    /// <summary>A vector of whole numbers from <paramref name="least"/> to <paramref name="most"/>.</summary>
    /// <exception cref="BroadcastInvalidException">Not what was asked for.</exception>
    public ImmutableArray<int> WholeNumbers(string name, int least, int most, int length)
    {
        double[] values = Numbers(name, length);
        foreach (double value in values)
            if (value < least || value > most || value != Math.Floor(value))
                throw new BroadcastInvalidException($"{name} holds {value:R}: whole numbers from {least} to {most} are declared.");
        return [.. values.Select(v => (int)v)];
    }

    /// <summary>Counts of rows: whole numbers from 0 to 2^53.</summary>
    /// <exception cref="BroadcastInvalidException">Not what was asked for.</exception>
    public long[] Counts(string name, params ReadOnlySpan<int> shape)
    {
        double[] values = NonNegative(name, shape);
        foreach (double value in values)
            if (value > 1L << 53 || value != Math.Floor(value)) throw new BroadcastInvalidException($"{name} holds {value:R}, which is not a count.");
        return [.. values.Select(v => (long)v)];
    }

    /// <summary>How long a vector of a length that the coordinator chooses is.</summary>
    /// <exception cref="BroadcastInvalidException">Absent, no vector, or longer than <paramref name="most"/>.</exception>
    public int Length(string name, int most)
    {
        Tensor tensor = broadcast.Tensors.FirstOrDefault(t => string.Equals(t.Name, name, StringComparison.Ordinal))
            ?? throw new BroadcastInvalidException($"The broadcast lacks {name}.");
        if (tensor.Shape.Length != 1 || tensor.Shape[0] > most) throw new BroadcastInvalidException($"{name} is not a list of at most {most} numbers.");
        return tensor.Shape[0];
    }

    /// <summary>A vector of any length of ascending indices below <paramref name="below"/>.</summary>
    /// <exception cref="BroadcastInvalidException">Not what was asked for.</exception>
    public ImmutableArray<int> Indices(string name, int below)
    {
        ImmutableArray<int> indices = WholeNumbers(name, 0, below - 1, Length(name, below));
        for (int i = 1; i < indices.Length; i++)
            if (indices[i] <= indices[i - 1]) throw new BroadcastInvalidException($"{name} is not in ascending order.");
        return indices;
    }
}
