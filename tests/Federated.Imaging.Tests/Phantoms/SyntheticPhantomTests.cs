using Federated.Imaging.Phantoms;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Phantoms;

/// <summary>Scanners whose point-spread function, calibration error and pose are known, through the whole analysis.</summary>
public class SyntheticPhantomTests
{
    [Fact]
    public void Fifty_random_scanners_and_poses_are_recovered() => Parallel.For(0, 50, i =>
        {
            SeededNormals random = new((ulong)i);
            PhantomPose pose = TestPhantoms.Pose(random);
            double inPlane = TestPhantoms.Between(random, 2, 4.5), fwhm = TestPhantoms.Between(random, 4, 9), factor = TestPhantoms.Between(random, 0.85, 1.15);
            PhantomActivity filling = new(2000, 2000 * TestPhantoms.Between(random, 4, 10));
            SyntheticScanner scanner = new()
            {
                FwhmMillimetres = fwhm,
                CalibrationFactor = factor,
                Noise = TestPhantoms.Between(random, 0.02, 0.15), // EARL accepts no more than 15 % in the background
                NoiseReference = 2000,
                NoiseFwhmMillimetres = TestPhantoms.Between(random, 3, 6),
            };
            VolumeGeometry grid = SyntheticPhantom.Around(pose, new Point3(inPlane, inPlane, TestPhantoms.Between(random, 2, 5)));
            Volume image = scanner.Scan(SyntheticPhantom.Nema(pose, filling), grid, (ulong)i);

            NemaReport report = Assert.IsType<NemaReport>(PhantomAnalysis.Of(image, filling));
            string which = $"scanner {i}: {fwhm:0.0} mm, noise {scanner.Noise:0.00}";
            Assert.True(Math.Abs(report.FwhmMillimetres - fwhm) <= 0.3, $"{which} was taken for {report.FwhmMillimetres:0.00} mm");
            Assert.True(Math.Abs(report.CalibrationFactor!.Value / factor - 1) <= 0.01, $"{which}: factor {factor:0.000} was taken for {report.CalibrationFactor:0.000}");
            for (int sphere = 0; sphere < 6; sphere++)
            {
                double apart = (report.Spheres[sphere].Centre - pose.ToPatient(NemaGeometry.Centre(sphere))).Length;
                Assert.True(apart <= 1, $"{which}: sphere {sphere} is {apart:0.00} mm off");
            }
            Assert.Equal(pose.IsMirrored, report.Pose.IsMirrored);
            Assert.True(report.Pose.AxisZ.Dot(pose.AxisZ) > 0.999, $"{which}: the body was taken to lie on the other side");
            Assert.Equal(scanner.Noise, report.Background.CoefficientOfVariation, 0.1 * scanner.Noise + 0.005);
            Assert.InRange(report.LungResidualPercent!.Value, 0, 2);
        });

    [Fact]
    public void A_filter_widens_the_resolution_in_square()
    {
        Volume image = TestPhantoms.Image(5);
        NemaReport filtered = Assert.IsType<NemaReport>(PhantomAnalysis.Of(GaussianFilter.Apply(image, 6)));
        Assert.Equal(Math.Sqrt(25 + 36), filtered.FwhmMillimetres, 0.15);
    }

    [Fact]
    public void Without_a_stated_activity_the_largest_sphere_says_the_level_and_no_factor_is_made_up()
    {
        NemaReport report = Assert.IsType<NemaReport>(PhantomAnalysis.Of(TestPhantoms.Image(6, 0.05)));
        Assert.Null(report.CalibrationFactor);
        Assert.False(report.IsLevelStated);
        Assert.Equal(20_000, report.SphereLevel, 300.0);
    }

    [Fact]
    public void Recoveries_do_not_depend_on_the_calibration_error()
    {
        SyntheticScanner right = new() { FwhmMillimetres = 6 }, high = right with { CalibrationFactor = 1.2 };
        VolumeGeometry grid = SyntheticPhantom.Around(TestPhantoms.Upright, new Point3(4, 4, 4));
        ActivityMap truth = SyntheticPhantom.Nema(TestPhantoms.Upright, TestPhantoms.Filling);
        NemaReport a = (NemaReport)PhantomAnalysis.Of(right.Scan(truth, grid, 1), TestPhantoms.Filling), b = (NemaReport)PhantomAnalysis.Of(high.Scan(truth, grid, 1), TestPhantoms.Filling);
        Assert.Equal(1.2, b.CalibrationFactor!.Value / a.CalibrationFactor!.Value, 1e-4);
        for (int i = 0; i < 6; i++) Assert.Equal(a.Spheres[i].Mean, b.Spheres[i].Mean, 1e-3);
    }

    [Fact]
    public void A_uniform_cylinder_gives_the_factor_in_any_orientation()
    {
        SeededNormals random = new(7);
        for (int i = 0; i < 4; i++)
        {
            Point3 axis = new Point3(random.Next(), random.Next(), random.Next()).Normalized();
            SyntheticScanner scanner = new() { FwhmMillimetres = 6, CalibrationFactor = 0.93, Noise = 0.1, NoiseReference = 5000 };
            VolumeGeometry grid = new(80, 80, 80, new Point3(4, 4, 4), new Point3(-158, -150, -162), new Point3(1, 0, 0), new Point3(0, 1, 0), new Point3(0, 0, 1));
            Volume image = scanner.Scan(SyntheticPhantom.Cylinder(default, axis, 100, 190, 5000), grid, (ulong)i);
            UniformReport report = Assert.IsType<UniformReport>(PhantomAnalysis.Of(image, new PhantomActivity(5000)));
            Assert.Equal(0.93, report.CalibrationFactor!.Value, 0.005);
            Assert.Equal(0.1, report.Background.CoefficientOfVariation, 0.01);
            Assert.Equal(100, report.RadiusMillimetres, 3.0);
            Assert.Equal(190, report.LengthMillimetres, 5.0);
            Assert.True(Math.Abs(report.Axis.Dot(axis)) > 0.999);
            Assert.InRange(report.LargestSliceDeviationPercent, 0, 2);
        }
    }

    [Fact]
    public void One_seed_gives_one_image_and_another_seed_another()
    {
        Assert.Equal(TestPhantoms.Image(6, 0.1, seed: 5).Values, TestPhantoms.Image(6, 0.1, seed: 5).Values);
        Assert.NotEqual(TestPhantoms.Image(6, 0.1, seed: 5).Values, TestPhantoms.Image(6, 0.1, seed: 6).Values);
    }

    [Fact]
    public void A_blurred_sphere_is_what_blurring_a_sphere_gives()
    {
        VolumeGeometry grid = VolumeGeometry.Upright(81, 81, 81, new Point3(1, 1, 1));
        Volume image = new SyntheticScanner { FwhmMillimetres = 6 }.Scan(at => (at - new Point3(40, 40, 40)).Length <= 8.5 ? 1 : 0, grid, 0);
        // The grid averages over its voxels, which widens what the closed form leaves out.
        BlurredSphere ball = new(8.5, Math.Sqrt(36 + GaussianFilter.WidthPerDeviation * GaussianFilter.WidthPerDeviation / 12));
        for (int x = 40; x < 65; x++) Assert.Equal(ball.At(x - 40), image[x, 40, 40], 0.004);
    }
}
