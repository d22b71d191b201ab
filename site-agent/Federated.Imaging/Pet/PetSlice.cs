using Federated.Imaging.Dicom;

namespace Federated.Imaging.Pet;

/// <summary>What one slice or frame says about its activity. Empty and zero attributes are missing (null), as the IBSI-SUV rules demand.</summary>
internal sealed record PetSlice
{
    private static readonly DicomTag SiemensDecayDateTime = new(0x0071, 0x22, "SIEMENS MED PT");
    private static readonly DicomTag GeDecayDateTime = new(0x0009, 0x0D, "GEMS_PETD_01");
    private static readonly DicomTag PhilipsSuvFactor = new(0x7053, 0x00, "Philips PET Private Group");
    private static readonly DicomTag PhilipsActivityFactor = new(0x7053, 0x09, "Philips PET Private Group");

    public DateTime? Acquired { get; init; }
    public double? FrameReferenceSeconds { get; init; }

    /// <summary>FrameReferenceTime is there and 0, which is no value for most rules but more than nothing.</summary>
    public bool StatesNoOffset { get; init; }
    public DateTime? FrameReference { get; init; }
    public double? FrameSeconds { get; init; }
    public DateTime? PrivateDecayTime { get; init; }
    public double? Slope { get; init; }
    public double Intercept { get; init; }
    public double? PhilipsSuvScale { get; init; }
    public double? PhilipsActivityScale { get; init; }

    public static PetSlice Of(DicomDataset dataset, int frame)
    {
        DicomDataset content = DicomFunctionalGroups.MacroOrTopLevel(dataset, frame, DicomTag.FrameContentSequence);
        (double? slope, double intercept) = PetUnits.Scale(dataset, frame);
        DateTime? acquired = Moment(content, DicomTag.FrameAcquisitionDateTime, dataset) ?? Moment(dataset, DicomTag.AcquisitionDate, DicomTag.AcquisitionTime) ?? Moment(dataset, DicomTag.AcquisitionDateTime, dataset);
        return new PetSlice
        {
            Acquired = acquired,
            FrameReferenceSeconds = Number(dataset, DicomTag.FrameReferenceTime, zeroIsValue: IsGe(dataset)) / 1000, // GE counts its first frame from zero.
            StatesNoOffset = Number(dataset, DicomTag.FrameReferenceTime, zeroIsValue: true) == 0,
            FrameReference = Moment(content, DicomTag.FrameReferenceDateTime, dataset),
            FrameSeconds = FrameSecondsOf(content, dataset),
            PrivateDecayTime = PrivateMoment(dataset, SiemensDecayDateTime, 0x1022) ?? PrivateMoment(dataset, GeDecayDateTime, 0x100D),
            Slope = slope,
            Intercept = intercept,
            PhilipsSuvScale = PrivateNumber(dataset, PhilipsSuvFactor, 0x1000),
            PhilipsActivityScale = PrivateNumber(dataset, PhilipsActivityFactor, 0x1009),
        };
    }

    public static bool IsGe(DicomDataset dataset) =>
        (dataset.GetStringOrNull(DicomTag.Manufacturer) ?? "").StartsWith("GE", StringComparison.OrdinalIgnoreCase);

    /// <summary>A number that is neither absent nor zero.</summary>
    public static double? Number(DicomDataset dataset, DicomTag tag, bool zeroIsValue = false) =>
        dataset.TryGetSingleValue(tag, out double value) && (value != 0 || zeroIsValue) ? value : null;

    /// <summary>A date-time attribute on the clock of the object.</summary>
    /// <param name="dataset">Where the attribute stands.</param>
    /// <param name="tag">The attribute.</param>
    /// <param name="whole">The whole object, which may state its clock's offset from UTC.</param>
    public static DateTime? Moment(DicomDataset dataset, DicomTag tag, DicomDataset whole)
    {
        if (!dataset.TryGetValue(tag, 0, out string? text) || !DicomValueText.TryParseDateTime(text, out DateTime moment, out TimeSpan? offset)) return null;
        // Only when both clocks are stated can one be brought to the other.
        if (offset is { } own && TimeZone(whole) is { } local) return After(moment, local - own);
        return moment;
    }

    /// <summary>A date attribute and a time attribute together.</summary>
    public static DateTime? Moment(DicomDataset dataset, DicomTag date, DicomTag time) =>
        dataset.TryGetValue(date, 0, out DateOnly day) && dataset.TryGetValue(time, 0, out TimeSpan timeOfDay)
            ? After(day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Unspecified), timeOfDay)
            : null;

    /// <summary>An instant so many seconds after another.</summary>
    /// <exception cref="SuvException">The calendar does not reach so far.</exception>
    public static DateTime After(DateTime instant, double seconds) =>
        Math.Abs(seconds) <= 1e11 ? After(instant, TimeSpan.FromSeconds(seconds)) : throw OffTheCalendar();

    /// <summary>An instant so much later than another.</summary>
    /// <exception cref="SuvException">The calendar does not reach so far.</exception>
    public static DateTime After(DateTime instant, TimeSpan later)
    {
        long ticks = instant.Ticks + later.Ticks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTime(ticks, instant.Kind) : throw OffTheCalendar();
    }

    private static SuvException OffTheCalendar() => new("dates and times of the series lead to an instant that no calendar holds: correct AcquisitionDate (0008,0022), FrameReferenceTime (0054,1300) and the injection at the source");

    private static double? FrameSecondsOf(DicomDataset content, DicomDataset dataset) =>
        (Number(dataset, DicomTag.ActualFrameDuration) ?? Number(content, DicomTag.FrameAcquisitionDuration)) / 1000;

    private static TimeSpan? TimeZone(DicomDataset dataset) =>
        dataset.GetStringOrNull(DicomTag.TimezoneOffsetFromUTC) is { } text && DicomValueText.TryParseDateTime("2000" + text.Trim(), out _, out TimeSpan? offset) ? offset : null;

    // Anonymised objects may keep a private element without the element that reserves its block.
    private static DicomTag Place(DicomDataset dataset, DicomTag byCreator, ushort usual)
    {
        if (dataset.Contains(byCreator)) return byCreator;
        DicomTag asWritten = new(byCreator.Group, usual);
        return dataset.Contains(new DicomTag(byCreator.Group, (ushort)(usual >> 8))) ? byCreator : asWritten;
    }

    private static DateTime? PrivateMoment(DicomDataset dataset, DicomTag byCreator, ushort usual) => Moment(dataset, Place(dataset, byCreator, usual), dataset);

    private static double? PrivateNumber(DicomDataset dataset, DicomTag byCreator, ushort usual) => Number(dataset, Place(dataset, byCreator, usual));
}
