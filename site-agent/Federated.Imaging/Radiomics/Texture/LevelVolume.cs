namespace Federated.Imaging.Radiomics;

/// <summary>
/// Grey levels of a region with a rim of one voxel all around: level 0 is outside, so neighbourhoods need no bounds checks.
/// The array has (CountX + 2)(CountY + 2)(CountZ + 2) entries.
/// </summary>
internal sealed class LevelVolume
{
    private LevelVolume(VoxelGrid grid, ushort[] levels, int levelCount, int[] histogram, bool[] morphological)
    {
        CountX = grid.CountX;
        CountY = grid.CountY;
        CountZ = grid.CountZ;
        StrideY = CountX + 2;
        StrideZ = StrideY * (CountY + 2);
        Levels = levels;
        LevelCount = levelCount;
        Histogram = histogram;
        Morphological = morphological;
        VoxelsBySlice = new int[CountZ];
        for (int z = 0; z < CountZ; z++)
        {
            for (int y = 0; y < CountY; y++)
            {
                ReadOnlySpan<ushort> row = levels.AsSpan(Index(0, y, z), CountX);
                VoxelsBySlice[z] += CountX - row.Count((ushort)0);
            }
        }
    }

    public int CountX { get; }

    public int CountY { get; }

    public int CountZ { get; }

    public int StrideY { get; }

    public int StrideZ { get; }

    /// <summary>Level of every voxel, 0 outside.</summary>
    public ushort[] Levels { get; }

    /// <summary>Number of grey levels, the highest that occurs.</summary>
    public int LevelCount { get; }

    /// <summary>Voxels per level; entry i is level i + 1.</summary>
    public int[] Histogram { get; }

    /// <summary>The region's shape in the same padded array: distances to its border are those of the morphological mask.</summary>
    public bool[] Morphological { get; }

    /// <summary>Voxels with a level, per slice.</summary>
    public int[] VoxelsBySlice { get; }

    /// <summary>Position of voxel (x, y, z) of the unpadded grid.</summary>
    public int Index(int x, int y, int z) => (z + 1) * StrideZ + (y + 1) * StrideY + x + 1;

    /// <summary>Discretises a region.</summary>
    /// <exception cref="RadiomicsException">The discretisation makes levels that textures cannot use.</exception>
    public static LevelVolume Of(PreparedRegion region, double minimum, double maximum, ExtractionSettings settings)
    {
        VoxelGrid grid = region.Grid;
        GreyLevels map = GreyLevels.For(settings.Discretisation, settings.Resegmentation, minimum, maximum);
        bool whole = settings.Discretisation is Discretisation.None;
        if (whole && (minimum < 1 || maximum > ushort.MaxValue))
            throw new RadiomicsException($"Textures without discretisation need whole numbers from 1 to 65,535; the region holds [{minimum}, {maximum}]: choose a bin size or bin number.");
        if (settings.Discretisation is Discretisation.FixedBinSize size && (maximum - (settings.Resegmentation.Lower ?? minimum)) / size.Width >= ushort.MaxValue)
            throw new RadiomicsException($"A bin size of {size.Width} makes more than 65,535 grey levels in this region: choose a larger one.");

        int strideY = grid.CountX + 2, strideZ = strideY * (grid.CountY + 2);
        ushort[] levels = new ushort[checked(strideZ * (grid.CountZ + 2))];
        bool[] morphological = new bool[levels.Length];
        int[] histogram = new int[map.Of(maximum)];
        for (int z = 0; z < grid.CountZ; z++)
        {
            for (int y = 0; y < grid.CountY; y++)
            {
                int source = grid.Index(0, y, z), target = (z + 1) * strideZ + (y + 1) * strideY + 1;
                for (int x = 0; x < grid.CountX; x++)
                {
                    morphological[target + x] = region.Morphological[source + x];
                    if (!region.Intensity[source + x]) continue;
                    double value = region.Intensities[source + x];
                    if (whole && value != Math.Floor(value)) throw new RadiomicsException($"Textures without discretisation need whole-number intensities; the region holds {value}: choose a bin size or bin number.");
                    int level = map.Of(value);
                    levels[target + x] = (ushort)level;
                    histogram[level - 1]++;
                }
            }
        }

        return new LevelVolume(grid, levels, histogram.Length, histogram, morphological);
    }
}
