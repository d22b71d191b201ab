using System.Collections.Immutable;
using System.Globalization;
using Federated.Imaging.Dicom;
using Federated.Imaging.Pet;

namespace Federated.Imaging.Measurement;

/// <summary>What a check of a series' acquisition found.</summary>
public enum ConformanceOutcome
{
    /// <summary>Within the limits.</summary>
    Conforms,

    /// <summary>Outside the limits.</summary>
    Deviates,

    /// <summary>The headers do not say.</summary>
    Missing,

    /// <summary>Recorded; there is no limit to hold it against.</summary>
    Noted,
}

/// <summary>One check of a series' acquisition.</summary>
/// <param name="Check">One of <see cref="SeriesConformance.Checks"/>.</param>
/// <param name="Outcome">What was found.</param>
/// <param name="Found">The value, in words and units; null when the headers do not say.</param>
/// <param name="Limit">The rule; null when there is none.</param>
/// <param name="Source">Where the rule comes from, and how well that is sourced.</param>
public sealed record ConformanceFinding(string Check, ConformanceOutcome Outcome, string? Found, string? Limit, string? Source);

/// <summary>How a PET series was acquired, held against a protocol.</summary>
/// <param name="Findings">One per check, in the order of <see cref="Checks"/>.</param>
public sealed record SeriesConformance(ImmutableArray<ConformanceFinding> Findings)
{
    private const string WindowOfFdg = "EANM FDG PET/CT 2.0 (Boellaard 2015 EJNMMI 42:328); from knowledge";
    private const string GlucoseOfFdg = "EANM 2.0: <= 11.1 mmol/l at injection; value seen in NMR.2013.0035, guideline text not seen";

    /// <summary>Highest glucose at an FDG injection, mmol/l.</summary>
    public const double GlucoseLimit = 11.1;

    /// <summary>Names of the checks.</summary>
    public static ImmutableArray<string> Checks { get; } =
        ["uptake-time", "half-life", "dose", "weight", "glucose", "attenuation-correction", "decay-correction", "reconstruction", "software-version"];

    /// <summary>The findings that leave a scan out under a rule: those it names that deviate or are missing.</summary>
    public IEnumerable<ConformanceFinding> Against(ConformanceRule rule) =>
        Findings.Where(f => f.Outcome is ConformanceOutcome.Deviates or ConformanceOutcome.Missing && rule.Exclude.Contains(f.Check, StringComparer.Ordinal));

    /// <summary>Checks the headers of a series.</summary>
    /// <param name="slices">Every slice, or at least one; none for an image without headers, which say nothing then.</param>
    /// <param name="tracer">The tracer asked for; null: FDG's window does not apply and half-life is only noted.</param>
    /// <param name="rule">Limits of a study; null: the usual ones.</param>
    /// <param name="glucose">Blood glucose in mmol/l, which PET headers do not hold; null when unknown.</param>
    public static SeriesConformance Of(IReadOnlyList<DicomDataset> slices, Tracer? tracer, ConformanceRule? rule, double? glucose)
    {
        DicomDataset first = slices.Count > 0 ? slices[0] : new DicomDataset();
        DicomDataset? given = first.TryGetSequence(DicomTag.RadiopharmaceuticalInformationSequence, out DicomSequence? sequence) && sequence.Items.Count > 0 ? sequence.Items[0] : null;
        return new SeriesConformance(
        [
            UptakeTime(slices, tracer, rule), HalfLife(given, tracer), Dose(given), Weight(first), Glucose(glucose, tracer, rule),
            Corrected(first, "attenuation-correction", "ATTN"), Corrected(first, "decay-correction", "DECY"), Reconstruction(first), Software(first),
        ]);
    }

    /// <summary>Minutes from injection to the first acquisition; null when the headers do not say.</summary>
    public static double? UptakeMinutes(IReadOnlyList<DicomDataset> slices)
    {
        if (slices.Count == 0) return null;
        try
        {
            PetHeader header = PetHeader.Of([.. slices.Select(s => (s, 0))]);
            if (slices.Min(s => PetSlice.Of(s, 0).Acquired) is not { } acquired) return null;
            return (acquired - AdministrationTime.Find(header, acquired, header.HalfLife ?? 6586.2, [])).TotalMinutes;
        }
        catch (Exception unknown) when (unknown is SuvException or DicomException)
        {
            return null;
        }
    }

    private static ConformanceFinding UptakeTime(IReadOnlyList<DicomDataset> slices, Tracer? tracer, ConformanceRule? rule)
    {
        (double? from, double? to) = rule?.FromMinutes is { } start ? (start, rule.ToMinutes) : (tracer?.FromMinutes, tracer?.ToMinutes);
        string? source = rule?.FromMinutes is not null ? "the study" : tracer is { Name: "FDG" } ? WindowOfFdg : tracer?.Source;
        string? limit = from is null ? null : Text($"{from}-{to} min after injection");
        if (UptakeMinutes(slices) is not { } minutes) return new ConformanceFinding("uptake-time", ConformanceOutcome.Missing, null, limit, source);
        ConformanceOutcome outcome = from is null ? ConformanceOutcome.Noted : minutes >= from && minutes <= to ? ConformanceOutcome.Conforms : ConformanceOutcome.Deviates;
        return new ConformanceFinding("uptake-time", outcome, Text($"{minutes:0.#} min"), limit, source);
    }

    private static ConformanceFinding HalfLife(DicomDataset? given, Tracer? tracer)
    {
        string? limit = tracer is null ? null : Text($"{tracer.Nuclide}: {tracer.HalfLife} s within 1 %");
        if (given is null || PetSlice.Number(given, DicomTag.RadionuclideHalfLife) is not { } seconds) return new ConformanceFinding("half-life", ConformanceOutcome.Missing, null, limit, "table of tracers");
        ConformanceOutcome outcome = tracer is null ? ConformanceOutcome.Noted : Math.Abs(seconds / tracer.HalfLife - 1) <= 0.01 ? ConformanceOutcome.Conforms : ConformanceOutcome.Deviates;
        return new ConformanceFinding("half-life", outcome, Text($"{seconds} s"), limit, "table of tracers");
    }

    private static ConformanceFinding Dose(DicomDataset? given) => given is null || PetSlice.Number(given, DicomTag.RadionuclideTotalDose) is not { } dose
        ? new ConformanceFinding("dose", ConformanceOutcome.Missing, null, "stated and positive", null)
        : new ConformanceFinding("dose", dose > 0 ? ConformanceOutcome.Conforms : ConformanceOutcome.Deviates, Text($"{(dose >= 1e4 ? dose / 1e6 : dose):0.#} MBq"), "stated and positive", null);

    private static ConformanceFinding Weight(DicomDataset first) => PetSlice.Number(first, DicomTag.PatientWeight) is not { } weight
        ? new ConformanceFinding("weight", ConformanceOutcome.Missing, null, "stated and positive", null)
        : new ConformanceFinding("weight", weight > 0 ? ConformanceOutcome.Conforms : ConformanceOutcome.Deviates, Text($"{(weight >= 1000 ? weight / 1000 : weight):0.#} kg"), "stated and positive", null);

    private static ConformanceFinding Glucose(double? glucose, Tracer? tracer, ConformanceRule? rule)
    {
        double? most = rule?.Glucose ?? (tracer is { Name: "FDG" } ? GlucoseLimit : null);
        string? source = rule?.Glucose is not null ? "the study" : most is null ? null : GlucoseOfFdg;
        string? limit = most is null ? null : Text($"<= {most} mmol/l");
        if (glucose is null) return new ConformanceFinding("glucose", ConformanceOutcome.Missing, null, limit, source);
        return new ConformanceFinding("glucose", most is null ? ConformanceOutcome.Noted : glucose <= most ? ConformanceOutcome.Conforms : ConformanceOutcome.Deviates, Text($"{glucose:0.#} mmol/l"), limit, source);
    }

    private static ConformanceFinding Corrected(DicomDataset first, string check, string flag)
    {
        string? enhanced = flag is "ATTN" ? first.GetStringOrNull(DicomTag.AttenuationCorrected) : first.GetStringOrNull(DicomTag.DecayCorrected);
        string[]? stated = first.TryGetValues(DicomTag.CorrectedImage, out string[]? flags) ? flags : enhanced is null ? null : enhanced is "YES" ? [flag] : [];
        return stated is null
            ? new ConformanceFinding(check, ConformanceOutcome.Missing, null, flag, "IBSI-SUV rules v3")
            : new ConformanceFinding(
                check, stated.Contains(flag, StringComparer.Ordinal) ? ConformanceOutcome.Conforms : ConformanceOutcome.Deviates, string.Join(' ', stated), flag, "IBSI-SUV rules v3");
    }

    private static ConformanceFinding Reconstruction(DicomDataset first)
    {
        string?[] said = [first.GetStringOrNull(DicomTag.ReconstructionMethod), first.GetStringOrNull(DicomTag.ConvolutionKernel)];
        return Noted("reconstruction", string.Join(", ", said.Where(s => s is not null)));
    }

    private static ConformanceFinding Software(DicomDataset first)
    {
        string?[] said = [first.GetStringOrNull(DicomTag.Manufacturer), first.GetStringOrNull(DicomTag.ManufacturerModelName), first.GetStringOrNull(DicomTag.SoftwareVersions)];
        return said[2] is null ? Noted("software-version", "") : Noted("software-version", string.Join(' ', said.Where(s => s is not null)));
    }

    private static ConformanceFinding Noted(string check, string said) =>
        new(check, said.Length == 0 ? ConformanceOutcome.Missing : ConformanceOutcome.Noted, said.Length == 0 ? null : said, null, null);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
