using Federated.Analyses.Exchange;
using Federated.Statistics.Kernels;

namespace Federated.Analyses.Regression;

/// <summary>A symmetric matrix as a block of a Sum: its lower triangle, row by row.</summary>
internal static class SymmetricSums
{
    /// <summary>Numbers of a triangle.</summary>
    public static int Length(int order) => checked(order * (order + 1) / 2);

    /// <summary>The block, for a layout.</summary>
    public static SumBlock Block(string name, int order, int unit) => new(name, [Length(order)], [unit]);

    /// <summary>Adds a matrix, row-major, with all its digits.</summary>
    public static void Add(SumVector sum, string block, ReadOnlySpan<DoubleDouble> matrix, int order)
    {
        for (int i = 0, at = 0; i < order; i++)
        {
            for (int j = 0; j <= i; j++, at++)
            {
                sum.Add(block, at, matrix[(i * order) + j].High);
                sum.Add(block, at, matrix[(i * order) + j].Low);
            }
        }
    }

    /// <summary>Adds a matrix, row-major.</summary>
    public static void Add(SumVector sum, string block, ReadOnlySpan<double> matrix, int order)
    {
        for (int i = 0, at = 0; i < order; i++)
        {
            sum.Add(block, at, matrix.Slice(i * order, i + 1));
            at += i + 1;
        }
    }

    /// <summary>The matrix, row-major, with about 106 bits.</summary>
    public static DoubleDouble[] Read(SumVector sum, string block, int order)
    {
        var matrix = new DoubleDouble[order * order];
        for (int i = 0, at = 0; i < order; i++)
        {
            for (int j = 0; j <= i; j++, at++)
            {
                double high = sum.Read(block, at, out double low);
                matrix[(i * order) + j] = matrix[(j * order) + i] = new DoubleDouble(high, low);
            }
        }

        return matrix;
    }
}
