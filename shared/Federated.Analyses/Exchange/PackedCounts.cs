namespace Federated.Analyses.Exchange;

/// <summary>
/// A block of counts of rows, four to a number: 32 bits each, so that counts over all sites add up without carrying as long as a study has fewer than 2^32
/// rows. A table of many bins crosses the wire in a quarter of the bytes.
/// </summary>
/// <param name="Name">The block's name.</param>
/// <param name="PerRow">Counts per row of the block.</param>
public sealed record PackedCounts(string Name, int PerRow)
{
    /// <summary>A study with so many rows or more is too large to be counted.</summary>
    public const long MostRows = uint.MaxValue;

    private const int PerElement = 4;
    private const int Bits = 32;

    private int Elements => (PerRow + PerElement - 1) / PerElement;

    /// <summary>The block, for a layout.</summary>
    public SumBlock Block(int rows) => SumBlock.Counts(Name, rows, Elements);

    /// <summary>The block as the manifest shows it; -1 for as many rows as the data ask for.</summary>
    public DeclaredItem Declared(int rows, string meaning) => new(Name, [rows, Elements], meaning + " Four counts to a number.");

    /// <summary>Adds counts to a row.</summary>
    /// <exception cref="OutOfRangeException">A count is negative or has more than 32 bits.</exception>
    public void Add(SumVector sum, int row, ReadOnlySpan<long> counts)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(counts.Length, PerRow, nameof(counts));
        for (int element = 0; element < Elements; element++)
        {
            Int128 packed = 0;
            for (int j = element * PerElement; j < Math.Min(PerRow, (element + 1) * PerElement); j++)
            {
                if (counts[j] is < 0 or >= MostRows) throw new OutOfRangeException(Name, (row * PerRow) + j);
                packed |= (Int128)(UInt128)(ulong)counts[j] << (Bits * (j % PerElement));
            }

            if (packed != 0) sum.AddRaw(Name, (row * Elements) + element, packed);
        }
    }

    /// <summary>Every count of a packed block, whatever its shape; places that pad a row are 0.</summary>
    public static IEnumerable<long> Every(SumVector sum, string block)
    {
        int elements = sum.Layout[block].Block.Length;
        for (int i = 0; i < elements; i++)
        {
            var packed = (UInt128)sum.Raw(block, i);
            for (int j = 0; j < PerElement; j++, packed >>= Bits) yield return (uint)packed;
        }
    }

    /// <summary>The counts of a row.</summary>
    public long[] Read(SumVector sum, int row)
    {
        long[] counts = new long[PerRow];
        UInt128 packed = 0;
        for (int j = 0; j < PerRow; j++)
        {
            packed = j % PerElement == 0 ? (UInt128)sum.Raw(Name, (row * Elements) + (j / PerElement)) : packed >> Bits;
            counts[j] = (uint)packed;
        }

        return counts;
    }
}
