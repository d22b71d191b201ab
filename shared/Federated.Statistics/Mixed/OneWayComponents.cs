using Federated.Statistics.Kernels;

namespace Federated.Statistics.Mixed;

/// <summary>
/// Variance components by analysis of variance: what a one-way layout of groups says without a likelihood (Searle, Casella and McCulloch, Variance Components, 1992,
/// section 3.6).
/// </summary>
/// <param name="MeanSquareBetween">Between groups, in squared units of the outcome.</param>
/// <param name="MeanSquareWithin">Within groups.</param>
/// <param name="TypicalSize">n0, the number of rows of a group; where groups differ in size, what stands for it.</param>
public sealed record OneWayComponents(double MeanSquareBetween, double MeanSquareWithin, double TypicalSize)
{
    /// <summary>Variance between groups; below zero where they differ less than chance would have it.</summary>
    public double GroupVariance => (MeanSquareBetween - MeanSquareWithin) / TypicalSize;

    /// <summary>ICC(1): the share of the variance that lies between groups.</summary>
    public double IntraclassCorrelation => GroupVariance / (GroupVariance + MeanSquareWithin);

    /// <summary>The components of a model that has an intercept and nothing else.</summary>
    public static OneWayComponents Of(RandomInterceptSums sums)
    {
        const int Outcome = 3; // of [1 y]'[1 y], row-major 2 x 2
        double rows = sums.Rows, groups = sums.Groups;
        DoubleDouble centre = sums.Products[1] * sums.Products[1] / rows, between = DoubleDouble.Zero - centre;
        double squaredSizes = 0;
        foreach (GroupClass size in sums.Classes)
        {
            between += size.Squares[Outcome] / size.Size;
            squaredSizes += (double)size.Size * size.Size * size.Groups;
        }

        DoubleDouble within = sums.Products[Outcome] - centre - between;
        double unit = double.ScaleB(1, 2 * sums.ResponseExponent);
        return new OneWayComponents(unit * between.High / (groups - 1), unit * within.High / (rows - groups), (rows - (squaredSizes / rows)) / (groups - 1));
    }
}
