using System.Runtime.InteropServices;

namespace Federated.Statistics.OneWay;

/// <summary>One group (a scanner) of a one-way layout.</summary>
/// <param name="Count">Values.</param>
/// <param name="Deviation">Their mean minus a public centre common to all groups; 0 without values.</param>
/// <param name="Squares">Sum of squared deviations from their own mean; exactly 0 if they are all the same.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct GroupMoments(long Count, double Deviation, double Squares)
{
    /// <summary>Unbiased variance; NaN with fewer than two values.</summary>
    public double Variance => Count > 1 ? Squares / (Count - 1) : double.NaN;
}
