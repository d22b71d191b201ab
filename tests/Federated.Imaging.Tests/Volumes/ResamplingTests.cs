using CsCheck;
using Federated.Imaging.Tests.Dicom;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Volumes;

public class ResamplingTests
{
    private static readonly VolumeGeometry Grid = VolumeGeometry.Upright(9, 8, 7, new Point3(2, 3, 4));

    [Fact]
    public void Centres_stay_together_and_cells_cover_the_extent()
    {
        VolumeGeometry finer = Grid.Resampled(new Point3(1, 2, 3));
        Assert.Equal((18, 12, 10), (finer.CountX, finer.CountY, finer.CountZ));
        Point3 old = Grid.ToPatient(new Point3(4, 3.5, 3)), fresh = finer.ToPatient(new Point3(8.5, 5.5, 4.5));
        Assert.True((old - fresh).Length < 1e-12);
        Assert.Equal(4, VolumeGeometry.Upright(4, 1, 1, new Point3(0.3, 1, 1)).Resampled(new Point3(0.3, 1, 1)).CountX);
    }

    [Fact]
    public void Linear_images_are_reproduced_inside_by_both_methods() => Gen.Select(Gen.Double[-5, 5], Gen.Double[-5, 5], Gen.Double[-5, 5], Gen.Double[1, 5]).Sample((a, b, c, spacing) =>
    {
        Volume image = Sampled(p => a * p.X + b * p.Y + c * p.Z);
        foreach (Interpolation method in (Interpolation[])[Interpolation.Trilinear, Interpolation.Tricubic])
        {
            Volume resampled = Resampling.ToSpacing(image, new Point3(spacing, spacing, spacing), method);
            ForEachInside(resampled.Geometry, 1, (p, i) => Assert.Equal(a * p.X + b * p.Y + c * p.Z, resampled.Values[i], 1e-3));
        }
    });

    [Fact]
    public void Quadratic_images_are_reproduced_by_the_cubic_method()
    {
        Volume image = Sampled(p => p.X * p.X - 2 * p.Y * p.Y + 0.5 * p.Z * p.Z);
        Volume resampled = Resampling.ToSpacing(image, new Point3(1.3, 1.7, 2.9), Interpolation.Tricubic);
        ForEachInside(resampled.Geometry, 1, (p, i) => Assert.Equal(p.X * p.X - 2 * p.Y * p.Y + 0.5 * p.Z * p.Z, resampled.Values[i], 2e-3));
    }

    [Fact]
    public void Nearest_takes_existing_values_only()
    {
        Volume image = Sampled(p => 100 * p.X + 10 * p.Y + p.Z);
        Assert.Subset(new HashSet<float>(image.Values), new HashSet<float>(Resampling.ToSpacing(image, new Point3(1.1, 1.2, 1.3), Interpolation.Nearest).Values));
    }

    [Fact]
    public void A_mask_moves_onto_a_flipped_grid_voxel_by_voxel()
    {
        VolumeGeometry flipped = new(9, 8, 7, Grid.Spacing, Grid.ToPatient(new Point3(8, 0, 6)), new Point3(-1, 0, 0), new Point3(0, 1, 0), new Point3(0, 0, -1));
        bool[] inside = new bool[flipped.Count];
        inside[flipped.Index(1, 2, 3)] = true;
        RegionMask moved = new RegionMask(flipped, inside).On(Grid);
        Assert.Equal(1, moved.Count);
        Assert.True(moved.Inside[Grid.Index(7, 2, 3)]);
    }

    [Fact]
    public void The_digital_phantom_reads_with_its_spacing_and_values()
    {
        Volume phantom = NiftiReader.Read(File.ReadAllBytes(ImagingReference.Require("ibsi/digital_phantom/phantom.nii.gz")));
        Volume mask = NiftiReader.Read(File.ReadAllBytes(ImagingReference.Require("ibsi/digital_phantom/mask.nii.gz")));
        Assert.Equal((5, 4, 4), (phantom.Geometry.CountX, phantom.Geometry.CountY, phantom.Geometry.CountZ));
        Assert.Equal(new Point3(2, 2, 2), phantom.Geometry.Spacing);
        RegionMask region = mask.Where(v => v > 0).On(phantom.Geometry);
        Assert.Equal(74, region.Count);
        Assert.Equal(6, phantom.Values.Where((_, i) => region.Inside[i]).Max());
    }

    [Theory]
    [InlineData(10)]
    [InlineData(400)]
    public void Damaged_NIfTI_files_are_refused(int length) => Gen.Byte.Array[length].Sample(bytes => Assert.Throws<VolumeException>(() => NiftiReader.Read(bytes)), iter: 100);

    private static Volume Sampled(Func<Point3, double> function)
    {
        float[] values = new float[Grid.Count];
        ForEachInside(Grid, 0, (p, i) => values[i] = (float)function(p));
        return new Volume(Grid, values);
    }

    // Interior points only: beyond the second voxel centre from the edge an image goes on with its outermost values.
    private static void ForEachInside(VolumeGeometry grid, double margin, Action<Point3, int> action)
    {
        for (int z = 0; z < grid.CountZ; z++)
        {
            for (int y = 0; y < grid.CountY; y++)
            {
                for (int x = 0; x < grid.CountX; x++)
                {
                    Point3 p = grid.ToPatient(new Point3(x, y, z));
                    Point3 v = Grid.ToVoxel(p);
                    if (margin > 0 && (v.X < margin || v.Y < margin || v.Z < margin || v.X > 8 - margin || v.Y > 7 - margin || v.Z > 6 - margin)) continue;
                    action(p, grid.Index(x, y, z));
                }
            }
        }
    }
}
