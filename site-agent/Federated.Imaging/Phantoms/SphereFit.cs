using System.Runtime.InteropServices;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>
/// The six spheres as one model of the image: cold walls in a warm background, hot inside, seen through one Gaussian point-spread function and averaged over each voxel. The pose, the resolution and
/// the level of the spheres are found together, so the large spheres hold the small ones in place; then each sphere may leave the ideal ring by what a real phantom allows.
/// </summary>
internal sealed class SphereFit
{
    private const double Margin = 8;
    private const int MostSamples = 40_000;

    /// <summary>Standard deviation of a sphere's distance from its ideal place in millimetres: filled by hand, screwed on stems.</summary>
    private const double PlacementDeviation = 1;

    // Every voxel counts alike: weights by expected counts make the resolution of fifty simulated scanners come out worse (0.114 mm root mean square instead of 0.094 mm).
    private readonly List<Sample>[] samples;
    private readonly Point3[] within;
    private readonly double background;

    private SphereFit(Volume image, PhantomPose pose, double background, double startingFwhm, double startingSignal, int mostSamples)
    {
        this.background = background;
        within = WithinVoxel(image.Geometry);
        samples = Collect(image, pose, mostSamples);
        (Pose, Fwhm, Signal) = FitTogether(pose, startingFwhm, startingSignal);
        Centres = [.. Enumerable.Range(0, samples.Length).Select(sphere => Pose.ToPatient(NemaGeometry.Centre(sphere)))];
    }

    /// <summary>Where the phantom lies.</summary>
    public PhantomPose Pose { get; }

    /// <summary>Full width at half maximum of the point-spread function without the voxel's own width, in millimetres.</summary>
    public double Fwhm { get; private set; }

    /// <summary>Level inside the spheres before blur that suits all six together, in units of the image.</summary>
    public double Signal { get; private set; }

    /// <summary>
    /// Level inside the largest sphere before blur, in units of the image: the one sphere whose middle no blur reaches. Each shell around its centre counts alike, so the middle decides and not the edge,
    /// where reconstructions that model their resolution overshoot.
    /// </summary>
    public double LargestLevel { get; private set; }

    /// <summary>Centres of the spheres in patient space.</summary>
    public Point3[] Centres { get; }

    /// <param name="image">The image.</param>
    /// <param name="rough">A pose some millimetres off.</param>
    /// <param name="background">Level of the body in units of the image.</param>
    /// <param name="statedRatio">Level of the spheres relative to the body's, as filled in; null when it is not known, and is then found with the resolution.</param>
    /// <exception cref="PhantomException">A sphere lies outside the image.</exception>
    public static SphereFit Of(Volume image, PhantomPose rough, double background, double? statedRatio)
    {
        // The second round collects its voxels around the places of the first.
        SphereFit first = new(image, rough, background, 7, 5 * background, MostSamples / 5);
        SphereFit fit = new(image, first.Pose, background, first.Fwhm, first.Signal, MostSamples);
        for (int sphere = 0; sphere < fit.samples.Length; sphere++) fit.Place(sphere);
        (fit.Fwhm, fit.Signal) = statedRatio is { } ratio ? (fit.FitResolution(ratio), ratio * background) : fit.FitResolution();
        fit.LargestLevel = fit.FitLargest();
        return fit;
    }

    /// <summary>How much of the common level one sphere shows: 1 as expected, 0 as the background in its place would.</summary>
    /// <returns>The share and its standard error, from how the image deviates from the model.</returns>
    public (double Share, double Error) ShareOf(int sphere)
    {
        double radius = NemaGeometry.Radius(sphere);
        BlurredSphere inner = new(radius, Fwhm), wall = new(radius, NemaGeometry.SphereWall, Fwhm, 0, 1);
        double products = 0, squares = 0, deviations = 0;
        List<Sample> own = samples[sphere];
        foreach (Sample sample in own)
        {
            double hot = Signal * Averaged(inner, sample.Place, Centres[sphere]), rest = sample.Value - background * (1 + Averaged(wall, sample.Place, Centres[sphere]));
            products += hot * rest;
            squares += hot * hot;
            deviations += rest * rest;
        }
        double share = products / squares;
        // Noise of neighbouring voxels goes together over about one resolution element: that many fewer are independent.
        double together = Math.Max(1, Math.Pow(Fwhm, 3) / voxelVolume / stride);
        return (share, Math.Sqrt(Math.Max(0, deviations / own.Count - share * share * squares / own.Count) * together / squares));
    }

    private double voxelVolume;
    private int stride;

    private List<Sample>[] Collect(Volume image, PhantomPose pose, int mostSamples)
    {
        VolumeGeometry grid = image.Geometry;
        voxelVolume = grid.VoxelVolume;
        double covered = 0;
        for (int sphere = 0; sphere < NemaGeometry.Diameters.Count; sphere++) covered += 4.0 / 3 * Math.PI * Math.Pow(NemaGeometry.Radius(sphere) + Margin, 3);
        stride = Math.Max(1, (int)Math.Ceiling(covered / voxelVolume / mostSamples));
        List<Sample>[] collected = new List<Sample>[NemaGeometry.Diameters.Count];
        int seen = 0;
        for (int sphere = 0; sphere < collected.Length; sphere++)
        {
            List<Sample> own = collected[sphere] = [];
            Ball ball = Phantoms.Ball.Around(grid, pose.ToPatient(NemaGeometry.Centre(sphere)), NemaGeometry.Radius(sphere) + Margin);
            if (!ball.IsWhole)
                throw new PhantomException(PhantomRefusal.CutOff, $"the image does not hold the whole {NemaGeometry.Diameters[sphere]} mm sphere: place the ring of spheres well inside the field of view and scan again");
            foreach ((int voxel, Point3 at) in ball.Voxels(grid))
            {
                // Next to the lung insert the background is not even.
                Point3 own3 = pose.ToPhantom(at);
                if (own3.X * own3.X + own3.Y * own3.Y < 33 * 33 || seen++ % stride != 0) continue;
                own.Add(new Sample(at, image.Values[voxel]));
            }
        }
        return collected;
    }

    private (PhantomPose Pose, double Fwhm, double Signal) FitTogether(PhantomPose pose, double fwhm, double signal)
    {
        int count = 0;
        foreach (List<Sample> own in samples) count += own.Count;
        double[] found = LeastSquares.Minimize(
            [0, 0, 0, 0, 0, 0, Math.Log(fwhm), signal / background], [1e-3, 1e-3, 1e-3, 0.05, 0.05, 0.05, 0.01, 0.01], count,
            (p, residuals) =>
            {
                PhantomPose moved = Moved(pose, p);
                Deviations(sphere => moved.ToPatient(NemaGeometry.Centre(sphere)), Width(p[6]), p[7], residuals);
            });
        return (Moved(pose, found), Width(found[6]), found[7] * background);

        static PhantomPose Moved(PhantomPose pose, ReadOnlySpan<double> p) => pose.Moved(new Point3(p[0], p[1], p[2]), new Point3(p[3], p[4], p[5]));
    }

    private (double Fwhm, double Signal) FitResolution()
    {
        int count = 0;
        foreach (List<Sample> own in samples) count += own.Count;
        double[] found = LeastSquares.Minimize([Math.Log(Fwhm), Signal / background], [0.01, 0.01], count, (p, residuals) => Deviations(sphere => Centres[sphere], Width(p[0]), p[1], residuals));
        return (Width(found[0]), found[1] * background);
    }

    // A hotter sphere more blurred looks much like a cooler one less blurred: where the level is known, it is not left to the fit.
    private double FitResolution(double ratio)
    {
        int count = 0;
        foreach (List<Sample> own in samples) count += own.Count;
        double[] found = LeastSquares.Minimize([Math.Log(Fwhm)], [0.01], count, (p, residuals) => Deviations(sphere => Centres[sphere], Width(p[0]), ratio, residuals));
        return Width(found[0]);
    }

    private double FitLargest()
    {
        List<Sample> own = samples[0];
        double[] found = LeastSquares.Minimize(
            [Math.Log(Fwhm), Signal / background], [0.01, 0.01], own.Count,
            (p, residuals) =>
            {
                BlurredSphere ball = Ball(0, Width(p[0]), p[1]);
                for (int i = 0; i < own.Count; i++) residuals[i] = Deviation(ball, own[i], Centres[0]) / Math.Max(1, (own[i].Place - Centres[0]).Length);
            });
        return found[1] * background;
    }

    // The deviation of one sphere from the ring, held by its usual size: a faint sphere stays where the others say it is.
    private void Place(int sphere)
    {
        List<Sample> own = samples[sphere];
        Point3 ideal = Centres[sphere];
        BlurredSphere ball = Ball(sphere, Fwhm, Signal / background);
        double noise = 0;
        foreach (Sample sample in own) noise += Math.Pow(Deviation(ball, sample, ideal), 2);
        noise = Math.Max(Math.Sqrt(noise / own.Count), 1e-6);
        double together = Math.Sqrt(Math.Max(1, Math.Pow(Fwhm, 3) / voxelVolume / stride));
        double[] offset = LeastSquares.Minimize(
            [0, 0, 0], [0.05, 0.05, 0.05], own.Count + 3,
            (p, residuals) =>
            {
                Point3 centre = ideal + new Point3(p[0], p[1], p[2]);
                for (int i = 0; i < own.Count; i++) residuals[i] = Deviation(ball, own[i], centre) / (noise * together);
                for (int i = 0; i < 3; i++) residuals[own.Count + i] = p[i] / PlacementDeviation;
            });
        Centres[sphere] = ideal + new Point3(offset[0], offset[1], offset[2]);
    }

    private void Deviations(Func<int, Point3> centre, double fwhm, double ratio, Span<double> residuals)
    {
        int next = 0;
        for (int sphere = 0; sphere < samples.Length; sphere++)
        {
            BlurredSphere ball = Ball(sphere, fwhm, ratio);
            Point3 place = centre(sphere);
            foreach (Sample sample in samples[sphere]) residuals[next++] = Deviation(ball, sample, place);
        }
    }

    // Relative to the background.
    private double Deviation(BlurredSphere ball, Sample sample, Point3 centre) => 1 + Averaged(ball, sample.Place, centre) - sample.Value / background;

    private double Averaged(BlurredSphere ball, Point3 voxel, Point3 centre)
    {
        Point3 offset = voxel - centre;
        double sum = 0;
        foreach (Point3 inside in within) sum += ball.At((offset + inside).Length);
        return sum / within.Length;
    }

    private static BlurredSphere Ball(int sphere, double fwhm, double ratio) => new(NemaGeometry.Radius(sphere), NemaGeometry.SphereWall, fwhm, ratio, 1);

    // Between half a millimetre and what would hide every sphere.
    private static double Width(double logarithm) => Math.Clamp(Math.Exp(logarithm), 0.5, 25);

    // Two points of Gauss-Legendre per axis average a voxel exactly up to cubic changes.
    private static Point3[] WithinVoxel(VolumeGeometry grid)
    {
        double share = 0.5 / Math.Sqrt(3);
        List<Point3> points = [];
        for (int corner = 0; corner < 8; corner++)
        {
            points.Add(
                grid.DirectionX * (((corner & 1) == 0 ? share : -share) * grid.Spacing.X)
                + grid.DirectionY * (((corner & 2) == 0 ? share : -share) * grid.Spacing.Y)
                + grid.DirectionZ * (((corner & 4) == 0 ? share : -share) * grid.Spacing.Z));
        }
        return [.. points];
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Sample(Point3 Place, float Value);
}
