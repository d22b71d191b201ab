using System.Runtime.InteropServices;

namespace Federated.Statistics.OneWay;

/// <summary>
/// All that the analysis of variance needs of a one-way layout: sums over groups, with deviations of group means taken from a public centre. No group can be
/// read off them.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct OneWaySums
{
    /// <summary>k: groups with at least one value.</summary>
    public double Groups { get; init; }

    /// <summary>N = sum n_b.</summary>
    public double Count { get; init; }

    /// <summary>sum n_b^2.</summary>
    public double SquaredCount { get; init; }

    /// <summary>sum n_b d_b, where d_b = mean_b - centre.</summary>
    public double WeightedDeviation { get; init; }

    /// <summary>sum n_b d_b^2.</summary>
    public double WeightedSquare { get; init; }

    /// <summary>sum d_b.</summary>
    public double Deviation { get; init; }

    /// <summary>sum d_b^2.</summary>
    public double Square { get; init; }

    /// <summary>Within-group sum of squares.</summary>
    public double Within { get; init; }

    /// <summary>What one group adds; nothing without values.</summary>
    public static OneWaySums Of(GroupMoments group) => group.Count == 0 ? default : new OneWaySums
    {
        Groups = 1,
        Count = group.Count,
        SquaredCount = (double)group.Count * group.Count,
        WeightedDeviation = group.Count * group.Deviation,
        WeightedSquare = group.Count * group.Deviation * group.Deviation,
        Deviation = group.Deviation,
        Square = group.Deviation * group.Deviation,
        Within = group.Squares,
    };

    /// <summary>Sums over the groups of both.</summary>
    public static OneWaySums operator +(OneWaySums left, OneWaySums right) => new()
    {
        Groups = left.Groups + right.Groups,
        Count = left.Count + right.Count,
        SquaredCount = left.SquaredCount + right.SquaredCount,
        WeightedDeviation = left.WeightedDeviation + right.WeightedDeviation,
        WeightedSquare = left.WeightedSquare + right.WeightedSquare,
        Deviation = left.Deviation + right.Deviation,
        Square = left.Square + right.Square,
        Within = left.Within + right.Within,
    };
}
