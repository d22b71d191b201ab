using System.Collections.Immutable;

namespace Federated.Imaging.Radiomics;

/// <summary>
/// Neighbourhood grey tone difference and neighbouring grey level dependence features (IBSI reference manual, sections 3.10 and 3.11): both look at all
/// neighbours at Chebyshev distance 1, the second with coarseness 0.
/// </summary>
internal sealed class Neighbourhoods
{
    public static readonly ImmutableArray<string> ToneTags = ["ngt_coarseness", "ngt_contrast", "ngt_busyness", "ngt_complexity", "ngt_strength"];

    public static readonly ImmutableArray<string> DependenceTags =
    [
        "ngl_lde", "ngl_hde", "ngl_lgce", "ngl_hgce", "ngl_ldlge", "ngl_ldhge", "ngl_hdlge", "ngl_hdhge", "ngl_glnu", "ngl_glnu_norm", "ngl_dcnu", "ngl_dcnu_norm",
        "ngl_dc_perc", "ngl_gl_var", "ngl_dc_var", "ngl_dc_entr", "ngl_dc_energy",
    ];

    private readonly LevelVolume volume;
    private readonly long[] counted;
    private readonly double[] differences;
    private readonly GreyLevelMatrix dependence;

    private Neighbourhoods(LevelVolume volume)
    {
        this.volume = volume;
        counted = new long[volume.LevelCount + 1];
        differences = new double[volume.LevelCount + 1];
        dependence = new GreyLevelMatrix(volume.LevelCount);
    }

    /// <summary>Adds the features of each chosen family in every chosen dimension.</summary>
    public static void Measure(LevelVolume volume, FeatureSelection selection, FeatureWriter features)
    {
        Neighbourhoods matrices = new(volume);
        FeatureWriter dependences = new();
        foreach ((string suffix, IEnumerable<Slab> slabs) in Aggregation.ByDimension(volume, selection.Aggregations))
        {
            List<double[]?> tones = [], byDependence = [];
            foreach (Slab slab in slabs)
            {
                matrices.Count(slab);
                tones.Add(matrices.ToneFeatures());
                GreyLevelMatrixFeatures? f = matrices.dependence.Features(slab.Voxels(volume));
                byDependence.Add(f is null ? null : [.. f.Common(), f.Energy]);
            }

            if (selection.Has(FeatureFamilies.ToneDifference)) Aggregation.Average(ToneTags, suffix, tones, features);
            if (selection.Has(FeatureFamilies.LevelDependence)) Aggregation.Average(DependenceTags, suffix, byDependence, dependences);
        }

        foreach (FeatureValue value in dependences.Values) features.Add(value.Tag, value.Value);
    }

    private void Count(Slab slab)
    {
        Array.Clear(counted);
        Array.Clear(differences);
        dependence.Clear();
        int[] steps = [.. (slab.Planar ? Direction.Planar : Direction.Spatial).Select(d => d.Offset(volume))];
        ushort[] levels = volume.Levels;
        for (int z = slab.From; z < slab.To; z++)
        {
            for (int y = 0; y < volume.CountY; y++)
            {
                int row = volume.Index(0, y, z);
                for (int at = row; at < row + volume.CountX; at++)
                {
                    int level = levels[at];
                    if (level == 0) continue;
                    int sum = 0, neighbours = 0, equal = 0;
                    foreach (int step in steps)
                    {
                        int after = levels[at + step], before = levels[at - step];
                        sum += after + before;
                        neighbours += (after != 0 ? 1 : 0) + (before != 0 ? 1 : 0);
                        equal += (after == level ? 1 : 0) + (before == level ? 1 : 0);
                    }

                    dependence.Add(level, equal + 1);
                    if (neighbours == 0) continue;
                    counted[level]++;
                    differences[level] += Math.Abs(level - sum / (double)neighbours);
                }
            }
        }
    }

    private double[]? ToneFeatures()
    {
        double total = 0, allDifferences = 0;
        List<(double Level, double Share, double Difference)> present = [];
        foreach (long n in counted) total += n;
        if (total == 0) return null;
        for (int i = 1; i < counted.Length; i++)
        {
            if (counted[i] == 0) continue;
            present.Add((i, counted[i] / total, differences[i]));
            allDifferences += differences[i];
        }

        double weighted = 0, contrast = 0, busyness = 0, complexity = 0, strength = 0;
        foreach ((double i, double p, double s) in present)
        {
            weighted += p * s;
            foreach ((double j, double q, double t) in present)
            {
                contrast += p * q * (i - j) * (i - j);
                busyness += Math.Abs(i * p - j * q);
                complexity += Math.Abs(i - j) * (p * s + q * t) / (p + q);
                strength += (p + q) * (i - j) * (i - j);
            }
        }

        double pairs = present.Count * (present.Count - 1.0);
        return
        [
            // A homogeneous region is infinitely coarse; the manual's convention is 1e6.
            weighted > 0 ? 1 / weighted : 1e6,
            pairs > 0 ? contrast / pairs * allDifferences / total : 0,
            busyness > 0 ? weighted / busyness : 0,
            complexity / total,
            allDifferences > 0 ? strength / allDifferences : 0,
        ];
    }
}
