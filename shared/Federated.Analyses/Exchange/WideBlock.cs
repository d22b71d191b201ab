using System.Collections.Immutable;
using Federated.Privacy.FixedPoint;

namespace Federated.Analyses.Exchange;

/// <summary>
/// A block of a Sum for numbers whose scale is known only roughly: every number travels as two integers, one in the unit of the block and one, 97 octaves
/// finer, for what rounding to that unit left over. Together they hold 160 bits, so sums of doubles that differ by 1e30 lose nothing.
/// </summary>
/// <param name="Name">The quantity's symbol; the finer block bears the same with <c>_rest</c>.</param>
public sealed record WideBlock(string Name)
{
    // A rest is at most half an element of the coarse block, 2^(u - 65). In a unit 97 octaves below u it needs 96 bits of 128: room for 2^31 of them.
    private const int FinerBy = 97;

    private readonly string _rest = Name + "_rest";

    /// <summary>Names of both blocks.</summary>
    public ImmutableArray<string> Names => [Name, _rest];

    /// <summary>Both blocks, for a layout.</summary>
    /// <param name="shape">Extent per axis.</param>
    /// <param name="units">As in <see cref="SumBlock.Units"/>: sums must stay below 2^(63 + u) over all sites.</param>
    public ImmutableArray<SumBlock> Blocks(ImmutableArray<int> shape, ImmutableArray<int> units) =>
        [new SumBlock(Name, shape, units), new SumBlock(_rest, shape, [.. units.Select(u => u - FinerBy)])];

    /// <summary>Both blocks as the manifest shows them.</summary>
    public ImmutableArray<DeclaredItem> Declared(IReadOnlyList<int> shape, string meaning) =>
        [new DeclaredItem(Name, shape, meaning), new DeclaredItem(_rest, shape, $"The digits of {Name} that do not fit its unit.")];

    /// <summary>Adds one value at a flat position.</summary>
    /// <exception cref="OutOfRangeException">The value is not finite or too large for its unit.</exception>
    public void Add(SumVector sum, int index, double value)
    {
        if (value == 0) return;
        int unit = sum.Layout[Name].Block.UnitAt(index);
        sum.Add(Name, index, value); // refuses what does not fit
        _ = Fixed128.TryEncode(value, unit, out Int128 element);
        sum.Add(_rest, index, value - Fixed128.Decode(element, unit)); // exact: the trailing bits of one double
    }

    /// <summary>The number at a flat position.</summary>
    public double Read(SumVector sum, int index)
    {
        double high = sum.Read(Name, index, out double low);
        return high + (low + sum[_rest, index]);
    }
}
