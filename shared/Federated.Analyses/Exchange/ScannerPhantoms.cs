using System.Collections.Immutable;

namespace Federated.Analyses.Exchange;

/// <summary>What a control chart watches. The numbers are the wire's.</summary>
public enum PhantomQuantity
{
    /// <summary>The calibration factor.</summary>
    Factor = 1,

    /// <summary>Noise of the background.</summary>
    Noise = 2,

    /// <summary>Recovery of the smallest sphere.</summary>
    Recovery = 3,
}

/// <summary>What one phantom settled. Numbers that it did not settle are NaN.</summary>
/// <param name="Month">Months since January 2000: control charts need the order and the month, and no day leaves.</param>
/// <param name="Factor">What the image shows of the activity that is there.</param>
/// <param name="Noise">Coefficient of variation of the background.</param>
/// <param name="FwhmMillimetres">Resolution.</param>
/// <param name="FilterMillimetres">Full width at half maximum of the filter that brings it to the plan's standard; NaN where the plan asks for none, or none does.</param>
/// <param name="Recoveries">RCmean(A50) of the six spheres, largest first; empty for a uniform cylinder.</param>
/// <param name="Alarms">Charts that raised an alarm at this phantom.</param>
public sealed record PhantomPoint(
    int Month, double Factor, double Noise, double FwhmMillimetres, double FilterMillimetres, ImmutableArray<double> Recoveries, ImmutableArray<PhantomQuantity> Alarms)
{
    /// <summary>Spheres of a NEMA image-quality phantom.</summary>
    public const int Spheres = 6;

    /// <summary>Latest month that is believed: December 2199.</summary>
    public const int LastMonth = (200 * 12) - 1;

    /// <summary>The month as 2026-11.</summary>
    public string MonthText => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{2000 + (Month / 12)}-{(Month % 12) + 1:00}");

    /// <summary>Whether these can be numbers of a phantom.</summary>
    public bool IsSound =>
        Month is >= 0 and <= LastMonth && Positive(Factor) && Positive(Noise) && Positive(FwhmMillimetres) && Positive(FilterMillimetres)
        && Recoveries.Length is 0 or Spheres && Recoveries.All(double.IsFinite) && Alarms.All(Enum.IsDefined) && Alarms.Distinct().Count() == Alarms.Length;

    private static bool Positive(double value) => double.IsNaN(value) || value is >= 0 and < 1e6;
}

/// <summary>The phantoms of one scanner, oldest first.</summary>
/// <param name="Scanner">Index in the plan's scanners.</param>
/// <param name="Points">One per phantom.</param>
public sealed record ScannerPhantoms(int Scanner, ImmutableArray<PhantomPoint> Points)
{
    /// <summary>Most phantoms that are told of a scanner, the newest: ten years of weeks.</summary>
    public const int MostPoints = 520;
}
