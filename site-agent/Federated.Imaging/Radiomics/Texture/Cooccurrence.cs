using System.Collections.Immutable;

namespace Federated.Imaging.Radiomics;

/// <summary>Grey level co-occurrence features (IBSI reference manual, section 3.6): symmetric matrices at Chebyshev distance 1.</summary>
internal sealed class Cooccurrence : ITextureMatrix<Cooccurrence>
{
    /// <summary>Levels up to which a dense matrix is kept; beyond it a bin size is surely a mistake.</summary>
    public const int MostLevels = 8192;

    public static readonly ImmutableArray<string> Tags =
    [
        "cm_joint_max", "cm_joint_avg", "cm_joint_var", "cm_joint_entr", "cm_diff_avg", "cm_diff_var", "cm_diff_entr", "cm_sum_avg", "cm_sum_var", "cm_sum_entr",
        "cm_energy", "cm_contrast", "cm_dissimilarity", "cm_inv_diff", "cm_inv_diff_norm", "cm_inv_diff_mom", "cm_inv_diff_mom_norm", "cm_inv_var", "cm_corr",
        "cm_auto_corr", "cm_clust_tend", "cm_clust_shade", "cm_clust_prom", "cm_info_corr1", "cm_info_corr2",
    ];

    private readonly LevelVolume volume;
    private readonly int levels;
    private readonly int stride;
    private readonly long[] pairs;

    private Cooccurrence(LevelVolume volume)
    {
        this.volume = volume;
        levels = volume.LevelCount;
        if (levels > MostLevels) throw new RadiomicsException($"The region has {levels} grey levels; co-occurrence takes at most {MostLevels}: choose a larger bin size.");
        stride = levels + 1;
        pairs = new long[stride * stride];
    }

    /// <summary>Adds the 25 features of every chosen aggregation.</summary>
    public static void Measure(LevelVolume volume, TextureAggregations chosen, FeatureWriter features)
    {
        Aggregation.ByDirection(
            volume,
            chosen,
            Tags,
            (new Cooccurrence(volume), new Cooccurrence(volume)),
            (slab, direction, matrix) => matrix.Count(slab, direction),
            (matrix, _, _) => matrix.Features(),
            features);
    }

    public void Clear() => Array.Clear(pairs);

    public void Merge(Cooccurrence other)
    {
        for (int i = 0; i < pairs.Length; i++) pairs[i] += other.pairs[i];
    }

    // Row and column 0 take the pairs that leave the region, so that counting has no branch.
    private void Count(Slab slab, Direction direction)
    {
        int offset = direction.Offset(volume), width = volume.CountX;
        for (int z = slab.From; z < slab.To; z++)
        {
            for (int y = 0; y < volume.CountY; y++)
            {
                int at = volume.Index(0, y, z);
                ReadOnlySpan<ushort> here = volume.Levels.AsSpan(at, width);
                ReadOnlySpan<ushort> there = volume.Levels.AsSpan(at + offset, width);
                for (int x = 0; x < here.Length; x++) pairs[here[x] * stride + there[x]]++;
            }
        }
    }

    private double[]? Features()
    {
        long total = 0;
        double[] marginal = new double[stride], difference = new double[stride], sum = new double[2 * stride];
        for (int i = 1; i < stride; i++)
        {
            for (int j = 1; j < stride; j++) total += pairs[i * stride + j];
        }

        if (total == 0) return null;
        double unit = 0.5 / total;
        double maximum = 0, jointEntropy = 0, energy = 0, auto = 0, inverseVariance = 0;
        for (int i = 1; i < stride; i++)
        {
            for (int j = 1; j <= i; j++)
            {
                long both = pairs[i * stride + j] + pairs[j * stride + i];
                if (both == 0) continue;
                // p is one cell of the symmetric matrix; off the diagonal there are two of it.
                double p = both * unit, cells = i == j ? 1 : 2, mass = p * cells;
                maximum = Math.Max(maximum, p);
                jointEntropy -= mass * Math.Log2(p);
                energy += mass * p;
                auto += mass * i * j;
                if (i != j) inverseVariance += mass / ((double)(i - j) * (i - j));
                difference[i - j] += mass;
                sum[i + j] += mass;
                marginal[i] += p;
                if (i != j) marginal[j] += p;
            }
        }

        double mean = 0, variance = 0, marginalEntropy = 0;
        for (int i = 1; i < stride; i++) mean += i * marginal[i];
        for (int i = 1; i < stride; i++)
        {
            variance += (i - mean) * (i - mean) * marginal[i];
            if (marginal[i] > 0) marginalEntropy -= marginal[i] * Math.Log2(marginal[i]);
        }

        double n = levels, differenceMean = 0, differenceVariance = 0, differenceEntropy = 0, contrast = 0, inverse = 0, inverseNormalised = 0, moment = 0, momentNormalised = 0;
        for (int k = 0; k < levels; k++)
        {
            double p = difference[k], square = (double)k * k;
            if (p == 0) continue;
            differenceMean += k * p;
            differenceEntropy -= p * Math.Log2(p);
            contrast += square * p;
            inverse += p / (1 + k);
            inverseNormalised += p / (1 + k / n);
            moment += p / (1 + square);
            momentNormalised += p / (1 + square / (n * n));
        }

        for (int k = 0; k < levels; k++) differenceVariance += (k - differenceMean) * (k - differenceMean) * difference[k];

        double sumMean = 2 * mean, sumVariance = 0, sumEntropy = 0, shade = 0, prominence = 0;
        for (int k = 2; k < sum.Length; k++)
        {
            double p = sum[k], d = k - sumMean;
            if (p == 0) continue;
            sumVariance += d * d * p;
            sumEntropy -= p * Math.Log2(p);
            shade += d * d * d * p;
            prominence += d * d * d * d * p;
        }

        // For a symmetric matrix HXY1 = HXY2 = 2 HX. One single level is perfectly correlated with itself.
        double correlation = variance > 0 ? (auto - mean * mean) / variance : 1;
        double first = marginalEntropy > 0 ? (jointEntropy - 2 * marginalEntropy) / marginalEntropy : 1;
        double second = Math.Sqrt(Math.Max(0, 1 - Math.Exp(-2 * (2 * marginalEntropy - jointEntropy))));
        return
        [
            maximum, mean, variance, jointEntropy, differenceMean, differenceVariance, differenceEntropy, sumMean, sumVariance, sumEntropy, energy, contrast, differenceMean, inverse,
            inverseNormalised, moment, momentNormalised, inverseVariance, correlation, auto, sumVariance, shade, prominence, first, second,
        ];
    }
}
