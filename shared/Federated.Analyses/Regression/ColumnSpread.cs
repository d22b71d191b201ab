using Federated.Statistics.Kernels;

namespace Federated.Analyses.Regression;

/// <summary>Weighted mean and population variance of every column of a scaled design.</summary>
/// <param name="Total">Sum of the weights.</param>
/// <param name="Mean">k.</param>
/// <param name="Variance">k.</param>
internal sealed record ColumnSpread(double Total, double[] Mean, double[] Variance)
{
    /// <summary>From the products of all columns.</summary>
    /// <param name="products">Z'WZ, row-major with <paramref name="width"/> columns, the intercept first.</param>
    /// <param name="width">Columns of the products.</param>
    public static ColumnSpread Of(DoubleDouble[] products, int width) => new(
        products[0].High, [.. Enumerable.Range(0, width).Select(j => products[j].High / products[0].High)],
        [.. Enumerable.Range(0, width).Select(j => ((products[(j * width) + j] - (products[j] / products[0].High * products[j])) / products[0].High).High)]);
}
