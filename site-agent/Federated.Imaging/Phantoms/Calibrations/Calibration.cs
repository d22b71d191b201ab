using System.Collections.Immutable;
using System.Globalization;

namespace Federated.Imaging.Phantoms.Calibrations;

/// <summary>Which machine, and which of its reconstructions, a calibration speaks for.</summary>
/// <param name="Scanner">Manufacturer, model and serial number; stays at the hospital.</param>
/// <param name="Reconstruction">Reconstruction method and kernel, as the header says them.</param>
/// <param name="Software">Software versions.</param>
public sealed record ScannerSetting(string Scanner, string Reconstruction, string Software);

/// <summary>A filter that brings a scanner into a standard.</summary>
/// <param name="Standard">EARL1 or EARL2.</param>
/// <param name="FwhmMillimetres">Full width at half maximum of the Gaussian; null where none brings it there.</param>
public sealed record StandardFilter(string Standard, double? FwhmMillimetres);

/// <summary>What a phantom scan settled for the patients that follow it.</summary>
/// <param name="Version">1, 2, ...: in the order in which they were made here.</param>
/// <param name="Setting">For which machine and reconstruction.</param>
/// <param name="From">First day it is valid.</param>
/// <param name="To">Last day it is valid.</param>
/// <param name="Factor">What the image shows of the activity that is there; null when the filling was not stated.</param>
/// <param name="Noise">Coefficient of variation of the background.</param>
/// <param name="FwhmMillimetres">Resolution; null for a uniform cylinder.</param>
/// <param name="Recoveries">RCmean(A50) of the spheres, largest first; empty for a uniform cylinder.</param>
/// <param name="Filters">Filters that bring it into the standards.</param>
/// <param name="Series">SeriesInstanceUID of the phantom; stays at the hospital.</param>
public sealed record Calibration(
    int Version, ScannerSetting Setting, DateOnly From, DateOnly To, double? Factor, double Noise, double? FwhmMillimetres, ImmutableArray<double> Recoveries,
    ImmutableArray<StandardFilter> Filters, string Series)
{
    /// <summary>One line per fact, in a fixed order: what is signed.</summary>
    public string Statement => string.Join('\n',
    [
        "federated-calibration-v1", Text(Version), Setting.Scanner, Setting.Reconstruction, Setting.Software, Day(From), Day(To), Text(Factor), Text(Noise), Text(FwhmMillimetres),
        string.Join(' ', Recoveries.Select(r => Text(r))), string.Join(' ', Filters.Select(f => $"{f.Standard}={Text(f.FwhmMillimetres)}")), Series, "",
    ]);

    private static string Text(IFormattable? value) => value?.ToString(value is double ? "R" : null, CultureInfo.InvariantCulture) ?? "-";

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>Why a patient's scan has no calibration that can be relied on.</summary>
public enum CalibrationFlag
{
    /// <summary>There is one, and it holds.</summary>
    Valid,

    /// <summary>No phantom of this scanner and reconstruction was calibrated on or before the day.</summary>
    Missing,

    /// <summary>The last one had expired.</summary>
    Expired,

    /// <summary>The scanner's software changed after it.</summary>
    SoftwareChanged,
}

/// <summary>Which calibration a patient's scan takes.</summary>
/// <param name="Calibration">The one that would be taken; null where there is none.</param>
/// <param name="Flag">Whether it can be relied on.</param>
public sealed record CalibrationChoice(Calibration? Calibration, CalibrationFlag Flag)
{
    /// <summary>The choice: of the scanner's and reconstruction's calibrations that had begun by the day, the one that began last; of several the newest version.</summary>
    /// <param name="calibrations">All of the hospital's.</param>
    /// <param name="setting">Of the patient's scan.</param>
    /// <param name="day">Day of the patient's scan.</param>
    public static CalibrationChoice Of(IEnumerable<Calibration> calibrations, ScannerSetting setting, DateOnly day)
    {
        Calibration? last = calibrations.Where(c => Is(c.Setting.Scanner, setting.Scanner) && Is(c.Setting.Reconstruction, setting.Reconstruction) && c.From <= day)
            .OrderBy(c => c.From).ThenBy(c => c.Version).LastOrDefault();
        if (last is null) return new CalibrationChoice(null, CalibrationFlag.Missing);
        return new CalibrationChoice(last, day > last.To ? CalibrationFlag.Expired : Is(last.Setting.Software, setting.Software) ? CalibrationFlag.Valid : CalibrationFlag.SoftwareChanged);
    }

    private static bool Is(string a, string b) => string.Equals(a, b, StringComparison.Ordinal);
}
