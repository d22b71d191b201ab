using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>Where a phantom lies in the patient space of its image. The three axes are unit vectors at right angles, right- or left-handed.</summary>
/// <param name="Centre">Origin of the phantom's coordinates: the centre of its ring of spheres.</param>
/// <param name="AxisX">Towards the largest sphere.</param>
/// <param name="AxisY">In the plane of the spheres, on the side of the second largest.</param>
/// <param name="AxisZ">Along the body, from the spheres towards its far end.</param>
public sealed record PhantomPose(Point3 Centre, Point3 AxisX, Point3 AxisY, Point3 AxisZ)
{
    /// <summary>True when the spheres grow smaller clockwise for someone who looks from the near end along the body: the phantom or the image is mirrored, or its lid is set in the other order.</summary>
    public bool IsMirrored => AxisX.Cross(AxisY).Dot(AxisZ) < 0;

    /// <summary>Patient coordinates of a point of the phantom.</summary>
    public Point3 ToPatient(Point3 phantom) => Centre + AxisX * phantom.X + AxisY * phantom.Y + AxisZ * phantom.Z;

    /// <summary>The phantom's coordinates of a point in the patient space.</summary>
    public Point3 ToPhantom(Point3 patient)
    {
        Point3 offset = patient - Centre;
        return new Point3(offset.Dot(AxisX), offset.Dot(AxisY), offset.Dot(AxisZ));
    }

    /// <summary>The pose turned by a small rotation vector (radians, patient axes, around its centre) and moved.</summary>
    internal PhantomPose Moved(Point3 rotation, Point3 shift) => new(Centre + shift, Turn(AxisX, rotation), Turn(AxisY, rotation), Turn(AxisZ, rotation));

    /// <summary>The same plane with the far end on the other side.</summary>
    internal PhantomPose Reversed() => this with { AxisZ = AxisZ * -1 };

    // Rodrigues' formula.
    private static Point3 Turn(Point3 axis, Point3 rotation)
    {
        double angle = rotation.Length;
        if (angle == 0) return axis;
        Point3 around = rotation * (1 / angle);
        return axis * Math.Cos(angle) + around.Cross(axis) * Math.Sin(angle) + around * (around.Dot(axis) * (1 - Math.Cos(angle)));
    }
}
