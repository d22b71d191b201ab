using Federated.Imaging.Dicom;
using Federated.Imaging.Volumes;

namespace Federated.Simulator.Hospitals;

/// <summary>One PET acquisition: who was injected with what and when, and what the beds' clocks showed.</summary>
/// <param name="Injection">When the dose was given.</param>
/// <param name="Start">Start of the first bed, the instant to which most scanners correct decay.</param>
/// <param name="DoseBecquerel">Activity given, at injection.</param>
/// <param name="WeightKilograms">Of the patient, or of the water in a phantom.</param>
public sealed record PetAcquisition(DateTime Injection, DateTime Start, double DoseBecquerel, double WeightKilograms)
{
    /// <summary>Half-life of fluorine-18 in seconds.</summary>
    public const double HalfLifeSeconds = 6586.2;

    /// <summary>Length of a bed's frame.</summary>
    public const double FrameSeconds = 120;

    /// <summary>Decay constant per second.</summary>
    public static readonly double Decay = Math.Log(2) / HalfLifeSeconds;

    /// <summary>Becquerel per millilitre where SUV is 1, corrected to injection.</summary>
    public double AtInjection => DoseBecquerel / (WeightKilograms * 1000);

    /// <summary>Becquerel per millilitre where SUV is 1, corrected to the start of the first bed.</summary>
    public double AtStart => AtInjection * Math.Exp(-Decay * (Start - Injection).TotalSeconds);

    /// <summary>Seconds after the start of a bed at which the decaying rate equals its mean over the frame.</summary>
    public static double AverageCountRateSeconds => Math.Log(FrameDecay) / Decay;

    /// <summary>Rate at the start of a frame divided by its mean over the frame.</summary>
    public static double FrameDecay => Decay * FrameSeconds / (1 - Math.Exp(-Decay * FrameSeconds));

    /// <summary>Seconds from the start of the first bed to that of a slice: two beds, the lower slices first.</summary>
    public static double BedSeconds(int slice, int slices) => 2 * slice < slices ? 0 : FrameSeconds;
}

/// <summary>Whom or what a series shows and how it is called.</summary>
/// <param name="Key">Name from which every UID follows.</param>
/// <param name="Patient">PatientID.</param>
/// <param name="Sex">F, M or O.</param>
/// <param name="HeightMetres">Of the patient; 0 when there is none.</param>
/// <param name="Description">SeriesDescription.</param>
/// <param name="Institution">InstitutionName.</param>
public sealed record SeriesIdentity(string Key, string Patient, string Sex, double HeightMetres, string Description, string Institution)
{
    /// <summary>StudyInstanceUID.</summary>
    public DicomUID Study => DicomUID.FromName($"{Key}/study");

    /// <summary>SeriesInstanceUID of the images.</summary>
    public DicomUID Series => DicomUID.FromName($"{Key}/series");

    /// <summary>The coordinate system of images and regions.</summary>
    public DicomUID FrameOfReference => DicomUID.FromName($"{Key}/frame");

    /// <summary>SOPInstanceUID of a slice.</summary>
    public DicomUID Slice(int z) => DicomUID.FromName($"{Key}/slice/{z}");
}

/// <summary>A lesion: a ball of even uptake.</summary>
/// <param name="Centre">In patient space, millimetres.</param>
/// <param name="Radius">Millimetres.</param>
/// <param name="Uptake">SUV.</param>
public sealed record Lesion(Point3 Centre, double Radius, double Uptake)
{
    /// <summary>Volume in millilitres.</summary>
    public double Millilitres => 4 * Math.PI / 3 * Math.Pow(Radius, 3) / 1000;
}
