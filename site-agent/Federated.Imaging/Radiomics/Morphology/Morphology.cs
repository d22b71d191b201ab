namespace Federated.Imaging.Radiomics;

/// <summary>Morphological features (IBSI reference manual, section 3.1). Lengths are millimetres.</summary>
internal static class Morphology
{
    /// <summary>Adds the 25 features that the standard gives values for.</summary>
    /// <param name="region">The region without its surroundings.</param>
    /// <param name="meanIntensity">Mean over the re-segmented region.</param>
    /// <param name="features">Where values go.</param>
    public static void Measure(PreparedRegion region, double meanIntensity, FeatureWriter features)
    {
        VoxelGrid grid = region.Grid;
        (double volume, double area) = MarchingCubes.Measure(region.Morphological, grid);
        ConvexHull hull = ConvexHull.Of(SurfacePoints.HullCandidates(region.Morphological, grid));
        (double hullVolume, double hullArea) = hull.Measure(grid);
        (double major, double minor, double least) = PrincipalAxes.Variances(region.Morphological, grid);
        // The mesh reaches half a voxel beyond the outermost voxel centres.
        double boxX = grid.CountX * grid.SpacingX, boxY = grid.CountY * grid.SpacingY, boxZ = grid.CountZ * grid.SpacingZ;
        double a = 2 * Math.Sqrt(major), b = 2 * Math.Sqrt(minor), c = 2 * Math.Sqrt(least);
        double sphere = 36 * Math.PI * volume * volume;

        features.Add("morph_volume", volume);
        features.Add("morph_vol_approx", region.Morphological.AsSpan().Count(true) * grid.VoxelVolume);
        features.Add("morph_area_mesh", area);
        features.Add("morph_av", area / volume);
        features.Add("morph_comp_1", volume / (Math.Sqrt(Math.PI) * Math.Pow(area, 1.5)));
        features.Add("morph_comp_2", sphere / (area * area * area));
        features.Add("morph_sph_dispr", area / Math.Cbrt(sphere));
        features.Add("morph_sphericity", Math.Cbrt(sphere) / area);
        features.Add("morph_asphericity", Math.Cbrt(area * area * area / sphere) - 1);
        features.Add("morph_com", CentreShift(region));
        features.Add("morph_diam", Diameter(hull, grid));
        features.Add("morph_pca_maj_axis", 2 * a);
        features.Add("morph_pca_min_axis", 2 * b);
        features.Add("morph_pca_least_axis", 2 * c);
        features.Add("morph_pca_elongation", b / a);
        features.Add("morph_pca_flatness", c / a);
        features.Add("morph_vol_dens_aabb", volume / (boxX * boxY * boxZ));
        features.Add("morph_area_dens_aabb", area / (2 * (boxX * boxY + boxX * boxZ + boxY * boxZ)));
        features.Add("morph_vol_dens_aee", volume / Ellipsoid.Volume(a, b, c));
        features.Add("morph_area_dens_aee", area / Ellipsoid.Area(a, b, c));
        features.Add("morph_vol_dens_conv_hull", volume / hullVolume);
        features.Add("morph_area_dens_conv_hull", area / hullArea);
        features.Add("morph_integ_int", meanIntensity * volume);
        (double moran, double geary) = SpatialAutocorrelation.Measure(region);
        features.Add("morph_moran_i", moran);
        features.Add("morph_geary_c", geary);
    }

    // Distance from the region's centre to the centre of its intensities.
    private static double CentreShift(PreparedRegion region)
    {
        VoxelGrid grid = region.Grid;
        double n = 0, x1 = 0, y1 = 0, z1 = 0, weight = 0, xw = 0, yw = 0, zw = 0;
        for (int z = 0; z < grid.CountZ; z++)
        {
            for (int y = 0; y < grid.CountY; y++)
            {
                for (int x = 0; x < grid.CountX; x++)
                {
                    int at = grid.Index(x, y, z);
                    if (region.Morphological[at])
                    {
                        n++;
                        x1 += x;
                        y1 += y;
                        z1 += z;
                    }

                    if (!region.Intensity[at]) continue;
                    double value = region.Intensities[at];
                    weight += value;
                    xw += value * x;
                    yw += value * y;
                    zw += value * z;
                }
            }
        }

        double dx = (x1 / n - xw / weight) * grid.SpacingX, dy = (y1 / n - yw / weight) * grid.SpacingY, dz = (z1 / n - zw / weight) * grid.SpacingZ;
        return Math.Sqrt(dx * dx + dy * dy + dz * dz);
    }

    // The two furthest points of the mesh are corners of its convex hull.
    private static double Diameter(ConvexHull hull, VoxelGrid grid)
    {
        double hx = grid.SpacingX / 2, hy = grid.SpacingY / 2, hz = grid.SpacingZ / 2, most = 0;
        List<LatticePoint> corners = hull.Vertices;
        double[] x = [.. corners.Select(p => p.X * hx)], y = [.. corners.Select(p => p.Y * hy)], z = [.. corners.Select(p => p.Z * hz)];
        for (int i = 0; i < x.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double dx = x[i] - x[j], dy = y[i] - y[j], dz = z[i] - z[j];
                most = Math.Max(most, dx * dx + dy * dy + dz * dz);
            }
        }

        return Math.Sqrt(most);
    }
}
