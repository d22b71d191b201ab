namespace Federated.Imaging.Pet;

/// <summary>What the activity is compared with.</summary>
public enum SuvNormalization
{
    /// <summary>Body weight, g/ml.</summary>
    BodyWeight,

    /// <summary>Lean body mass after James with 128 for men (DICOM LBMJAMES128), g/ml.</summary>
    LeanBodyMassJames,

    /// <summary>Lean body mass after Janmahasatian (DICOM LBMJANMA), g/ml.</summary>
    LeanBodyMassJanmahasatian,

    /// <summary>Lean body mass after Morgan with 120 for men (DICOM LBM), g/ml.</summary>
    LeanBodyMassMorgan,

    /// <summary>Body surface area after Du Bois, cm2/ml.</summary>
    BodySurfaceArea,

    /// <summary>Ideal body weight (DICOM IBW), g/ml.</summary>
    IdealBodyWeight,
}

/// <summary>Where the instant to which the image's activity is decay corrected was found.</summary>
public enum ReferenceTimeRule
{
    /// <summary>The vendor's private date-time: Siemens (0071,1022), GE (0009,100D).</summary>
    PrivateDateTime,

    /// <summary>The first AcquisitionTime equals SeriesTime.</summary>
    AcquisitionEqualsSeries,

    /// <summary>AcquisitionTime + average count rate time - FrameReferenceTime, for all vendors but GE.</summary>
    AverageCountRate,

    /// <summary>AcquisitionTime - FrameReferenceTime, for GE.</summary>
    FrameStart,

    /// <summary>DecayCorrectionDateTime (0018,9701) of enhanced objects.</summary>
    DecayCorrectionDateTime,

    /// <summary>FrameReferenceDateTime (0018,9151) of each frame of enhanced objects.</summary>
    FrameReferenceDateTime,

    /// <summary>The first AcquisitionTime, where SeriesTime lies after it and FrameReferenceTime is stated as 0; recorded as an adaptation.</summary>
    StatedStart,

    /// <summary>SeriesTime; used only when chosen, or confirmed by the vendor's own factors.</summary>
    SeriesTime,

    /// <summary>The first AcquisitionTime; used only when chosen, or confirmed by the vendor's own factors.</summary>
    FirstAcquisition,
}

/// <summary>How uptake is computed.</summary>
public sealed record SuvSettings
{
    /// <summary>Body weight, adaptations recorded.</summary>
    public static SuvSettings Default { get; } = new();

    /// <summary>Default: body weight.</summary>
    public SuvNormalization Normalization { get; init; }

    /// <summary>Refuse where an adaptation would be recorded. Default false.</summary>
    public bool Strict { get; init; }

    /// <summary>Take this reference time instead of the first that applies, after someone has looked; null by default.</summary>
    public ReferenceTimeRule? ReferenceTime { get; init; }
}

/// <summary>A stored value that was not used as it stands.</summary>
/// <param name="Rule">Why, in a few words.</param>
/// <param name="Attribute">Keyword and tag.</param>
/// <param name="Stored">What the object holds; "(absent)" when nothing.</param>
/// <param name="Used">What was used.</param>
public sealed record SuvAdaptation(string Rule, string Attribute, string Stored, string Used);

/// <summary>One way to find the reference instant, and what it would mean.</summary>
/// <param name="Rule">The way.</param>
/// <param name="Instant">The instant on the scanner's clock.</param>
/// <param name="RelativeSuv">Uptake with this instant, divided by uptake with the instant used.</param>
public sealed record ReferenceTimeCandidate(ReferenceTimeRule Rule, DateTime Instant, double RelativeSuv);
