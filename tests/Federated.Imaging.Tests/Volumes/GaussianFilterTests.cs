using CsCheck;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Volumes;

public class GaussianFilterTests
{
    [Fact]
    public void A_point_widens_by_exactly_the_filter_on_every_axis() =>
        Gen.Select(Gen.Double[0.3, 11], Gen.Double[1, 5], Gen.Double[1, 5], Gen.Double[1, 5]).Sample(
            (width, x, y, z) =>
            {
                VolumeGeometry grid = VolumeGeometry.Upright(61, 61, 61, new Point3(x, y, z));
                float[] values = new float[grid.Count];
                values[grid.Index(30, 30, 30)] = 1;
                Volume blurred = GaussianFilter.Apply(new Volume(grid, values), width);
                double sum = 0, xx = 0, yy = 0, zz = 0;
                for (int i = 0; i < grid.Count; i++)
                {
                    Point3 offset = new((i % 61 - 30) * x, (i / 61 % 61 - 30) * y, (i / (61 * 61) - 30) * z);
                    double value = blurred.Values[i];
                    Assert.True(value >= 0);
                    sum += value;
                    xx += value * offset.X * offset.X;
                    yy += value * offset.Y * offset.Y;
                    zz += value * offset.Z * offset.Z;
                }
                double variance = Math.Pow(width / (2 * Math.Sqrt(2 * Math.Log(2))), 2);
                Assert.Equal(1, sum, 1e-5);
                foreach (double moment in (double[])[xx, yy, zz]) Assert.Equal(variance, moment, 1e-4 * variance);
            },
            iter: 10);

    [Fact]
    public void A_wide_filter_is_the_Gaussian()
    {
        float[] weights = GaussianFilter.Weights(4);
        for (int k = 0; k < 12; k++) Assert.Equal(Math.Exp(-k * k / 32.0) / (4 * Math.Sqrt(2 * Math.PI)), weights[k], 2e-5);
    }

    [Fact]
    public void A_uniform_image_stays_uniform_up_to_its_edges()
    {
        VolumeGeometry grid = VolumeGeometry.Upright(11, 7, 5, new Point3(2, 3, 4));
        Volume blurred = GaussianFilter.Apply(new Volume(grid, [.. Enumerable.Repeat(2f, grid.Count)]), 9);
        Assert.All(blurred.Values, value => Assert.Equal(2f, value, 1e-5f));
    }

    [Fact]
    public void No_width_leaves_the_image_and_impossible_widths_are_refused()
    {
        Volume image = new(VolumeGeometry.Upright(2, 1, 1, new Point3(1, 1, 1)), [1, 2]);
        Assert.Same(image, GaussianFilter.Apply(image, 0));
        foreach (double width in (double[])[-1, 101, double.NaN]) Assert.Throws<ArgumentOutOfRangeException>(() => GaussianFilter.Apply(image, width));
    }

    [Theory]
    [InlineData(0.1, 0.1124629160182849)]
    [InlineData(0.5, 0.5204998778130465)]
    [InlineData(1, 0.8427007929497149)]
    [InlineData(2, 0.9953222650189527)]
    [InlineData(2.6, 0.9997639655834707)]
    [InlineData(3.5, 0.9999992569016276)]
    [InlineData(7, 1)]
    public void The_error_function_has_its_tabulated_values(double x, double expected)
    {
        Assert.Equal(expected, ErrorFunction.Of(x), 1e-15);
        Assert.Equal(-expected, ErrorFunction.Of(-x), 1e-15);
    }
}
