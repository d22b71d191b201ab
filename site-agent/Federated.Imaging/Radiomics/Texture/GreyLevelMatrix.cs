namespace Federated.Imaging.Radiomics;

/// <summary>
/// Counts of (grey level, size), where size is a run's length, a zone's voxels, a zone's distance or a dependence. Small sizes are dense, the few large ones
/// (a zone may hold a million voxels) are kept by key.
/// </summary>
internal sealed class GreyLevelMatrix : ITextureMatrix<GreyLevelMatrix>
{
    private const int Dense = 64;
    private readonly int levels;
    private readonly long[] small;
    private readonly Dictionary<long, long> large = [];

    public GreyLevelMatrix(int levels)
    {
        this.levels = levels;
        small = new long[(levels + 1) * Dense];
    }

    public void Clear()
    {
        Array.Clear(small);
        large.Clear();
    }

    public void Merge(GreyLevelMatrix other)
    {
        for (int i = 0; i < small.Length; i++) small[i] += other.small[i];
        foreach ((long key, long n) in other.large) large[key] = large.GetValueOrDefault(key) + n;
    }

    /// <summary>Counts one more element of a size from 1 at a level from 1.</summary>
    public void Add(int level, int size)
    {
        if (size < Dense) small[level * Dense + size]++;
        else
        {
            ref long count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(large, ((long)level << 32) | (uint)size, out _);
            count++;
        }
    }

    /// <summary>The 16 features that all matrices of this kind share and the energy, or null for an empty matrix.</summary>
    /// <param name="voxels">What percentage features divide by: voxels that could have had an element of their own.</param>
    public GreyLevelMatrixFeatures? Features(long voxels)
    {
        List<(int Level, int Size, long Count)> entries = [];
        for (int i = 1; i <= levels; i++)
        {
            for (int j = 1; j < Dense; j++)
            {
                if (small[i * Dense + j] is > 0 and long n) entries.Add((i, j, n));
            }
        }

        // In order of the keys, so that sums do not depend on the order of counting.
        foreach ((long key, long n) in large.OrderBy(p => p.Key)) entries.Add(((int)(key >> 32), (int)(key & uint.MaxValue), n));
        return entries.Count == 0 ? null : GreyLevelMatrixFeatures.Of(entries, levels, voxels);
    }
}

/// <summary>Features of a (grey level, size) matrix: the formulas of IBSI reference manual sections 3.7, 3.8, 3.9 and 3.11 with one name for each.</summary>
internal sealed record GreyLevelMatrixFeatures
{
    public double SmallEmphasis { get; private init; }

    public double LargeEmphasis { get; private init; }

    public double LowLevelEmphasis { get; private init; }

    public double HighLevelEmphasis { get; private init; }

    public double SmallLowEmphasis { get; private init; }

    public double SmallHighEmphasis { get; private init; }

    public double LargeLowEmphasis { get; private init; }

    public double LargeHighEmphasis { get; private init; }

    public double LevelNonUniformity { get; private init; }

    public double LevelNonUniformityNormalised { get; private init; }

    public double SizeNonUniformity { get; private init; }

    public double SizeNonUniformityNormalised { get; private init; }

    public double Percentage { get; private init; }

    public double LevelVariance { get; private init; }

    public double SizeVariance { get; private init; }

    public double Entropy { get; private init; }

    public double Energy { get; private init; }

    /// <summary>The first 16 in the order of the manual; energy stands apart.</summary>
    public double[] Common() =>
    [
        SmallEmphasis, LargeEmphasis, LowLevelEmphasis, HighLevelEmphasis, SmallLowEmphasis, SmallHighEmphasis, LargeLowEmphasis, LargeHighEmphasis, LevelNonUniformity,
        LevelNonUniformityNormalised, SizeNonUniformity, SizeNonUniformityNormalised, Percentage, LevelVariance, SizeVariance, Entropy,
    ];

    public static GreyLevelMatrixFeatures Of(List<(int Level, int Size, long Count)> entries, int levels, long voxels)
    {
        double total = 0, small = 0, large = 0, low = 0, high = 0, smallLow = 0, smallHigh = 0, largeLow = 0, largeHigh = 0, levelMean = 0, sizeMean = 0;
        double[] byLevel = new double[levels + 1];
        SortedDictionary<int, double> bySize = [];
        foreach ((int level, int size, long count) in entries)
        {
            double i2 = (double)level * level, j2 = (double)size * size;
            total += count;
            small += count / j2;
            large += count * j2;
            low += count / i2;
            high += count * i2;
            smallLow += count / (i2 * j2);
            smallHigh += count * i2 / j2;
            largeLow += count * j2 / i2;
            largeHigh += count * i2 * j2;
            levelMean += (double)count * level;
            sizeMean += (double)count * size;
            byLevel[level] += count;
            bySize[size] = bySize.GetValueOrDefault(size) + count;
        }

        levelMean /= total;
        sizeMean /= total;
        double levelVariance = 0, sizeVariance = 0, entropy = 0, energy = 0, levelSquares = 0, sizeSquares = 0;
        foreach ((int level, int size, long count) in entries)
        {
            double p = count / total;
            levelVariance += (level - levelMean) * (level - levelMean) * p;
            sizeVariance += (size - sizeMean) * (size - sizeMean) * p;
            entropy -= p * Math.Log2(p);
            energy += p * p;
        }

        foreach (double n in byLevel) levelSquares += n * n;
        foreach (double n in bySize.Values) sizeSquares += n * n;
        return new GreyLevelMatrixFeatures
        {
            SmallEmphasis = small / total,
            LargeEmphasis = large / total,
            LowLevelEmphasis = low / total,
            HighLevelEmphasis = high / total,
            SmallLowEmphasis = smallLow / total,
            SmallHighEmphasis = smallHigh / total,
            LargeLowEmphasis = largeLow / total,
            LargeHighEmphasis = largeHigh / total,
            LevelNonUniformity = levelSquares / total,
            LevelNonUniformityNormalised = levelSquares / (total * total),
            SizeNonUniformity = sizeSquares / total,
            SizeNonUniformityNormalised = sizeSquares / (total * total),
            Percentage = total / voxels,
            LevelVariance = levelVariance,
            SizeVariance = sizeVariance,
            Entropy = entropy,
            Energy = energy,
        };
    }
}
