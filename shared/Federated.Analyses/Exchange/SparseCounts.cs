namespace Federated.Analyses.Exchange;

/// <summary>One key of a <see cref="SparseCounts"/>: how often it was added over all sites, and what was added with it.</summary>
/// <param name="Key">Its words.</param>
/// <param name="Count">How often.</param>
/// <param name="Amounts">Sums of what came with it, as integers modulo 2^128.</param>
public sealed record SparseEntry(ulong[] Key, long Count, Int128[] Amounts);

/// <summary>
/// A table of counts by key, for keys that no site can list for another: distinct times, say. Every site adds its own keys to three cells each, chosen by a hash
/// that all share; a cell holds sums only, so the table is a Sum like any other. From the sum over sites the keys are read back one by one, from cells that hold a
/// single one: an invertible Bloom lookup table (Goodrich and Mitzenmacher, Allerton 2011) with sums instead of exclusive ors, so that a key may occur often.
/// </summary>
/// <param name="Name">The block's name.</param>
/// <param name="Words">Words of a key, 64 bits each.</param>
/// <param name="Amounts">Numbers that are added up for every key.</param>
/// <param name="Cells">Cells, a multiple of three.</param>
/// <param name="Salt">Chooses the hash: another try after a table that could not be read back needs another.</param>
public sealed record SparseCounts(string Name, int Words, int Amounts, int Cells, int Salt)
{
    /// <summary>Most keys in a table: beyond, the data are too fine to be listed.</summary>
    public const int MostKeys = 1 << 20;

    /// <summary>Most cells of a table.</summary>
    public const int MostCells = 2 * MostKeys;

    private const int Places = 3;
    private const int CountBits = 32;

    private int PerCell => 1 + Words + Amounts;

    /// <summary>As many cells as <paramref name="keys"/> keys need: three to a key suffice from 1.23 per key on, and a few more where keys are few.</summary>
    public static int CellsFor(long keys) => Places * (int)Math.Ceiling((0.44 * Math.Min(keys, MostKeys)) + 12);

    /// <summary>The block, for a layout.</summary>
    public SumBlock Block() => SumBlock.Counts(Name, Cells, PerCell);

    /// <summary>The block as the manifest shows it.</summary>
    public static DeclaredItem Declared(string name, int words, int amounts, string meaning) => new(
        name, [-1, 1 + words + amounts], $"{meaning} As a table of sums in N cells, in which each stands three times; they can be read back from the sum over hospitals.");

    /// <summary>Adds a key once.</summary>
    /// <param name="sum">The vector.</param>
    /// <param name="key">Its words.</param>
    /// <param name="amounts">What is added up with it.</param>
    public void Add(SumVector sum, ReadOnlySpan<ulong> key, ReadOnlySpan<Int128> amounts)
    {
        Int128 first = 1 + ((Int128)(UInt128)Check(key) << CountBits);
        for (int place = 0; place < Places; place++)
        {
            int at = Cell(key, place) * PerCell;
            sum.AddRaw(Name, at, first);
            for (int w = 0; w < Words; w++) sum.AddRaw(Name, at + 1 + w, (Int128)(UInt128)key[w]);
            for (int a = 0; a < Amounts; a++) sum.AddRaw(Name, at + 1 + Words + a, amounts[a]);
        }
    }

    /// <summary>Every key of the sum over sites, in the order of their words; null if the table holds too many to be read back.</summary>
    public IReadOnlyList<SparseEntry>? Read(SumVector sum)
    {
        int start = sum.Layout[Name].Start;
        Int128[] cells = sum.Elements.Slice(start, Cells * PerCell).ToArray();
        var entries = new List<SparseEntry>();
        var waiting = new Queue<int>(Enumerable.Range(0, Cells));
        while (entries.Count <= Cells && waiting.TryDequeue(out int cell)) // no honest table holds more
        {
            if (Single(cells.AsSpan(cell * PerCell, PerCell), cell) is not { } entry) continue;
            entries.Add(entry);
            for (int place = 0; place < Places; place++)
            {
                int other = Cell(entry.Key, place);
                Take(cells.AsSpan(other * PerCell, PerCell), entry);
                waiting.Enqueue(other);
            }
        }

        if (cells.Any(c => c != 0)) return null;
        entries.Sort((a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        return entries;
    }

    /// <summary>The word of a number; zero has one sign.</summary>
    public static ulong Word(double value) => BitConverter.DoubleToUInt64Bits(value == 0 ? 0 : value);

    /// <summary>The number of a word.</summary>
    public static double Number(ulong word) => BitConverter.UInt64BitsToDouble(word);

    /// <summary>A 64-bit digest of words, with the mixing steps of splitmix64 (Steele, Lea and Flood 2014).</summary>
    public static ulong Digest(ulong seed, ReadOnlySpan<ulong> words)
    {
        ulong state = Mix(seed + 0x9E3779B97F4A7C15);
        foreach (ulong word in words) state = Mix(state ^ Mix(word + 0x9E3779B97F4A7C15));
        return state;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private ulong Check(ReadOnlySpan<ulong> key) => Digest(((ulong)(uint)Salt << 8) | 0xFF, key);

    private int Cell(ReadOnlySpan<ulong> key, int place)
    {
        int third = Cells / Places;
        return (place * third) + (int)(Digest(((ulong)(uint)Salt << 8) | (uint)place, key) % (ulong)third);
    }

    // The only key of a cell: its words and its check must be the cell's sums divided by the count.
    private SparseEntry? Single(ReadOnlySpan<Int128> cell, int index)
    {
        var first = (UInt128)cell[0];
        var count = (ulong)(uint)first;
        if (count == 0) return null;
        ulong[] key = new ulong[Words];
        for (int w = 0; w < Words; w++)
        {
            (UInt128 word, UInt128 rest) = UInt128.DivRem((UInt128)cell[1 + w], count);
            if (rest != 0 || word > ulong.MaxValue) return null;
            key[w] = (ulong)word;
        }

        bool whole = first >> CountBits == (UInt128)Check(key) * count;
        for (int place = 0; place < Places; place++)
            if (whole && Cell(key, place) == index) return new SparseEntry(key, (long)count, cell[(1 + Words)..].ToArray());
        return null;
    }

    private void Take(Span<Int128> cell, SparseEntry entry)
    {
        Int128 one = 1 + ((Int128)(UInt128)Check(entry.Key) << CountBits);
        unchecked
        {
            cell[0] -= one * entry.Count;
            for (int w = 0; w < Words; w++) cell[1 + w] -= (Int128)(UInt128)entry.Key[w] * entry.Count;
            for (int a = 0; a < Amounts; a++) cell[1 + Words + a] -= entry.Amounts[a];
        }
    }
}
