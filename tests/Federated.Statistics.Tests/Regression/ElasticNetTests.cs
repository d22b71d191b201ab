using CsCheck;
using Federated.Statistics.Regression;

namespace Federated.Statistics.Tests.Regression;

public class ElasticNetTests
{
    [Fact]
    public void Meets_the_conditions_of_a_minimum_wherever_it_starts() =>
        (from m in Gen.Int[1, 8]
         from rows in Gen.Double[-1, 1].Array[3 * m].Array[m]
         from linear in Gen.Double[-2, 2].Array[m]
         from lasso in Gen.Double[0.001, 1].Array[m]
         from ridge in Gen.Double[0.01, 1].Array[m]
         from start in Gen.Double[-3, 3].Array[m]
         select (m, rows, linear, lasso, ridge, start)).Sample(c =>
    {
        double[] curvature = new double[c.m * c.m];
        for (int i = 0; i < c.m; i++)
            for (int j = 0; j < c.m; j++) curvature[(i * c.m) + j] = c.rows[i].Zip(c.rows[j], (a, b) => a * b).Aggregate(0.0, (a, b) => a + b);
        double[] beta = ElasticNet.Minimize(curvature, c.linear, c.lasso, c.ridge, c.start);
        for (int j = 0; j < c.m; j++)
        {
            double pull = c.linear[j] - (c.ridge[j] * beta[j]);
            for (int i = 0; i < c.m; i++) pull -= curvature[(j * c.m) + i] * beta[i];
            if (beta[j] == 0) Assert.True(Math.Abs(pull) <= c.lasso[j] + 1e-10);
            else Assert.Equal(c.lasso[j] * Math.Sign(beta[j]), pull, 1e-10);
        }
    });

    [Fact]
    public void Shrinks_a_lone_coefficient_by_the_price() =>
        Assert.Equal([0.4, 0.0], ElasticNet.Minimize([2, 0, 0, 2], [1.5, -0.2], [0.5, 0.5], [0.5, 0.5], [0, 0]).Select(b => Math.Round(b, 14)));

    [Fact]
    public void A_column_that_varies_nowhere_is_brought_to_zero_from_wherever_it_starts() =>
        Assert.Equal([0.0], ElasticNet.Minimize([0], [-2.4e-64], [0.64], [0.63], [0.066]));
}
