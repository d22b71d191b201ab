using System.Globalization;
using Federated.Imaging.Dicom;

namespace Federated.Simulator.Hospitals;

/// <summary>
/// How a family of scanners writes activity and its instant: units, decay correction, private elements. Each habit is one of those that the SUV rules of Federated.Imaging tell apart.
/// </summary>
/// <param name="Manufacturer">Manufacturer (0008,0070).</param>
public abstract record VendorHabit(string Manufacturer)
{
    /// <summary>Units (0054,1001).</summary>
    public virtual string Units => "BQML";

    /// <summary>DecayCorrection (0054,1102).</summary>
    public virtual string DecayCorrection => "START";

    /// <summary>Value after the rescale slope where SUV is 1.</summary>
    public virtual double PerUptake(PetAcquisition scan, double bedSeconds) => scan.AtStart;

    /// <summary>Writes the times of a slice and whatever else is this vendor's own.</summary>
    public abstract void Write(DicomDataset slice, PetAcquisition scan, double bedSeconds);

    /// <summary>Writes an instant into a pair of date and time.</summary>
    protected static void Moment(DicomDataset slice, DicomTag date, DicomTag time, DateTime moment) => slice
        .AddOrUpdate(date, moment.ToString("yyyyMMdd", CultureInfo.InvariantCulture)).AddOrUpdate(time, moment.ToString("HHmmss.ffffff", CultureInfo.InvariantCulture));

    /// <summary>Series and acquisition times.</summary>
    protected static void Times(DicomDataset slice, DateTime series, DateTime acquired, double? frameReferenceSeconds)
    {
        Moment(slice, DicomTag.SeriesDate, DicomTag.SeriesTime, series);
        Moment(slice, DicomTag.AcquisitionDate, DicomTag.AcquisitionTime, acquired);
        if (frameReferenceSeconds is { } seconds) slice.AddOrUpdate(DicomTag.FrameReferenceTime, Math.Round(seconds * 1000, 3));
    }

    /// <summary>A date-time as DICOM writes it.</summary>
    protected static string DateTimeText(DateTime moment) => moment.ToString("yyyyMMddHHmmss.ffffff", CultureInfo.InvariantCulture);
}

/// <summary>Siemens: Bq/ml at the start; newer software states that instant in (0071,xx22) and lets processing rewrite SeriesTime, older leaves SeriesTime at the first acquisition.</summary>
/// <param name="StatesInstant">Whether the private date-time is written.</param>
public sealed record SiemensHabit(bool StatesInstant) : VendorHabit("SIEMENS")
{
    private static readonly DicomTag DecayInstant = new(0x0071, 0x22, "SIEMENS MED PT");

    /// <inheritdoc/>
    public override void Write(DicomDataset slice, PetAcquisition scan, double bedSeconds)
    {
        Times(slice, StatesInstant ? scan.Start.AddMinutes(9) : scan.Start, scan.Start.AddSeconds(bedSeconds), bedSeconds + PetAcquisition.AverageCountRateSeconds);
        if (StatesInstant) slice.AddOrUpdate(DicomVR.DT, DecayInstant, DateTimeText(scan.Start));
    }
}

/// <summary>How a GE scanner tells the instant of its activity.</summary>
public enum GeInstant
{
    /// <summary>(0009,xx0D) holds it.</summary>
    Private,

    /// <summary>FrameReferenceTime is the bed's offset from it.</summary>
    FrameOffset,

    /// <summary>Decay is corrected to injection.</summary>
    Administration,
}

/// <summary>GE: Bq/ml; SeriesTime is not an instant of acquisition.</summary>
/// <param name="Instant">How the instant is told.</param>
public sealed record GeHabit(GeInstant Instant) : VendorHabit("GE MEDICAL SYSTEMS")
{
    private static readonly DicomTag DecayInstant = new(0x0009, 0x0D, "GEMS_PETD_01");

    /// <inheritdoc/>
    public override string DecayCorrection => Instant == GeInstant.Administration ? "ADMIN" : "START";

    /// <inheritdoc/>
    public override double PerUptake(PetAcquisition scan, double bedSeconds) => Instant == GeInstant.Administration ? scan.AtInjection : scan.AtStart;

    /// <inheritdoc/>
    public override void Write(DicomDataset slice, PetAcquisition scan, double bedSeconds)
    {
        Times(slice, scan.Start.AddSeconds(-75), scan.Start.AddSeconds(bedSeconds), bedSeconds);
        if (Instant == GeInstant.Private) slice.AddOrUpdate(DicomVR.DT, DecayInstant, DateTimeText(scan.Start));
    }
}

/// <summary>What a Philips scanner stores.</summary>
public enum PhilipsScale
{
    /// <summary>Counts, with uptake per count (7053,xx00) and Bq/ml per count (7053,xx09).</summary>
    CountsWithUptake,

    /// <summary>Counts, with Bq/ml per count (7053,xx09) alone.</summary>
    CountsWithActivity,

    /// <summary>Bq/ml, not corrected for decay: every slice at the mean of its own frame.</summary>
    Uncorrected,

    /// <summary>Bq/ml at the start, as service exports phantoms.</summary>
    Activity,
}

/// <summary>Philips: counts and private factors, or activity.</summary>
/// <param name="Scale">What is stored.</param>
public sealed record PhilipsHabit(PhilipsScale Scale) : VendorHabit("Philips Medical Systems")
{
    private const double ActivityPerCount = 1.7321;
    private static readonly DicomTag UptakeFactor = new(0x7053, 0x00, "Philips PET Private Group");
    private static readonly DicomTag ActivityFactor = new(0x7053, 0x09, "Philips PET Private Group");

    private bool IsCounts => Scale is PhilipsScale.CountsWithUptake or PhilipsScale.CountsWithActivity;

    /// <inheritdoc/>
    public override string Units => IsCounts ? "CNTS" : "BQML";

    /// <inheritdoc/>
    public override string DecayCorrection => Scale == PhilipsScale.Uncorrected ? "NONE" : "START";

    /// <inheritdoc/>
    public override double PerUptake(PetAcquisition scan, double bedSeconds) => Scale switch
    {
        PhilipsScale.Uncorrected => scan.AtStart * Math.Exp(-PetAcquisition.Decay * bedSeconds) / PetAcquisition.FrameDecay,
        PhilipsScale.Activity => scan.AtStart,
        _ => scan.AtStart / ActivityPerCount,
    };

    /// <inheritdoc/>
    public override void Write(DicomDataset slice, PetAcquisition scan, double bedSeconds)
    {
        Times(slice, scan.Start, scan.Start.AddSeconds(bedSeconds), bedSeconds + PetAcquisition.AverageCountRateSeconds);
        if (Scale == PhilipsScale.CountsWithUptake) slice.AddOrUpdate(DicomVR.DS, UptakeFactor, ActivityPerCount / scan.AtStart);
        if (IsCounts) slice.AddOrUpdate(DicomVR.DS, ActivityFactor, ActivityPerCount);
    }
}
