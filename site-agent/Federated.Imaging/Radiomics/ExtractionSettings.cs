using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Federated.Imaging.Radiomics;

/// <summary>How values between voxel centres are found.</summary>
public enum Interpolator
{
    /// <summary>The nearest voxel's value.</summary>
    Nearest,

    /// <summary>Linear in each axis: bilinear within slices, trilinear in space.</summary>
    Linear,

    /// <summary>Cubic B-spline through the voxel values: bicubic within slices, tricubic in space.</summary>
    CubicSpline,
}

/// <summary>The grid and the method to which image and region are interpolated (IBSI reference manual, section 2.4): grid centres aligned, dimensions rounded up.</summary>
public sealed record Interpolation
{
    /// <summary>Sets the new spacing.</summary>
    /// <param name="spacingX">New spacing along x in millimetres.</param>
    /// <param name="spacingY">New spacing along y in millimetres.</param>
    /// <param name="spacingZ">New slice distance in millimetres; null keeps the slices (two-dimensional interpolation).</param>
    public Interpolation(double spacingX, double spacingY, double? spacingZ)
    {
        if (!(spacingX > 0 && double.IsFinite(spacingX) && spacingY > 0 && double.IsFinite(spacingY)) || spacingZ is { } z && !(z > 0 && double.IsFinite(z)))
            throw new RadiomicsException($"An interpolation to {spacingX} x {spacingY} x {spacingZ} mm is not usable: spacings are finite and positive.");
        SpacingX = spacingX;
        SpacingY = spacingY;
        SpacingZ = spacingZ;
    }

    /// <summary>New spacing along x, in millimetres.</summary>
    public double SpacingX { get; }

    /// <summary>New spacing along y, in millimetres.</summary>
    public double SpacingY { get; }

    /// <summary>New slice distance in millimetres, or null where slices are kept.</summary>
    public double? SpacingZ { get; }

    /// <summary>Method for intensities.</summary>
    public Interpolator Image { get; init; } = Interpolator.Linear;

    /// <summary>Method for the region's mask; a new voxel belongs to the region when the interpolated mask is at least one half.</summary>
    public Interpolator Mask { get; init; } = Interpolator.Linear;

    /// <summary>Whether interpolated intensities are rounded to whole numbers, as CT's Hounsfield units are.</summary>
    public bool RoundIntensities { get; init; }
}

/// <summary>Which voxels of a region count for intensity and texture features (IBSI reference manual, section 2.6); morphology keeps the whole region.</summary>
public sealed record Resegmentation
{
    /// <summary>Smallest intensity kept, or null.</summary>
    public double? Lower { get; init; }

    /// <summary>Largest intensity kept, or null.</summary>
    public double? Upper { get; init; }

    /// <summary>Intensities further from the mean than this many standard deviations are dropped; null keeps them. Mean and deviation are those of the voxels within the range.</summary>
    public double? OutlierDeviations { get; init; }
}

/// <summary>
/// Everything that changes a feature's value besides image and region. Its digest is part of a feature's identity: values of two sites may only meet in one
/// column when their digests are equal. What to compute (families, aggregations) is not part of it: see <see cref="FeatureSelection"/>.
/// </summary>
public sealed record ExtractionSettings
{
    /// <summary>Version of the definitions that the program follows; raised when a correction changes any value.</summary>
    public const int DefinitionsVersion = 1;

    /// <summary>New grid, or null to measure on the image's own.</summary>
    public Interpolation? Interpolation { get; init; }

    /// <summary>Intensity limits of the region.</summary>
    public Resegmentation Resegmentation { get; init; } = new();

    /// <summary>Grey levels of the intensity histogram and of all texture families.</summary>
    public required Discretisation Discretisation { get; init; }

    /// <summary>Grey levels of the intensity-volume histogram.</summary>
    public required Discretisation IntensityVolumeHistogram { get; init; }

    /// <summary>The settings in one unambiguous text: the same settings give the same bytes on every machine.</summary>
    public string CanonicalText
    {
        get
        {
            StringBuilder text = new();
            text.Append(CultureInfo.InvariantCulture, $"radiomics definitions={DefinitionsVersion} standard=IBSI-1 percentiles=linear\n");
            if (Interpolation is { } grid)
            {
                string z = grid.SpacingZ is { } spacing ? Number(spacing) : "kept";
                text.Append(CultureInfo.InvariantCulture, $"interpolation spacing={Number(grid.SpacingX)},{Number(grid.SpacingY)},{z} image={Name(grid.Image)} mask={Name(grid.Mask)} ");
                text.Append(CultureInfo.InvariantCulture, $"threshold=0.5 grid=centres-aligned rounding={(grid.RoundIntensities ? "whole" : "none")}\n");
            }
            else
            {
                text.Append("interpolation none\n");
            }

            Resegmentation r = Resegmentation;
            text.Append(CultureInfo.InvariantCulture, $"resegmentation lower={Bound(r.Lower)} upper={Bound(r.Upper)} outliers={Bound(r.OutlierDeviations)}\n");
            text.Append(CultureInfo.InvariantCulture, $"discretisation {Discretisation.Canonical}\n");
            text.Append(CultureInfo.InvariantCulture, $"intensity-volume-histogram {IntensityVolumeHistogram.Canonical}\n");
            return text.ToString();
        }
    }

    /// <summary>SHA-256 of <see cref="CanonicalText"/> in UTF-8, as 64 lower-case hexadecimal digits.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalText)));

    /// <summary>Refuses settings that contradict themselves.</summary>
    /// <exception cref="RadiomicsException">A range is empty or not a number, or the outlier limit is not positive.</exception>
    public void Validate()
    {
        Resegmentation r = Resegmentation;
        if (r.Lower is { } lower && !double.IsFinite(lower) || r.Upper is { } upper && !double.IsFinite(upper) || r.Lower >= r.Upper)
            throw new RadiomicsException($"The re-segmentation range [{Bound(r.Lower)}, {Bound(r.Upper)}] is empty or not finite: give lower < upper, or leave a side open.");
        if (r.OutlierDeviations is { } deviations && !(deviations > 0 && double.IsFinite(deviations)))
            throw new RadiomicsException($"An outlier limit of {deviations} standard deviations is not usable: IBSI uses 3.");
    }

    // Negative zero and zero are one number and must be one text.
    private static string Number(double value) => (value == 0 ? 0 : value).ToString("R", CultureInfo.InvariantCulture);

    private static string Bound(double? value) => value is { } v ? Number(v) : "none";

    private static string Name(Interpolator interpolator) => interpolator switch
    {
        Interpolator.Nearest => "nearest",
        Interpolator.Linear => "linear",
        _ => "cubic-spline",
    };
}
