using System.Collections.Immutable;
using Federated.Imaging.Measurement;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms.Calibrations;

/// <summary>
/// What corrects a patient's scan: the factor of the last phantom whose filling was stated, and the filter of the last image-quality phantom, each valid on the day of the scan. A weekly
/// cylinder renews the factor and leaves the filter in force.
/// </summary>
/// <param name="Level">Calibration of the factor; null: none, and the factor is 1.</param>
/// <param name="Resolution">Calibration of the filter; null: none, or none asked for.</param>
/// <param name="Factor">The image is divided by it.</param>
/// <param name="FwhmMillimetres">Filter behind the factor; 0: none.</param>
/// <param name="Flags">Why it cannot be relied on, of <see cref="Checks"/>; empty when it can.</param>
public sealed record PatientCalibration(Calibration? Level, Calibration? Resolution, double Factor, double FwhmMillimetres, ImmutableArray<string> Flags)
{
    private const string Unreachable = "target-out-of-reach";

    /// <summary>Names of what can be wrong.</summary>
    public static ImmutableArray<string> Checks { get; } = ["calibration-missing", "calibration-expired", "calibration-software-changed", Unreachable];

    /// <summary>The correction of a scan.</summary>
    /// <param name="calibrations">All of the hospital's.</param>
    /// <param name="setting">Of the scan; null when its headers do not say.</param>
    /// <param name="day">Of the scan; null when its headers do not say.</param>
    /// <param name="rule">What the study asks for.</param>
    public static PatientCalibration Of(IReadOnlyCollection<Calibration> calibrations, ScannerSetting? setting, DateOnly? day, CalibrationRule rule)
    {
        var none = new CalibrationChoice(null, CalibrationFlag.Missing);
        CalibrationChoice Choose(Func<Calibration, bool> speaks) => setting is not null && day is { } on ? CalibrationChoice.Of(calibrations.Where(speaks), setting, on) : none;
        CalibrationChoice level = Choose(c => c.Factor is > 0);
        CalibrationChoice? resolution = rule.Standard is null ? null : Choose(c => !c.Recoveries.IsEmpty);
        double? width = resolution?.Calibration?.Filters.FirstOrDefault(f => string.Equals(f.Standard, rule.Standard, StringComparison.Ordinal))?.FwhmMillimetres;
        SortedSet<string> flags = new(StringComparer.Ordinal);
        if (Name(level.Flag) is { } wrong) flags.Add(wrong);
        if (resolution is not null && Name(resolution.Flag) is { } also) flags.Add(also);
        if (resolution?.Calibration is not null && width is null) flags.Add(Unreachable);
        return new PatientCalibration(level.Calibration, resolution?.Calibration, level.Calibration?.Factor ?? 1, width ?? 0, [.. flags]);
    }

    /// <summary>The corrected image, in the same units.</summary>
    public Volume Apply(Volume image) => GaussianFilter.Apply(
        Factor == 1 ? image : new Volume(image.Geometry, Array.ConvertAll(image.Values, value => (float)(value / Factor))), FwhmMillimetres);

    private static string? Name(CalibrationFlag flag) => flag switch
    {
        CalibrationFlag.Missing => "calibration-missing",
        CalibrationFlag.Expired => "calibration-expired",
        CalibrationFlag.SoftwareChanged => "calibration-software-changed",
        _ => null,
    };
}
