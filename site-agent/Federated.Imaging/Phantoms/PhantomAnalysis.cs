using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>Recognises a phantom in an image and measures it, without anyone pointing at anything.</summary>
public static class PhantomAnalysis
{
    // A filled sphere shows about 1, an empty one about 0; between them lie leaks and air bubbles.
    private const double SmallestShare = 0.3;
    private const double LungDiscRadius = 15;

    /// <summary>Measures an image-quality phantom or a uniform cylinder.</summary>
    /// <param name="image">The reconstructed image, in any unit proportional to activity.</param>
    /// <param name="stated">What was filled in, in the same unit; null when it is not known, and then there is no calibration factor.</param>
    /// <exception cref="PhantomException">No known phantom, a sphere missing, cut off, or an impossible statement.</exception>
    public static PhantomReport Of(Volume image, PhantomActivity? stated = null)
    {
        stated?.Validate();
        foreach (float value in image.Values)
            if (!float.IsFinite(value)) throw new PhantomException(PhantomRefusal.NotAPhantom, "the image holds values that are not numbers: export the series again");
        PhantomBody body = PhantomBody.Find(image);
        return SphereConstellation.Find(body) is { } rough ? Nema(image, body, rough, stated) : UniformCylinder.Measure(image, body, stated);
    }

    private static NemaReport Nema(Volume image, PhantomBody body, PhantomPose rough, PhantomActivity? stated)
    {
        double background = BackgroundRegion.Measure(image, body, rough).Mean;
        SphereFit fit = SphereFit.Of(image, rough, background, stated?.Spheres / stated?.Background);
        PhantomBackground region = BackgroundRegion.Measure(image, body, fit.Pose);
        RequireSpheres(fit);
        double? factor = stated is null ? null : region.Mean / stated.Background;
        double level = stated?.Spheres is { } filled ? filled * factor!.Value : fit.LargestLevel;
        return new NemaReport(
            region, factor, fit.Pose, Recoveries(image, fit.Pose, fit.Centres, level, region.Mean), fit.Fwhm, fit.LargestLevel, level, stated?.Spheres is not null, Lung(image, body, fit.Pose, region.Mean));
    }

    /// <summary>Recoveries of all spheres at known places, as after a filter.</summary>
    internal static IReadOnlyList<SphereRecovery> Recoveries(Volume image, PhantomPose pose, IReadOnlyList<Point3> centres, double level, double background) =>
        [.. centres.Select((centre, sphere) => SphereRecovery.Of(image, sphere, centre, pose, level, background))];

    private static void RequireSpheres(SphereFit fit)
    {
        List<string> missing = [];
        for (int sphere = 0; sphere < NemaGeometry.Diameters.Count; sphere++)
        {
            (double share, double error) = fit.ShareOf(sphere);
            if (!(share > SmallestShare) || share < 3 * error)
                missing.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{NemaGeometry.Diameters[sphere]} mm (shows {share:0.00} +- {error:0.00} of what it should)"));
        }
        if (missing.Count > 0)
            throw new PhantomException(PhantomRefusal.SphereMissing, $"an image-quality phantom, but not every sphere is there: {string.Join(", ", missing)}; fill all six alike, or scan longer");
    }

    // Discs every 5 mm along the insert, two centimetres from the ends of the body.
    private static double? Lung(Volume image, PhantomBody body, PhantomPose pose, double background)
    {
        Point3 beside = pose.ToPatient(new Point3(40 * Math.Cos(Math.PI / 6), 40 * Math.Sin(Math.PI / 6), 0));
        double near = -body.Reach(beside, pose.AxisZ * -1) + 20, far = body.Reach(beside, pose.AxisZ) - 20, sum = 0;
        int count = 0;
        for (double z = near; z <= far; z += 5)
        {
            sum += Discs.Mean(image, pose.ToPatient(new Point3(0, 0, z)), pose, LungDiscRadius);
            count++;
        }
        if (count == 0) return null;
        double percent = 100 * sum / count / background;
        return percent < 70 ? percent : null;
    }
}
