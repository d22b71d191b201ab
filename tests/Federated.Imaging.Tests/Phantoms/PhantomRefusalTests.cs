using Federated.Imaging.Phantoms;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Phantoms;

public class PhantomRefusalTests
{
    [Fact]
    public void An_empty_or_noisy_image_is_no_phantom()
    {
        VolumeGeometry grid = VolumeGeometry.Upright(60, 60, 60, new Point3(4, 4, 4));
        SeededNormals random = new(3);
        Refuses(PhantomRefusal.NotAPhantom, new Volume(grid, new float[grid.Count]), "no activity");
        Refuses(PhantomRefusal.NotAPhantom, new Volume(grid, [.. Enumerable.Range(0, grid.Count).Select(_ => (float)Math.Abs(random.Next()))]), "choose");
        Refuses(PhantomRefusal.NotAPhantom, new Volume(grid, [.. Enumerable.Repeat(float.NaN, grid.Count)]), "not numbers");
        Refuses(PhantomRefusal.NotAPhantom, new Volume(VolumeGeometry.Upright(1, 1, 1, new Point3(1, 1, 1)), [1]), "ml");
    }

    [Fact]
    public void A_body_with_organs_is_no_phantom()
    {
        VolumeGeometry grid = VolumeGeometry.Upright(90, 70, 100, new Point3(4, 4, 4));
        (Point3 Centre, double Radius, double Level)[] organs =
        [
            (new(180, 140, 60), 30, 8), (new(130, 150, 190), 60, 3), (new(230, 140, 200), 35, 2.5), (new(190, 120, 300), 35, 5), (new(150, 120, 300), 45, 0.3), (new(225, 120, 310), 45, 0.3), (new(200, 170, 150), 9, 9),
        ];
        Volume patient = new SyntheticScanner { FwhmMillimetres = 6, Noise = 0.1 }.Scan(
            at =>
            {
                foreach ((Point3 centre, double radius, double level) in organs)
                    if ((at - centre).Length < radius) return level;
                double x = (at.X - 180) / 150, y = (at.Y - 140) / 105;
                return x * x + y * y < 1 ? 1 : 0;
            }, grid, 4);
        Refuses(PhantomRefusal.NotAPhantom, patient, "choose");
    }

    [Fact]
    public void A_phantom_body_without_hot_spheres_is_neither_kind() =>
        Refuses(PhantomRefusal.NotAPhantom, TestPhantoms.Image(6, 0.02, new PhantomActivity(2000)), "ring of six hot spheres");

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    public void An_empty_sphere_is_named(int empty)
    {
        VolumeGeometry grid = SyntheticPhantom.Around(TestPhantoms.Upright, new Point3(3, 3, 3));
        ActivityMap full = SyntheticPhantom.Nema(TestPhantoms.Upright, TestPhantoms.Filling);
        Point3 place = TestPhantoms.Upright.ToPatient(NemaGeometry.Centre(empty));
        Volume image = new SyntheticScanner { FwhmMillimetres = 6, Noise = 0.05, NoiseReference = 2000 }.Scan(
            at => (at - place).Length < NemaGeometry.Radius(empty) ? 2000 : full(at), grid, 2);
        PhantomException refusal = Refuses(PhantomRefusal.SphereMissing, image, $"{NemaGeometry.Diameters[empty]} mm (shows");
        for (int sphere = 0; sphere < 6; sphere++)
            if (sphere != empty) Assert.DoesNotContain($"{NemaGeometry.Diameters[sphere]} mm (shows", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_phantom_whose_spheres_leave_the_image_is_refused()
    {
        Volume whole = TestPhantoms.Image(6);
        VolumeGeometry grid = whole.Geometry;
        int plane = (int)Math.Round(grid.ToVoxel(TestPhantoms.Upright.Centre).Z);
        Refuses(PhantomRefusal.CutOff, Crop.Box(whole, 0, grid.CountX - 1, 0, grid.CountY - 1, plane - 3, grid.CountZ - 1), "37 mm sphere");
    }

    [Theory]
    [InlineData(-1, null, "-1 in the body")]
    [InlineData(double.NaN, null, "in the body")]
    [InlineData(2000, 1000d, "not above")]
    public void An_impossible_statement_is_refused(double background, double? spheres, string message)
    {
        PhantomException refusal = Assert.Throws<PhantomException>(() => PhantomAnalysis.Of(TestPhantoms.Image(6), new PhantomActivity(background, spheres)));
        Assert.Equal(PhantomRefusal.ActivityMissing, refusal.Reason);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    private static PhantomException Refuses(PhantomRefusal reason, Volume image, string message)
    {
        PhantomException refusal = Assert.Throws<PhantomException>(() => PhantomAnalysis.Of(image));
        Assert.Equal(reason, refusal.Reason);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        return refusal;
    }
}
