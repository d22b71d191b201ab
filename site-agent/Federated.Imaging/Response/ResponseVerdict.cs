namespace Federated.Imaging.Response;

/// <summary>How a patient responded, by one set of criteria.</summary>
/// <param name="Category">The criteria's own word: CMR, PMR, SMD, PMD; a Deauville score; good or poor. Null where the criteria do not allow an answer.</param>
/// <param name="Responds">Whether that counts as a response; null with the category.</param>
/// <param name="Change">What was compared, in the criteria's own measure (mostly per cent of baseline); not a number where it is unknown.</param>
/// <param name="Reason">The rule that decided, with its numbers; or what is missing.</param>
public sealed record ResponseVerdict(string? Category, bool? Responds, double Change, string Reason)
{
    // The last binary digit of a measured value decides nothing: limits are reached within a billionth.
    private const double Rounding = 1e-9;

    internal static ResponseVerdict NotAssessable(string reason, double change = double.NaN) => new(null, null, change, reason);

    internal static ResponseVerdict Complete(double change, string reason) => new("CMR", true, change, reason);

    internal static ResponseVerdict Partial(double change, string reason) => new("PMR", true, change, reason);

    internal static ResponseVerdict Stable(double change, string reason) => new("SMD", false, change, reason);

    internal static ResponseVerdict Progressive(double change, string reason) => new("PMD", false, change, reason);

    internal static bool Above(double value, double limit) => value > limit + Rounding;

    internal static bool AtLeast(double value, double limit) => value >= limit - Rounding;

    /// <summary>Change in per cent of the first value.</summary>
    internal static double PerCent(double first, double second) => 100 * (second - first) / first;

    internal static string Text(double value) => value.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What a reader saw, which no region says; null: not stated.</summary>
/// <param name="NewLesions">New uptake typical of the disease.</param>
/// <param name="Resolved">No uptake of any lesion above its surroundings.</param>
/// <param name="Progression">Extent or lesions other than the target grew beyond doubt (EORTC: longest dimension by more than 20 %).</param>
/// <param name="LiverDiseased">The liver cannot serve as reference.</param>
/// <param name="Cycles">Cycles of therapy before the follow-up scan.</param>
public sealed record ReaderFindings(bool? NewLesions = null, bool? Resolved = null, bool? Progression = null, bool? LiverDiseased = null, int? Cycles = null);
