using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Federated.Imaging.Radiomics;

/// <summary>A connected group of voxels of one grey level.</summary>
/// <param name="Level">Grey level.</param>
/// <param name="Voxels">Its size.</param>
/// <param name="Distance">Smallest distance of its voxels to the region's border; 1 at the border.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Zone(int Level, int Voxels, int Distance);

/// <summary>Grey level size zone and distance zone features (IBSI reference manual, sections 3.8 and 3.9), which group voxels alike.</summary>
internal static class Zones
{
    public static readonly ImmutableArray<string> SizeTags =
    [
        "szm_sze", "szm_lze", "szm_lgze", "szm_hgze", "szm_szlge", "szm_szhge", "szm_lzlge", "szm_lzhge", "szm_glnu", "szm_glnu_norm", "szm_zsnu", "szm_zsnu_norm",
        "szm_z_perc", "szm_gl_var", "szm_zs_var", "szm_zs_entr",
    ];

    public static readonly ImmutableArray<string> DistanceTags =
    [
        "dzm_sde", "dzm_lde", "dzm_lgze", "dzm_hgze", "dzm_sdlge", "dzm_sdhge", "dzm_ldlge", "dzm_ldhge", "dzm_glnu", "dzm_glnu_norm", "dzm_zdnu", "dzm_zdnu_norm",
        "dzm_z_perc", "dzm_gl_var", "dzm_zd_var", "dzm_zd_entr",
    ];

    /// <summary>Adds the 16 features of each chosen family in every chosen dimension.</summary>
    public static void Measure(LevelVolume volume, FeatureSelection selection, FeatureWriter features)
    {
        GreyLevelMatrix sizes = new(volume.LevelCount), distances = new(volume.LevelCount);
        FeatureWriter byDistance = new();
        foreach ((string suffix, IEnumerable<Slab> slabs) in Aggregation.ByDimension(volume, selection.Aggregations))
        {
            List<double[]?> bySize = [], byBorder = [];
            foreach (Slab slab in slabs)
            {
                sizes.Clear();
                distances.Clear();
                foreach (Zone zone in Find(volume, slab))
                {
                    sizes.Add(zone.Level, zone.Voxels);
                    distances.Add(zone.Level, zone.Distance);
                }

                int voxels = slab.Voxels(volume);
                bySize.Add(sizes.Features(voxels)?.Common());
                byBorder.Add(distances.Features(voxels)?.Common());
            }

            if (selection.Has(FeatureFamilies.SizeZone)) Aggregation.Average(SizeTags, suffix, bySize, features);
            if (selection.Has(FeatureFamilies.DistanceZone)) Aggregation.Average(DistanceTags, suffix, byBorder, byDistance);
        }

        foreach (FeatureValue value in byDistance.Values) features.Add(value.Tag, value.Value);
    }

    /// <summary>Zones of a slab: 8-connected within slices, 26-connected in space.</summary>
    public static List<Zone> Find(LevelVolume volume, Slab slab)
    {
        int[] distances = BorderDistance.Of(volume, slab);
        int[] steps = [.. (slab.Planar ? Direction.Planar : Direction.Spatial).Select(d => d.Offset(volume))];
        // Zones are eaten from a copy that holds the slab's own slices between two empty ones.
        int first = slab.From * volume.StrideZ, length = (slab.To - slab.From + 2) * volume.StrideZ;
        ushort[] left = volume.Levels[first..(first + length)];
        Array.Clear(left, 0, volume.StrideZ);
        Array.Clear(left, length - volume.StrideZ, volume.StrideZ);
        int[] stack = new int[1024];
        List<Zone> zones = [];
        for (int at = volume.StrideZ; at < length - volume.StrideZ; at++)
        {
            ushort level = left[at];
            if (level == 0) continue;
            int depth = 0, size = 0, nearest = int.MaxValue;
            stack[depth++] = at;
            left[at] = 0;
            while (depth > 0)
            {
                int voxel = stack[--depth];
                size++;
                nearest = Math.Min(nearest, distances[voxel]);
                if (depth + 26 > stack.Length) Array.Resize(ref stack, stack.Length * 2);
                foreach (int step in steps)
                {
                    if (left[voxel + step] == level)
                    {
                        left[voxel + step] = 0;
                        stack[depth++] = voxel + step;
                    }

                    if (left[voxel - step] == level)
                    {
                        left[voxel - step] = 0;
                        stack[depth++] = voxel - step;
                    }
                }
            }

            zones.Add(new Zone(level, size, nearest));
        }

        return zones;
    }
}
