using System.Globalization;
using Federated.Imaging.Dicom;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Pet;

/// <summary>
/// Factors that turn the stored values of a PET series into standardised uptake values, with every decision on record. Rules: IBSI-SUV manual and rules v3, QIBA pseudo-code,
/// vendors' conformance statements. What is not certain is refused with <see cref="SuvException"/>.
/// </summary>
public sealed class SuvSeries
{
    private const double SpreadTolerance = 0.01;

    private readonly List<SuvAdaptation> adaptations = [];
    private readonly List<string> warnings = [];
    private readonly List<ReferenceTimeCandidate> candidates = [];
    private readonly SuvSettings settings;
    private readonly PetHeader header;
    private readonly IReadOnlyList<PetSlice> slices;

    private SuvSeries(SuvSettings settings, PetHeader header, IReadOnlyList<PetSlice> slices)
    {
        this.settings = settings;
        this.header = header;
        this.slices = slices;
        Factors = ComputeFactors();
        if (settings.Strict && adaptations.Count > 0)
            throw new SuvException($"strict rules refuse an adaptation of {adaptations[0].Attribute} ({adaptations[0].Rule}: {adaptations[0].Stored} -> {adaptations[0].Used}): correct it at the source or allow adaptations");
    }

    /// <summary>Uptake per stored value, one per slice in the order given.</summary>
    public IReadOnlyList<double> Factors { get; }

    /// <summary>What the activity is compared with.</summary>
    public SuvNormalization Normalization => settings.Normalization;

    /// <summary>Stored values that were not used as they stand.</summary>
    public IReadOnlyList<SuvAdaptation> Adaptations => adaptations;

    /// <summary>Doubts a reader should know of, one line each.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>Every reference instant the headers allow; empty when none is needed. The first entry is the one used.</summary>
    public IReadOnlyList<ReferenceTimeCandidate> Candidates => candidates;

    /// <summary>Injection, when it was needed.</summary>
    public DateTime? Administration { get; private set; }

    /// <summary>Reference instant, when one was needed.</summary>
    public DateTime? Reference { get; private set; }

    /// <summary>The factors of a stack.</summary>
    /// <exception cref="SuvException">Something needed is missing, contradictory or unsupported.</exception>
    public static SuvSeries Of(SliceStack stack, SuvSettings? settings = null) => Of([.. stack.Slices.Select(slice => (slice.Dataset, slice.Frame))], settings);

    /// <summary>The factors of datasets and zero-based frames that form one series at one moment.</summary>
    /// <exception cref="SuvException">Something needed is missing, contradictory or unsupported.</exception>
    public static SuvSeries Of(IReadOnlyList<(DicomDataset Dataset, int Frame)> slices, SuvSettings? settings = null)
    {
        if (slices.Count == 0) throw new SuvException("there are no slices: choose a PET series");
        return new SuvSeries(settings ?? SuvSettings.Default, PetHeader.Of(slices), [.. slices.Select(slice => PetSlice.Of(slice.Dataset, slice.Frame))]);
    }

    /// <summary>The stack in units of uptake.</summary>
    /// <param name="stack">The stack these factors were made of.</param>
    public Volume Read(SliceStack stack) => stack.Slices.Count == Factors.Count
        ? stack.Read((_, z) => (Factors[z], 0))
        : throw new ArgumentException($"these factors belong to {Factors.Count} slices, not {stack.Slices.Count}", nameof(stack));

    private double[] ComputeFactors()
    {
        foreach (PetSlice slice in slices)
        {
            if (slice.Slope is not { } slope) throw Missing(DicomTag.RescaleSlope, "the scale of the image is unknown");
            if (!(slope > 0)) throw new SuvException($"{DicomTag.RescaleSlope.Describe()} is {slope}: it must be positive, correct it at the source");
            if (slice.Intercept != 0) throw new SuvException($"{DicomTag.RescaleIntercept.Describe()} is {slice.Intercept} where PET has 0: the scale is in doubt, export the series again");
        }
        switch (header.Units)
        {
            case "BQML":
                RequireCorrections(isUptake: false);
                return Activity(_ => 1);
            case "CNTS" when slices.All(s => s.PhilipsSuvScale > 0):
                RequireCorrections(isUptake: true);
                return Uptake(SuvNormalization.BodyWeight, s => s.PhilipsSuvScale!.Value);
            case "CNTS" when slices.All(s => s.PhilipsActivityScale > 0):
                RequireCorrections(isUptake: false);
                return Activity(s => s.PhilipsActivityScale!.Value);
            case "CNTS":
                throw new SuvException("Units (0054,1001) is CNTS and neither Philips factor (7053,1000) nor (7053,1009) is there: counts cannot be turned into activity, keep private elements when exporting");
            case "GML" or "CM2ML":
                RequireCorrections(isUptake: true);
                return Uptake(NormalizationOfUnits(), _ => 1);
            default:
                throw new SuvException($"{DicomTag.Units.Describe()} is {header.Units}, which does not lead to an uptake value: reconstruct the series in BQML");
        }
    }

    private SuvNormalization NormalizationOfUnits() => (header.Units, header.SuvType ?? (header.Units is "CM2ML" ? "BSA" : "BW")) switch
    {
        ("CM2ML", "BSA") => SuvNormalization.BodySurfaceArea,
        ("GML", "BW") => SuvNormalization.BodyWeight,
        ("GML", "LBM") => SuvNormalization.LeanBodyMassMorgan,
        ("GML", "LBMJAMES128") => SuvNormalization.LeanBodyMassJames,
        ("GML", "LBMJANMA") => SuvNormalization.LeanBodyMassJanmahasatian,
        ("GML", "IBW") => SuvNormalization.IdealBodyWeight,
        (string units, string type) => throw new SuvException($"{DicomTag.SUVType.Describe()} '{type}' does not go with units {units}: correct it at the source"),
    };

    private double[] Uptake(SuvNormalization stored, Func<PetSlice, double> scale)
    {
        double conversion = stored == settings.Normalization ? 1 : Denominator(settings.Normalization) / Denominator(stored);
        return [.. slices.Select(s => s.Slope!.Value * scale(s) * conversion)];
    }

    private double[] Activity(Func<PetSlice, double> becquerelPerMillilitre)
    {
        double dose = Dose();
        double halfLife = header.HalfLife is > 0 and double t ? t : throw Missing(DicomTag.RadionuclideHalfLife, "decay cannot be corrected");
        double decay = Math.Log(2) / halfLife;
        double denominator = Denominator(settings.Normalization);
        switch (header.DecayCorrection ?? throw Missing(DicomTag.DecayCorrection, "it is unknown to which instant the activity belongs"))
        {
            case DecayCorrectionKind.Administration:
                return [.. slices.Select(s => s.Slope!.Value * becquerelPerMillilitre(s) * denominator / dose)];
            case DecayCorrectionKind.None:
                return [.. slices.Select((s, z) => s.Slope!.Value * becquerelPerMillilitre(s) * denominator / dose * UncorrectedDecay(s, z, halfLife, decay))];
            case DecayCorrectionKind.Frame:
                return [.. slices.Select((s, z) => s.Slope!.Value * becquerelPerMillilitre(s) * denominator / dose * FrameDecay(s, z, halfLife, decay))];
            default:
                (ReferenceTimeRule Rule, DateTime Instant) reference = ChooseReference(halfLife, decay, dose);
                Reference = reference.Instant;
                Administration = AdministrationTime.Find(header, reference.Instant, halfLife, adaptations);
                double uptake = (reference.Instant - Administration.Value).TotalSeconds;
                if (uptake > 2 * halfLife) warnings.Add(Line($"{uptake / 3600:0.##} h between injection and reference instant are more than two half-lives: check the times"));
                return [.. slices.Select(s => s.Slope!.Value * becquerelPerMillilitre(s) * denominator / (dose * Math.Exp(-decay * uptake)))];
        }
    }

    private double UncorrectedDecay(PetSlice slice, int z, double halfLife, double decay)
    {
        DateTime acquired = slice.Acquired ?? throw Missing(DicomTag.AcquisitionTime, $"decay of slice {z + 1} cannot be corrected");
        double frame = slice.FrameSeconds is > 0 and double t ? t : throw Missing(DicomTag.ActualFrameDuration, $"decay during slice {z + 1} cannot be corrected");
        Administration ??= AdministrationTime.Find(header, slices.Min(s => s.Acquired) ?? acquired, halfLife, adaptations);
        return ReferenceTimes.FrameDecay(decay, frame) * Math.Exp(decay * (acquired - Administration.Value).TotalSeconds);
    }

    private double FrameDecay(PetSlice slice, int z, double halfLife, double decay)
    {
        DateTime instant = slice.FrameReference ?? throw Missing(DicomTag.FrameReferenceDateTime, $"the instant of frame {z + 1} is unknown");
        Administration ??= AdministrationTime.Find(header, slices.Min(s => s.FrameReference) ?? instant, halfLife, adaptations);
        return Math.Exp(decay * (instant - Administration.Value).TotalSeconds);
    }

    private (ReferenceTimeRule Rule, DateTime Instant) ChooseReference(double halfLife, double decay, double dose)
    {
        List<(ReferenceTimeRule Rule, DateTime Instant)> found = ReferenceTimes.Candidates(header, slices, decay);
        int chosen = settings.ReferenceTime is { } wanted
            ? found.FindIndex(c => c.Rule == wanted)
            : found.FindIndex(c => c.Rule is not (ReferenceTimeRule.SeriesTime or ReferenceTimeRule.FirstAcquisition));
        string listed = string.Join(", ", found.Select(c => Line($"{c.Rule} {c.Instant:HH:mm:ss.FFF}")));
        if (settings.ReferenceTime is { } asked)
        {
            if (chosen < 0) throw new SuvException($"the chosen reference time {asked} is not to be had from this series: choose one of {listed}");
            adaptations.Add(new SuvAdaptation("reference time chosen by a person", DicomTag.DecayCorrection.Describe(), "START", $"{asked}"));
        }
        else if (chosen < 0 || ConfirmedByVendor(found, chosen, halfLife, decay, dose) is { } confirmed && confirmed != chosen)
        {
            int vendor = ConfirmedByVendor(found, chosen, halfLife, decay, dose) ?? -1;
            if (vendor < 0)
                throw new SuvException($"the instant of decay correction cannot be told (FrameReferenceTime or ActualFrameDuration is missing and AcquisitionTime differs from SeriesTime): choose one of {(listed.Length > 0 ? listed : "none, as all times are missing")} after checking the protocol");
            adaptations.Add(new SuvAdaptation("reference time confirmed by the ratio of the Philips factors (7053,1000) and (7053,1009)", DicomTag.FrameReferenceTime.Describe(),
                chosen < 0 ? "(absent)" : Line($"{found[chosen].Rule} {found[chosen].Instant:HH:mm:ss.FFF}"), Line($"{found[vendor].Rule} {found[vendor].Instant:HH:mm:ss.FFF}")));
            chosen = vendor;
        }
        else if (found[chosen].Rule == ReferenceTimeRule.StatedStart)
        {
            adaptations.Add(new SuvAdaptation("the first acquisition is the reference: FrameReferenceTime is stated as 0 and SeriesTime is later than acquisition", DicomTag.FrameReferenceTime.Describe(),
                "0", Line($"{found[chosen].Instant:HH:mm:ss.FFF}")));
        }
        (ReferenceTimeRule Rule, DateTime Instant) used = found[chosen];
        candidates.AddRange(found.OrderBy(c => c != used).Select(c => new ReferenceTimeCandidate(c.Rule, c.Instant, Math.Exp(decay * (c.Instant - used.Instant).TotalSeconds))));
        foreach (ReferenceTimeCandidate other in candidates)
        {
            if (other.Rule == ReferenceTimeRule.FirstAcquisition || other.Instant == used.Instant || Math.Abs(other.RelativeSuv - 1) <= SpreadTolerance) continue;
            warnings.Add(Line($"reference time {other.Rule} {other.Instant:HH:mm:ss.FFF} would change uptake by {(other.RelativeSuv - 1) * 100:+0.0;-0.0} % against {used.Rule} {used.Instant:HH:mm:ss.FFF}: check the protocol"));
        }
        return used;
    }

    // Both Philips factors turn the same stored value into something: uptake = m P (7053,1000), Bq/ml = m P (7053,1009). Their ratio is uptake per activity, W / (D exp(-l (t_ref - t_adm))),
    // so it holds the reference instant that the scanner itself used: no habit of headers is guessed, the two documented conversions must only agree with each other.
    private int? ConfirmedByVendor(List<(ReferenceTimeRule Rule, DateTime Instant)> found, int chosen, double halfLife, double decay, double dose)
    {
        if (slices[0].PhilipsSuvScale is not > 0 || slices[0].PhilipsActivityScale is not > 0) return null;
        double vendor = slices[0].PhilipsSuvScale!.Value / slices[0].PhilipsActivityScale!.Value;
        double[] relative = [.. found.Select(c => Denominator(SuvNormalization.BodyWeight) / (dose * Math.Exp(-decay * Uptake(c.Instant))) / vendor)];
        if (chosen >= 0 && Math.Abs(relative[chosen] - 1) <= SpreadTolerance) return chosen;
        int best = Array.FindIndex(relative, r => Math.Abs(r - 1) <= SpreadTolerance / 2);
        return best < 0 ? null : best;

        double Uptake(DateTime instant) => (instant - AdministrationTime.Find(header, instant, halfLife, [])).TotalSeconds;
    }

    private double Dose()
    {
        double dose = header.StoredDose ?? throw Missing(DicomTag.RadionuclideTotalDose, "uptake has no denominator");
        if (!(dose > 0)) throw new SuvException($"{DicomTag.RadionuclideTotalDose.Describe()} is {dose}: it must be positive, correct it at the source");
        if (dose >= 1e4) return dose;
        Adapt("dose below 10,000 is in MBq", DicomTag.RadionuclideTotalDose, dose, dose * 1e6, "Bq");
        return dose * 1e6;
    }

    // Grams for weights, square centimetres for the surface, so that the quotient with Bq/ml and Bq is g/ml or cm2/ml.
    private double Denominator(SuvNormalization normalization)
    {
        double weight = header.StoredWeight ?? throw Missing(DicomTag.PatientWeight, "uptake has no denominator");
        if (!(weight > 0)) throw new SuvException($"{DicomTag.PatientWeight.Describe()} is {weight}: it must be positive, correct it at the source");
        if (weight >= 1000)
        {
            Adapt("weight from 1,000 on is in grams", DicomTag.PatientWeight, weight, weight / 1000, "kg");
            weight /= 1000;
        }
        return BodySize.Measure(normalization, weight, header.Height, header.Sex, adaptations) * (normalization == SuvNormalization.BodySurfaceArea ? 1e4 : 1e3);
    }

    private void RequireCorrections(bool isUptake)
    {
        if (header.CorrectedImage is not { } corrected)
        {
            if (!isUptake) throw Missing(DicomTag.CorrectedImage, "it is unknown whether attenuation was corrected");
            adaptations.Add(new SuvAdaptation("uptake stored by the scanner is taken as corrected", DicomTag.CorrectedImage.Describe(), "(absent)", "ATTN"));
            return;
        }
        bool needsDecay = header.DecayCorrection is DecayCorrectionKind.Start or DecayCorrectionKind.Administration or DecayCorrectionKind.Frame;
        foreach (string needed in needsDecay ? (string[])["ATTN", "DECY"] : ["ATTN"])
        {
            if (!corrected.Contains(needed, StringComparer.Ordinal))
                throw new SuvException($"{DicomTag.CorrectedImage.Describe()} lacks {needed}: the image is not quantitative, choose the corrected series");
        }
    }

    private void Adapt(string rule, DicomTag tag, double stored, double used, string unit)
    {
        SuvAdaptation adaptation = new(rule, tag.Describe(), Line($"{stored:R}"), Line($"{used:R} {unit}"));
        if (!adaptations.Contains(adaptation)) adaptations.Add(adaptation);
    }

    private static SuvException Missing(DicomTag tag, string consequence) => new($"{tag.Describe()} is missing or zero, so {consequence}: complete it at the source");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
