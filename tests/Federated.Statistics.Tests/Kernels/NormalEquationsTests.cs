using Federated.Statistics.Kernels;

namespace Federated.Statistics.Tests.Kernels;

public sealed class NormalEquationsTests
{
    [Fact]
    public void A_nearly_collinear_system_is_solved_to_the_last_digits()
    {
        // columns that differ in one part in 10^4, and in scale by 2^40: plain elimination loses eight digits
        double[][] x = [.. Enumerable.Range(0, 50).Select(i => new[] { i, (i + (1e-3 * (i % 3))) * Math.Pow(2, 40) })];
        double[] truth = [3, -2 * Math.Pow(2, -40)];
        var a = new DoubleDouble[4];
        var c = new DoubleDouble[2];
        foreach (double[] row in x)
        {
            DoubleDouble y = DoubleDouble.Product(row[0], truth[0]) + DoubleDouble.Product(row[1], truth[1]);
            for (int i = 0; i < 2; i++)
            {
                c[i] += y * row[i];
                for (int j = 0; j < 2; j++) a[(i * 2) + j] += DoubleDouble.Product(row[i], row[j]);
            }
        }

        double[] beta = new double[2];
        new NormalEquations(a, 2, 0).Solve(c, beta);
        Assert.Equal(truth[0], beta[0], 1e-12);
        Assert.Equal(1, beta[1] / truth[1], 1e-12);
    }

    [Fact]
    public void A_residual_of_a_millionth_of_a_millionth_keeps_its_digits()
    {
        var random = new Random(3);
        DoubleDouble xx = 0, xy = 0, yy = 0;
        double[] x = new double[200], e = new double[200];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = i % 2 == 0 ? 1 : -1;
            e[i] = i % 4 < 2 ? 1e-6 : -1e-6; // orthogonal to x
            DoubleDouble y = DoubleDouble.Sum(x[i], e[i]);
            xx += DoubleDouble.Product(x[i], x[i]);
            xy += y * x[i];
            yy += y * y;
        }

        double[] beta = new double[1];
        var equations = new NormalEquations([xx], 1, 0);
        equations.Solve([xy], beta);
        Assert.Equal(1, equations.ResidualSquares(yy, [xy], beta) / (200 * 1e-12), 1e-9);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_column_that_carries_nothing_is_named(int column, bool constant)
    {
        DoubleDouble[] a = constant ? [0.0, 0.0, 0.0, 5.0] : [4.0, 8.0, 8.0, 16.0];
        SingularDesignException singular = Assert.Throws<SingularDesignException>(() => new NormalEquations(a, 2, 1e-26));
        Assert.Equal((column, constant), (singular.Column, singular.IsConstant));
    }
}
