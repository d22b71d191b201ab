using System.Collections.Immutable;

namespace Federated.Analyses.Exchange;

/// <summary>
/// One named block of a Sum: a row-major array of numbers and the public powers of two they are measured in.
/// </summary>
/// <param name="Name">The quantity's own symbol, as in the analysis' documentation.</param>
/// <param name="Shape">Extent per axis; empty for a single number.</param>
/// <param name="Units">
/// Public exponents u: an element stands for integer * 2^(u - 64). One for the whole block, or one per index of the last axis.
/// </param>
public sealed record SumBlock(string Name, ImmutableArray<int> Shape, ImmutableArray<int> Units)
{
    /// <summary>A block in which every number has unit 2^0: counts, and numbers of order one.</summary>
    public static SumBlock Counts(string name, params ReadOnlySpan<int> shape) => new(name, [.. shape], [0]);

    /// <summary>How many numbers the block holds.</summary>
    public int Length { get; } = CheckedLength(Name, Shape, Units);

    /// <summary>The unit of the number at flat position <paramref name="index"/>.</summary>
    public int UnitAt(int index) => Units.Length == 1 ? Units[0] : Units[index % Units.Length];

    private static int CheckedLength(string name, ImmutableArray<int> shape, ImmutableArray<int> units)
    {
        long length = 1;
        foreach (int extent in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(extent, name);
            length = checked(length * extent);
        }

        if (units.Length != 1 && (shape.Length == 0 || units.Length != shape[^1]))
            throw new ArgumentException($"Block {name} has {units.Length} units: one, or one per index of its last axis, is needed.", nameof(units));
        return checked((int)length);
    }
}

/// <summary>The declared vector of one Sum: its blocks, one after another.</summary>
public sealed class SumLayout
{
    private readonly Dictionary<string, (SumBlock Block, int Start)> _byName = new(StringComparer.Ordinal);

    /// <summary>A layout of these blocks, in this order; names are unique.</summary>
    public SumLayout(params ImmutableArray<SumBlock> blocks)
    {
        Blocks = blocks;
        int start = 0;
        foreach (SumBlock block in blocks)
        {
            _byName.Add(block.Name, (block, start));
            start = checked(start + block.Length);
        }

        Length = start;
    }

    /// <summary>The blocks in the order in which they lie in the vector.</summary>
    public ImmutableArray<SumBlock> Blocks { get; }

    /// <summary>Elements in all.</summary>
    public int Length { get; }

    /// <summary>The block of that name and the position of its first element.</summary>
    public (SumBlock Block, int Start) this[string name] => _byName[name];
}
