using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>
/// The NEMA NU 2 / IEC 61675-1 image-quality phantom in millimetres, in coordinates of its own: the origin is the centre of the ring of spheres, z runs along the body from the spheres towards the
/// far end, and sphere i of <see cref="Diameters"/> lies at 60 i degrees from the x axis. Dimensions: OpenGATE opengate/contrib/phantoms/nemaiec.py and the NEMA NU 2 text.
/// </summary>
public static class NemaGeometry
{
    /// <summary>Inner diameters of the spheres, in their order around the ring.</summary>
    public static IReadOnlyList<double> Diameters { get; } = [37, 28, 22, 17, 13, 10];

    /// <summary>Radius of the circle through the centres of the spheres.</summary>
    public const double RingRadius = 114.5367 / 2;

    /// <summary>Thickness of the walls of the spheres.</summary>
    public const double SphereWall = 1;

    /// <summary>Inner radius of the lung insert.</summary>
    public const double LungInnerRadius = 21;

    /// <summary>Outer radius of the lung insert.</summary>
    public const double LungOuterRadius = 25;

    /// <summary>From the plane of the spheres to the near end of the filled body.</summary>
    public const double NearEnd = 70;

    /// <summary>From the plane of the spheres to the far end of the filled body.</summary>
    public const double FarEnd = 124;

    /// <summary>Inner radius of the upper half of the body, a half circle around <see cref="BodyCentre"/>.</summary>
    public const double BodyRadius = 147;

    /// <summary>Inner radius of the two lower corners of the body.</summary>
    public const double CornerRadius = 77;

    /// <summary>Half the width between the centres of the two corners.</summary>
    public const double CornerOffset = 70;

    /// <summary>From the centre of the ring to the centre of the half circle, downwards.</summary>
    public const double BodyCentre = 35;

    /// <summary>Centre of a sphere in the phantom's coordinates.</summary>
    /// <param name="sphere">Position in <see cref="Diameters"/>.</param>
    public static Point3 Centre(int sphere)
    {
        double angle = sphere * Math.PI / 3;
        return new Point3(RingRadius * Math.Cos(angle), RingRadius * Math.Sin(angle), 0);
    }

    /// <summary>Radius of the filled sphere.</summary>
    /// <param name="sphere">Position in <see cref="Diameters"/>.</param>
    public static double Radius(int sphere) => Diameters[sphere] / 2;
}
