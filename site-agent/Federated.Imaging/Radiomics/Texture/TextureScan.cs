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

/// <summary>A texture matrix that can take over another's counts.</summary>
internal interface ITextureMatrix<in TSelf>
{
    void Clear();

    void Merge(TSelf other);
}

/// <summary>The aggregations as sets of matrices whose features are averaged (IBSI reference manual, sections 3.6 to 3.11).</summary>
internal static class Aggregation
{
    /// <summary>Measures a family with directions in every chosen aggregation: each direction of each slab is counted once and merged from there.</summary>
    /// <param name="volume">Grey levels.</param>
    /// <param name="chosen">Aggregations.</param>
    /// <param name="tags">Names of the features.</param>
    /// <param name="matrices">Two matrices to work in.</param>
    /// <param name="count">Adds the counts of one direction in a slab.</param>
    /// <param name="measure">Features of a matrix made of a slab and so many directions, or null when it is empty.</param>
    /// <param name="features">Where values go.</param>
    public static void ByDirection<TMatrix>(
        LevelVolume volume,
        TextureAggregations chosen,
        ImmutableArray<string> tags,
        (TMatrix One, TMatrix Merged) matrices,
        Action<Slab, Direction, TMatrix> count,
        Func<TMatrix, Slab, int, double[]?> measure,
        FeatureWriter features)
        where TMatrix : ITextureMatrix<TMatrix>
    {
        Pair("_2D", TextureAggregations.SlicesAveraged, TextureAggregations.SlicesMerged, Slices(volume), Direction.Planar);
        Pair("_2_5D", TextureAggregations.DirectionsMerged, TextureAggregations.PlanesMerged, [new Slab(0, volume.CountZ, Planar: true)], Direction.Planar);
        Pair("_3D", TextureAggregations.VolumeAveraged, TextureAggregations.VolumeMerged, [new Slab(0, volume.CountZ, Planar: false)], Direction.Spatial);

        void Pair(string dimension, TextureAggregations average, TextureAggregations merge, IEnumerable<Slab> slabs, ImmutableArray<Direction> directions)
        {
            bool averaged = (chosen & average) != TextureAggregations.None, merged = (chosen & merge) != TextureAggregations.None;
            if (!averaged && !merged) return;
            List<double[]?> ofDirections = [], ofSlabs = [];
            foreach (Slab slab in slabs)
            {
                matrices.Merged.Clear();
                foreach (Direction direction in directions)
                {
                    matrices.One.Clear();
                    count(slab, direction, matrices.One);
                    if (averaged) ofDirections.Add(measure(matrices.One, slab, 1));
                    if (merged) matrices.Merged.Merge(matrices.One);
                }

                if (merged) ofSlabs.Add(measure(matrices.Merged, slab, directions.Length));
            }

            if (averaged) Average(tags, dimension + "_avg", ofDirections, features);
            if (merged) Average(tags, dimension + "_comb", ofSlabs, features);
        }
    }

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

    private static IEnumerable<Slab> Slices(LevelVolume volume) =>
        from z in Enumerable.Range(0, volume.CountZ) where volume.VoxelsBySlice[z] > 0 select new Slab(z, z + 1, Planar: true);
}
