using System.Runtime.InteropServices;

namespace Federated.Statistics.OneWay;

/// <summary>
/// All that Welch's and Bartlett's tests need of a one-way layout: sums over its groups, after the pooled variance within groups is known. Measured in units
/// of that variance they are pure numbers of order n_b.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct UnequalVarianceSums
{
    /// <summary>
    /// A group whose variance is this much smaller than the pooled one (its standard deviation 32,768 times) counts as having none: Welch's weights would
    /// have no meaning.
    /// </summary>
    public const double LeastVarianceRatio = 1.0 / (1 << 30);

    /// <summary>Groups with two values or more that vary.</summary>
    public double Varying { get; init; }

    /// <summary>Groups with two values or more that do not.</summary>
    public double Constant { get; init; }

    /// <summary>sum w_b, where w_b = n_b s^2 / s_b^2.</summary>
    public double Weight { get; init; }

    /// <summary>sum w_b d_b, where d_b = (mean_b - centre) / s.</summary>
    public double WeightedDeviation { get; init; }

    /// <summary>sum w_b d_b^2.</summary>
    public double WeightedSquare { get; init; }

    /// <summary>sum 1 / (n_b - 1).</summary>
    public double InverseDegrees { get; init; }

    /// <summary>sum w_b / (n_b - 1).</summary>
    public double WeightPerDegree { get; init; }

    /// <summary>sum w_b^2 / (n_b - 1).</summary>
    public double SquaredWeightPerDegree { get; init; }

    /// <summary>sum (n_b - 1).</summary>
    public double Degrees { get; init; }

    /// <summary>sum (n_b - 1) ln(s_b^2 / s^2).</summary>
    public double DegreesLogVariance { get; init; }

    /// <summary>What one group adds; nothing with fewer than two values, which have no variance.</summary>
    /// <param name="group">The group, its deviation taken from the common centre.</param>
    /// <param name="pooledVariance">s^2, the variance within groups; greater than 0.</param>
    public static UnequalVarianceSums Of(GroupMoments group, double pooledVariance)
    {
        if (group.Count < 2) return default;
        double ratio = group.Variance / pooledVariance;
        if (!(ratio > LeastVarianceRatio)) return new UnequalVarianceSums { Constant = 1 };
        double degrees = group.Count - 1;
        double weight = group.Count / ratio;
        double deviation = group.Deviation / Math.Sqrt(pooledVariance);
        return new UnequalVarianceSums
        {
            Varying = 1,
            Weight = weight,
            WeightedDeviation = weight * deviation,
            WeightedSquare = weight * deviation * deviation,
            InverseDegrees = 1 / degrees,
            WeightPerDegree = weight / degrees,
            SquaredWeightPerDegree = weight * weight / degrees,
            Degrees = degrees,
            DegreesLogVariance = degrees * Math.Log(ratio),
        };
    }

    /// <summary>Sums over the groups of both.</summary>
    public static UnequalVarianceSums operator +(UnequalVarianceSums left, UnequalVarianceSums right) => new()
    {
        Varying = left.Varying + right.Varying,
        Constant = left.Constant + right.Constant,
        Weight = left.Weight + right.Weight,
        WeightedDeviation = left.WeightedDeviation + right.WeightedDeviation,
        WeightedSquare = left.WeightedSquare + right.WeightedSquare,
        InverseDegrees = left.InverseDegrees + right.InverseDegrees,
        WeightPerDegree = left.WeightPerDegree + right.WeightPerDegree,
        SquaredWeightPerDegree = left.SquaredWeightPerDegree + right.SquaredWeightPerDegree,
        Degrees = left.Degrees + right.Degrees,
        DegreesLogVariance = left.DegreesLogVariance + right.DegreesLogVariance,
    };
}
