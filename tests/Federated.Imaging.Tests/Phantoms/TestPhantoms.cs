using Federated.Imaging.Phantoms;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Phantoms;

/// <summary>Phantoms and scanners drawn at random, whose truth is known.</summary>
internal static class TestPhantoms
{
    public static readonly PhantomPose Upright = new(new Point3(5, -8, 12), new Point3(1, 0, 0), new Point3(0, 1, 0), new Point3(0, 0, 1));

    public static readonly PhantomActivity Filling = new(2000, 20_000);

    /// <summary>An image of an upright phantom.</summary>
    public static Volume Image(double fwhm, double noise = 0, PhantomActivity? filling = null, ulong seed = 1, double spacing = 4)
    {
        SyntheticScanner scanner = new() { FwhmMillimetres = fwhm, Noise = noise, NoiseReference = 2000 };
        return scanner.Scan(SyntheticPhantom.Nema(Upright, filling ?? Filling), SyntheticPhantom.Around(Upright, new Point3(spacing, spacing, spacing)), seed);
    }

    /// <summary>Any orientation and handedness.</summary>
    public static PhantomPose Pose(SeededNormals random)
    {
        Point3 z = new Point3(random.Next(), random.Next(), random.Next()).Normalized(), other = new(random.Next(), random.Next(), random.Next());
        Point3 x = (other - z * other.Dot(z)).Normalized(), y = z.Cross(x);
        Point3 centre = new(Between(random, -50, 50), Between(random, -50, 50), Between(random, -50, 50));
        return new PhantomPose(centre, x, random.NextUniform() < 0.5 ? y : y * -1, z);
    }

    public static double Between(SeededNormals random, double low, double high) => low + (high - low) * random.NextUniform();
}
