using System.Runtime.InteropServices;

namespace Federated.Imaging.Volumes;

/// <summary>A point or direction in patient space: millimetres towards the patient's left, back and head (LPS, PS3.3 C.7.6.2).</summary>
/// <param name="X">Towards the left.</param>
/// <param name="Y">Towards the back.</param>
/// <param name="Z">Towards the head.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Point3(double X, double Y, double Z)
{
    /// <summary>Euclidean length.</summary>
    public double Length => Math.Sqrt(Dot(this));

    /// <summary>Inner product.</summary>
    public double Dot(Point3 other) => X * other.X + Y * other.Y + Z * other.Z;

    /// <summary>Vector product.</summary>
    public Point3 Cross(Point3 other) => new(Y * other.Z - Z * other.Y, Z * other.X - X * other.Z, X * other.Y - Y * other.X);

    /// <summary>The same direction with length one.</summary>
    public Point3 Normalized() => this * (1 / Length);

    /// <summary>Sum.</summary>
    public static Point3 operator +(Point3 a, Point3 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    /// <summary>Difference.</summary>
    public static Point3 operator -(Point3 a, Point3 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    /// <summary>Multiple.</summary>
    public static Point3 operator *(Point3 a, double factor) => new(a.X * factor, a.Y * factor, a.Z * factor);
}
