using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Federated.Imaging.Radiomics;

/// <summary>A step to a neighbour at Chebyshev distance 1.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Direction(int X, int Y, int Z)
{
    /// <summary>One of each opposite pair within a slice: 4.</summary>
    public static readonly ImmutableArray<Direction> Planar = [new(1, 0, 0), new(-1, 1, 0), new(0, 1, 0), new(1, 1, 0)];

    /// <summary>One of each opposite pair in space: 13.</summary>
    public static readonly ImmutableArray<Direction> Spatial =
    [
        .. Planar, new(-1, -1, 1), new(0, -1, 1), new(1, -1, 1), new(-1, 0, 1), new(0, 0, 1), new(1, 0, 1), new(-1, 1, 1), new(0, 1, 1), new(1, 1, 1),
    ];

    /// <summary>Distance of the neighbour in the padded array; positive for all listed directions.</summary>
    public int Offset(LevelVolume volume) => Z * volume.StrideZ + Y * volume.StrideY + X;
}

/// <summary>Slices [From, To) of a volume, looked at within slices or in space.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Slab(int From, int To, bool Planar)
{
    /// <summary>Voxels of the region in these slices.</summary>
    public int Voxels(LevelVolume volume)
    {
        int sum = 0;
        for (int z = From; z < To; z++) sum += volume.VoxelsBySlice[z];
        return sum;
    }
}

/// <summary>What one texture matrix is made of: slices, and for directional families the directions merged into it.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TextureScan(Slab Slab, ImmutableArray<Direction> Directions);

/// <summary>The aggregations as sets of matrices whose features are averaged (IBSI reference manual, sections 3.6 to 3.11).</summary>
internal static class Aggregation
{
    private static readonly (TextureAggregations Kind, string Suffix)[] Directional =
    [
        (TextureAggregations.SlicesAveraged, "_2D_avg"), (TextureAggregations.SlicesMerged, "_2D_comb"), (TextureAggregations.DirectionsMerged, "_2_5D_avg"),
        (TextureAggregations.PlanesMerged, "_2_5D_comb"), (TextureAggregations.VolumeAveraged, "_3D_avg"), (TextureAggregations.VolumeMerged, "_3D_comb"),
    ];

    /// <summary>Tag suffix and matrices of every chosen aggregation, for families with directions.</summary>
    public static IEnumerable<(string Suffix, IEnumerable<TextureScan> Scans)> ByDirection(LevelVolume volume, TextureAggregations chosen) =>
        from d in Directional where (chosen & d.Kind) != TextureAggregations.None select (d.Suffix, Scans(volume, d.Kind));

    /// <summary>Tag suffix and slabs of every dimension among the chosen aggregations, for families without directions.</summary>
    public static IEnumerable<(string Suffix, IEnumerable<Slab> Slabs)> ByDimension(LevelVolume volume, TextureAggregations chosen)
    {
        if ((chosen & (TextureAggregations.SlicesAveraged | TextureAggregations.SlicesMerged)) != TextureAggregations.None) yield return ("_2D", Slices(volume));
        if ((chosen & (TextureAggregations.DirectionsMerged | TextureAggregations.PlanesMerged)) != TextureAggregations.None) yield return ("_2_5D", [new Slab(0, volume.CountZ, Planar: true)]);
        if ((chosen & TextureAggregations.InSpace) != TextureAggregations.None) yield return ("_3D", [new Slab(0, volume.CountZ, Planar: false)]);
    }

    /// <summary>Averages the features of several matrices; matrices without an entry have no features and do not count.</summary>
    /// <param name="tags">Names of the features.</param>
    /// <param name="suffix">Aggregation suffix.</param>
    /// <param name="matrices">Features per matrix, or null for an empty one.</param>
    /// <param name="features">Where the averages go.</param>
    public static void Average(ImmutableArray<string> tags, string suffix, IEnumerable<double[]?> matrices, FeatureWriter features)
    {
        double[] sums = new double[tags.Length];
        int count = 0;
        foreach (double[]? values in matrices)
        {
            if (values is null) continue;
            for (int f = 0; f < sums.Length; f++) sums[f] += values[f];
            count++;
        }

        for (int f = 0; f < sums.Length; f++) features.Add(tags[f] + suffix, sums[f] / count);
    }

    private static IEnumerable<TextureScan> Scans(LevelVolume volume, TextureAggregations kind)
    {
        Slab planes = new(0, volume.CountZ, Planar: true), space = new(0, volume.CountZ, Planar: false);
        return kind switch
        {
            TextureAggregations.SlicesAveraged => from slice in Slices(volume) from direction in Direction.Planar select new TextureScan(slice, [direction]),
            TextureAggregations.SlicesMerged => from slice in Slices(volume) select new TextureScan(slice, Direction.Planar),
            TextureAggregations.DirectionsMerged => from direction in Direction.Planar select new TextureScan(planes, [direction]),
            TextureAggregations.PlanesMerged => [new TextureScan(planes, Direction.Planar)],
            TextureAggregations.VolumeAveraged => from direction in Direction.Spatial select new TextureScan(space, [direction]),
            _ => [new TextureScan(space, Direction.Spatial)],
        };
    }

    private static IEnumerable<Slab> Slices(LevelVolume volume) =>
        from z in Enumerable.Range(0, volume.CountZ) where volume.VoxelsBySlice[z] > 0 select new Slab(z, z + 1, Planar: true);
}
