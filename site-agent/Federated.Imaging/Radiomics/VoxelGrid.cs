using System.Runtime.InteropServices;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Radiomics;

/// <summary>A regular grid of voxels: x runs fastest in every array that belongs to it, then y, then z (z counts slices).</summary>
/// <param name="CountX">Voxels along x.</param>
/// <param name="CountY">Voxels along y.</param>
/// <param name="CountZ">Slices.</param>
/// <param name="SpacingX">Distance of voxel centres along x, in millimetres.</param>
/// <param name="SpacingY">Distance of voxel centres along y, in millimetres.</param>
/// <param name="SpacingZ">Distance of slices, in millimetres.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct VoxelGrid(int CountX, int CountY, int CountZ, double SpacingX, double SpacingY, double SpacingZ)
{
    /// <summary>The grid of a volume; its place in the patient changes no feature.</summary>
    public static VoxelGrid Of(VolumeGeometry geometry) => new(geometry.CountX, geometry.CountY, geometry.CountZ, geometry.Spacing.X, geometry.Spacing.Y, geometry.Spacing.Z);

    /// <summary>Number of voxels.</summary>
    public int Count => checked(CountX * CountY * CountZ);

    /// <summary>Volume of one voxel in cubic millimetres.</summary>
    public double VoxelVolume => SpacingX * SpacingY * SpacingZ;

    /// <summary>Position of voxel (x, y, z) in an array of this grid.</summary>
    public int Index(int x, int y, int z) => (z * CountY + y) * CountX + x;

    /// <summary>Refuses grids without voxels, with spacings that are not finite and positive, or too large for one array.</summary>
    /// <exception cref="RadiomicsException">The grid is not usable; the message says which number is wrong.</exception>
    public void Validate()
    {
        if (CountX < 1 || CountY < 1 || CountZ < 1)
            throw new RadiomicsException($"The image grid is {CountX} x {CountY} x {CountZ} voxels: every axis needs at least one.");
        if ((long)CountX * CountY > int.MaxValue || (long)CountX * CountY * CountZ > int.MaxValue)
            throw new RadiomicsException($"The image grid of {CountX} x {CountY} x {CountZ} voxels is too large: crop it around the region first.");
        foreach (double spacing in (ReadOnlySpan<double>)[SpacingX, SpacingY, SpacingZ])
        {
            if (!(spacing > 0) || double.IsInfinity(spacing))
                throw new RadiomicsException($"The voxel spacing {SpacingX} x {SpacingY} x {SpacingZ} mm is not finite and positive: mend the image's geometry.");
        }
    }
}
