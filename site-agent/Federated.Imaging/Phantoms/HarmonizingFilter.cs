using System.Globalization;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>A scanner's curve behind one filter.</summary>
/// <param name="FwhmMillimetres">Full width at half maximum of the Gaussian; 0 is no filter.</param>
/// <param name="Spheres">Recoveries, largest sphere first.</param>
/// <param name="Distance">Root of the mean squared distance from the middles of the bands.</param>
/// <param name="Checks">Every recovery against its band.</param>
public sealed record FilterStep(double FwhmMillimetres, IReadOnlyList<SphereRecovery> Spheres, double Distance, IReadOnlyList<BandCheck> Checks)
{
    /// <summary>True when every recovery lies in its band.</summary>
    public bool IsWithin => Checks.All(check => check.IsWithin);
}

/// <summary>All filters tried on one phantom against one standard.</summary>
/// <param name="Bands">The standard.</param>
/// <param name="Steps">Curves from no filter to the widest.</param>
public sealed record FilterScan(RecoveryBands Bands, IReadOnlyList<FilterStep> Steps)
{
    /// <summary>The filter whose curve lies in the band and nearest to its middle.</summary>
    /// <exception cref="PhantomException">None lies in the band; the message names the spheres that fail at the best compromise.</exception>
    public FilterStep Choose()
    {
        FilterStep? chosen = Steps.Where(step => step.IsWithin).MinBy(step => step.Distance);
        if (chosen is not null) return chosen;
        FilterStep nearest = Nearest();
        throw new PhantomException(PhantomRefusal.TargetOutOfReach, string.Create(CultureInfo.InvariantCulture,
            $"no Gaussian filter up to {Steps[^1].FwhmMillimetres:0.##} mm brings this reconstruction into {Bands.Standard}; the best, {nearest.FwhmMillimetres:0.##} mm, leaves {string.Join(", ", nearest.Checks.Where(check => !check.IsWithin))}: choose another reconstruction or standard"));
    }

    /// <summary>The filter with the fewest recoveries outside their bands, of several the one nearest to the middles.</summary>
    public FilterStep Nearest() => Steps.OrderBy(step => step.Checks.Count(check => !check.IsWithin)).ThenBy(step => step.Distance).First();
}

/// <summary>Tries Gaussian filters on a phantom: what makes its curve that of the standard makes patients of this scanner and reconstruction comparable with all others in it.</summary>
public static class HarmonizingFilter
{
    /// <summary>Widest filter tried, in millimetres.</summary>
    public const double Widest = 12;

    /// <summary>Distance between filters tried, in millimetres.</summary>
    public const double Step = 0.25;

    /// <summary>Curves behind filters from 0 to <see cref="Widest"/>.</summary>
    /// <param name="image">The image the report was made of.</param>
    /// <param name="report">Places and levels.</param>
    /// <param name="bands">The standard.</param>
    public static FilterScan Scan(Volume image, NemaReport report, RecoveryBands bands)
    {
        // Four standard deviations of the widest filter around the spheres are all that a curve depends on.
        Volume ring = Ring(image, report, 4 * Widest / GaussianFilter.WidthPerDeviation + 6);
        List<FilterStep> steps = [];
        for (int i = 0; i * Step <= Widest; i++)
        {
            double width = i * Step;
            IReadOnlyList<SphereRecovery>? spheres = width == 0 ? report.Spheres : CurveOrNothing(ring, report, width);
            if (spheres is null) break;
            steps.Add(new FilterStep(width, spheres, bands.Distance(spheres), bands.Check(spheres)));
        }
        return new FilterScan(bands, steps);
    }

    /// <summary>The curve behind one filter, all else as in the report.</summary>
    /// <exception cref="PhantomException">A sphere no longer stands out.</exception>
    public static IReadOnlyList<SphereRecovery> Curve(Volume image, NemaReport report, double fwhmMillimetres) =>
        Recoveries(Ring(image, report, 4 * fwhmMillimetres / GaussianFilter.WidthPerDeviation + 6), report, fwhmMillimetres);

    // A filter so wide that a sphere vanishes ends the scan: wider ones do not bring it back.
    private static IReadOnlyList<SphereRecovery>? CurveOrNothing(Volume ring, NemaReport report, double width)
    {
        try
        {
            return Recoveries(ring, report, width);
        }
        catch (PhantomException vanished) when (vanished.Reason == PhantomRefusal.SphereMissing)
        {
            return null;
        }
    }

    private static IReadOnlyList<SphereRecovery> Recoveries(Volume ring, NemaReport report, double width) =>
        PhantomAnalysis.Recoveries(GaussianFilter.Apply(ring, width), report.Pose, [.. report.Spheres.Select(sphere => sphere.Centre)], report.SphereLevel, report.Background.Mean);

    private static Volume Ring(Volume image, NemaReport report, double margin)
    {
        VolumeGeometry grid = image.Geometry;
        List<Ball> balls = [.. report.Spheres.Select(sphere => Ball.Around(grid, sphere.Centre, sphere.DiameterMillimetres / 2 + 13 + margin))];
        return Crop.Box(image, balls.Min(b => b.FirstX), balls.Max(b => b.LastX), balls.Min(b => b.FirstY), balls.Max(b => b.LastY), balls.Min(b => b.FirstZ), balls.Max(b => b.LastZ));
    }
}
