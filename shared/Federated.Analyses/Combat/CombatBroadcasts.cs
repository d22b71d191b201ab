using Federated.Analyses.Exchange;
using Federated.Statistics.Harmonization;
using Federated.Statistics.Kernels;

namespace Federated.Analyses.Combat;

/// <summary>The broadcasts of ComBat: the coordinator's words and the sites' reading of them, side by side.</summary>
internal static class CombatBroadcasts
{
    /// <summary>The frozen model as tensors.</summary>
    public static IEnumerable<Tensor> ToTensors(CombatModel model) =>
    [
        Tensor.Vector("design_mean", model.DesignMean),
        Tensor.Vector("centre", model.Centre),
        Tensor.Matrix("beta", model.Columns, model.Features, model.Beta),
        Tensor.Vector("variance", model.Variance),
    ];

    /// <summary>Reads the frozen model.</summary>
    public static CombatModel ReadModel(BroadcastReader broadcast, int columns, int features) => new(
        broadcast.Numbers("design_mean", columns), broadcast.Numbers("centre", features), broadcast.Numbers("beta", columns, features),
        broadcast.NonNegative("variance", features));

    /// <summary>The joint means of shared scanners, from their sums.</summary>
    public static BatchMeans[] JointMeans(CombatFrame frame, SumVector sum)
    {
        int k = frame.DesignExponent.Length, p = frame.FeatureExponent.Length, m = frame.Incomplete.Length;
        DoubleDouble[] sumX = CombatLayouts.ReadExactly(sum, CombatLayouts.SumX), sumY = CombatLayouts.ReadExactly(sum, CombatLayouts.SumY);
        DoubleDouble[] observedX = CombatLayouts.ReadExactly(sum, CombatLayouts.ObservedSumX);
        var joint = new BatchMeans[frame.Shared.Length];
        for (int s = 0; s < joint.Length; s++)
        {
            var means = new BatchMeans((long)sum[CombatLayouts.Rows, s], p, k, m);
            for (int j = 0; j < m; j++) means.Observed[j] = (long)sum[CombatLayouts.Observed, (s * m) + j];
            double[] scans = means.Scans(frame.Incomplete.AsSpan());
            Divide(sumX.AsSpan(s * k, k), _ => means.Rows, means.Design, means.DesignLow);
            Divide(sumY.AsSpan(s * p, p), f => scans[f], means.Feature, means.FeatureLow);
            Divide(observedX.AsSpan(s * m * k, m * k), i => means.Observed[i / k], means.ObservedDesign, means.ObservedDesignLow);
            joint[s] = means;
        }

        return joint;
    }

    /// <summary>Joint means as tensors; a mean over no row travels as zero beside its count of zero.</summary>
    public static IEnumerable<Tensor> ToTensors(CombatFrame frame, BatchMeans[] joint)
    {
        int s = joint.Length, k = frame.DesignExponent.Length, p = frame.FeatureExponent.Length, m = frame.Incomplete.Length;
        if (s == 0) return [];
        return
        [
            Tensor.Vector("scanner_rows", [.. joint.Select(j => (double)j.Rows)]),
            Tensor.Matrix("scanner_mean_y", s, p, Finite(joint, j => j.Feature)),
            Tensor.Matrix("scanner_mean_y_low", s, p, Finite(joint, j => j.FeatureLow)),
            Tensor.Matrix("scanner_mean_x", s, k, Finite(joint, j => j.Design)),
            Tensor.Matrix("scanner_mean_x_low", s, k, Finite(joint, j => j.DesignLow)),
            Tensor.Matrix("scanner_observed", s, m, [.. joint.SelectMany(j => j.Observed.Select(n => (double)n))]),
            Tensor.Matrix("scanner_observed_mean_x", s, m * k, Finite(joint, j => j.ObservedDesign)),
            Tensor.Matrix("scanner_observed_mean_x_low", s, m * k, Finite(joint, j => j.ObservedDesignLow)),
        ];
    }

    /// <summary>Reads the joint means.</summary>
    public static BatchMeans[] ReadJointMeans(BroadcastReader broadcast, CombatFrame frame)
    {
        int s = frame.Shared.Length, k = frame.DesignExponent.Length, p = frame.FeatureExponent.Length, m = frame.Incomplete.Length;
        if (s == 0) return [];
        long[] rows = broadcast.Counts("scanner_rows", s), observed = broadcast.Counts("scanner_observed", s, m);
        double[] feature = broadcast.Numbers("scanner_mean_y", s, p), featureLow = broadcast.Numbers("scanner_mean_y_low", s, p);
        double[] design = broadcast.Numbers("scanner_mean_x", s, k), designLow = broadcast.Numbers("scanner_mean_x_low", s, k);
        double[] observedDesign = broadcast.Numbers("scanner_observed_mean_x", s, m * k);
        double[] observedDesignLow = broadcast.Numbers("scanner_observed_mean_x_low", s, m * k);

        var joint = new BatchMeans[s];
        for (int i = 0; i < s; i++)
        {
            var means = new BatchMeans(rows[i], p, k, m);
            feature.AsSpan(i * p, p).CopyTo(means.Feature);
            featureLow.AsSpan(i * p, p).CopyTo(means.FeatureLow);
            design.AsSpan(i * k, k).CopyTo(means.Design);
            designLow.AsSpan(i * k, k).CopyTo(means.DesignLow);
            observed.AsSpan(i * m, m).CopyTo(means.Observed);
            observedDesign.AsSpan(i * m * k, m * k).CopyTo(means.ObservedDesign);
            observedDesignLow.AsSpan(i * m * k, m * k).CopyTo(means.ObservedDesignLow);
            for (int j = 0; j < m; j++)
                if (means.Observed[j] == 0) means.Feature[frame.Incomplete[j]] = double.NaN;
            joint[i] = means;
        }

        return joint;
    }

    /// <summary>Location and scale of shared scanners, which each holder then shrinks for itself.</summary>
    public static IEnumerable<Tensor> ToTensors(int features, (double[] GammaHat, double[] DeltaHat)[] joint)
    {
        if (joint.Length == 0) return [];
        return
        [
            Tensor.Matrix("scanner_estimated", joint.Length, features, [.. joint.SelectMany(j => j.GammaHat.Select(g => double.IsNaN(g) ? 0.0 : 1.0))]),
            Tensor.Matrix("scanner_gamma_hat", joint.Length, features, [.. joint.SelectMany(j => j.GammaHat.Select(Finite))]),
            Tensor.Matrix("scanner_delta_hat", joint.Length, features, [.. joint.SelectMany(j => j.DeltaHat.Select(Finite))]),
        ];
    }

    /// <summary>Reads them back; NaN where not estimated.</summary>
    public static (double[] GammaHat, double[] DeltaHat)[] ReadJointEffects(BroadcastReader broadcast, CombatFrame frame)
    {
        int s = frame.Shared.Length, p = frame.FeatureExponent.Length;
        if (s == 0) return [];
        long[] estimated = broadcast.Counts("scanner_estimated", s, p);
        double[] gamma = broadcast.Numbers("scanner_gamma_hat", s, p), delta = broadcast.NonNegative("scanner_delta_hat", s, p);
        var joint = new (double[], double[])[s];
        for (int i = 0; i < s; i++) joint[i] = (Where(gamma, i), Where(delta, i));
        return joint;

        double[] Where(double[] values, int scanner) =>
            [.. Enumerable.Range(scanner * p, p).Select(at => estimated[at] == 0 ? double.NaN : values[at])];
    }

    private static void Divide(ReadOnlySpan<DoubleDouble> sums, Func<int, double> count, double[] high, double[] low)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            DoubleDouble mean = sums[i] / count(i);
            (high[i], low[i]) = (mean.High, mean.Low);
        }
    }

    private static double[] Finite(BatchMeans[] joint, Func<BatchMeans, double[]> part) => [.. joint.SelectMany(part).Select(Finite)];

    private static double Finite(double value) => double.IsNaN(value) ? 0 : value;
}
