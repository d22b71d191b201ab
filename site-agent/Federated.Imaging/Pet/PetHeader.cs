using Federated.Imaging.Dicom;

namespace Federated.Imaging.Pet;

/// <summary>How an image was corrected for decay.</summary>
internal enum DecayCorrectionKind
{
    /// <summary>To one instant, usually the start of the series.</summary>
    Start,

    /// <summary>To the administration.</summary>
    Administration,

    /// <summary>Not at all: each frame shows the mean of its own time.</summary>
    None,

    /// <summary>Each frame to its own reference instant, as enhanced objects may state.</summary>
    Frame,
}

/// <summary>What a whole series says about patient and radiopharmaceutical. Empty and zero attributes are missing (null).</summary>
internal sealed record PetHeader
{
    public required string Units { get; init; }
    public string? SuvType { get; init; }
    public required bool IsGe { get; init; }
    public string? Sex { get; init; }
    public double? Height { get; init; }
    public double? StoredWeight { get; init; }
    public double? StoredDose { get; init; }
    public double? HalfLife { get; init; }
    public DateTime? AdministrationDateTime { get; init; }
    public TimeSpan? AdministrationTime { get; init; }
    public DateTime? SeriesStart { get; init; }
    public DateTime? DecayCorrectionDateTime { get; init; }
    public DecayCorrectionKind? DecayCorrection { get; init; }
    public IReadOnlyList<string>? CorrectedImage { get; init; }

    public static PetHeader Of(IReadOnlyList<(DicomDataset Dataset, int Frame)> slices)
    {
        DicomDataset first = slices[0].Dataset;
        string? units = PetUnits.Units(first, slices[0].Frame);
        foreach ((DicomDataset dataset, int frame) in slices)
        {
            if (!string.Equals(units, PetUnits.Units(dataset, frame), StringComparison.Ordinal)) throw new SuvException($"{DicomTag.Units.Describe()} differs between slices: give one series at a time");
            foreach (DicomTag tag in (DicomTag[])[DicomTag.DecayCorrection, DicomTag.PatientWeight, DicomTag.SUVType])
            {
                if (!string.Equals(first.GetStringOrNull(tag), dataset.GetStringOrNull(tag), StringComparison.Ordinal))
                    throw new SuvException($"{tag.Describe()} differs between slices: give one series at a time");
            }
        }
        DicomDataset? radiopharmaceutical = Radiopharmaceutical(first);
        return new PetHeader
        {
            Units = units ?? throw new SuvException($"{DicomTag.Units.Describe()} is missing: the unit of the image is unknown, export it again"),
            SuvType = PetUnits.SuvType(first, slices[0].Frame),
            IsGe = PetSlice.IsGe(first),
            Sex = first.GetStringOrNull(DicomTag.PatientSex),
            Height = PetSlice.Number(first, DicomTag.PatientSize),
            StoredWeight = PetSlice.Number(first, DicomTag.PatientWeight),
            StoredDose = radiopharmaceutical is null ? null : PetSlice.Number(radiopharmaceutical, DicomTag.RadionuclideTotalDose),
            HalfLife = radiopharmaceutical is null ? null : PetSlice.Number(radiopharmaceutical, DicomTag.RadionuclideHalfLife),
            AdministrationDateTime = radiopharmaceutical is null ? null : PetSlice.Moment(radiopharmaceutical, DicomTag.RadiopharmaceuticalStartDateTime, first),
            AdministrationTime = radiopharmaceutical is not null && radiopharmaceutical.TryGetValue(DicomTag.RadiopharmaceuticalStartTime, 0, out TimeSpan time) ? time : null,
            SeriesStart = PetSlice.Moment(first, DicomTag.SeriesDate, DicomTag.SeriesTime),
            DecayCorrectionDateTime = PetSlice.Moment(first, DicomTag.DecayCorrectionDateTime, first),
            DecayCorrection = Kind(first),
            CorrectedImage = Corrections(first),
        };
    }

    private static DicomDataset? Radiopharmaceutical(DicomDataset dataset)
    {
        if (!dataset.TryGetSequence(DicomTag.RadiopharmaceuticalInformationSequence, out DicomSequence? sequence) || sequence.Items.Count == 0) return null;
        return sequence.Items.Count == 1
            ? sequence.Items[0]
            : throw new SuvException($"{DicomTag.RadiopharmaceuticalInformationSequence.Describe()} holds {sequence.Items.Count} radiopharmaceuticals: which one the image shows is not stated");
    }

    private static DecayCorrectionKind? Kind(DicomDataset dataset) => dataset.GetStringOrNull(DicomTag.DecayCorrection) switch
    {
        "START" => DecayCorrectionKind.Start,
        "ADMIN" => DecayCorrectionKind.Administration,
        "NONE" => DecayCorrectionKind.None,
        string other => throw new SuvException($"{DicomTag.DecayCorrection.Describe()} is '{other}' where START, ADMIN or NONE is expected: correct it at the source"),
        null => dataset.GetStringOrNull(DicomTag.DecayCorrected) switch
        {
            "YES" => dataset.TryGetElement(DicomTag.DecayCorrectionDateTime, out _) ? DecayCorrectionKind.Start : DecayCorrectionKind.Frame,
            "NO" => DecayCorrectionKind.None,
            _ => null,
        },
    };

    private static IReadOnlyList<string>? Corrections(DicomDataset dataset)
    {
        if (dataset.TryGetValues(DicomTag.CorrectedImage, out string[]? corrected)) return corrected;
        if (dataset.GetStringOrNull(DicomTag.AttenuationCorrected) is not { } attenuation) return null;
        List<string> flags = attenuation is "YES" ? ["ATTN"] : [];
        if (dataset.GetStringOrNull(DicomTag.DecayCorrected) is "YES") flags.Add("DECY");
        return flags;
    }
}
