using Federated.Imaging.Phantoms;
using Federated.Imaging.Volumes;

namespace Federated.Simulator.Hospitals;

/// <summary>A scanner under its one reconstruction, with its stated truth.</summary>
/// <param name="Label">As tables and studies call it.</param>
/// <param name="Model">ManufacturerModelName.</param>
/// <param name="Software">SoftwareVersions.</param>
/// <param name="Reconstruction">ReconstructionMethod.</param>
/// <param name="Habit">How it writes patients.</param>
/// <param name="PhantomHabit">How it writes phantoms.</param>
/// <param name="FwhmMillimetres">Point-spread function.</param>
/// <param name="Calibration">What its images show of the true activity before any drift.</param>
/// <param name="Noise">Standard deviation of voxels at SUV 1.</param>
/// <param name="Spacing">Voxel.</param>
public sealed record HospitalScanner(
    string Label, string Model, string Software, string Reconstruction, VendorHabit Habit, VendorHabit PhantomHabit, double FwhmMillimetres, double Calibration, double Noise, Point3 Spacing)
{
    /// <summary>Share by which the calibration grows every week once it drifts; 0: stable.</summary>
    public double DriftPerWeek { get; init; }

    /// <summary>What the images show of the true activity at a moment.</summary>
    /// <param name="weeks">Weeks since the drift began; negative before.</param>
    public double CalibrationAfter(double weeks) => Calibration * Math.Pow(1 + DriftPerWeek, Math.Max(0, weeks));

    /// <summary>The physics.</summary>
    /// <param name="weeks">Weeks since the drift began.</param>
    public SyntheticScanner Physics(double weeks) => new()
    {
        FwhmMillimetres = FwhmMillimetres,
        CalibrationFactor = CalibrationAfter(weeks),
        Noise = Noise,
        NoiseFwhmMillimetres = FwhmMillimetres,
    };
}

/// <summary>So many patients of a hospital go to a scanner.</summary>
/// <param name="Site">Hospital.</param>
/// <param name="Scanner">Scanner.</param>
/// <param name="Patients">In the full size.</param>
public sealed record Workload(string Site, HospitalScanner Scanner, int Patients);

/// <summary>The machines of the consortium. Calibration errors are those of hospitals that nobody has cross-calibrated; resolutions span two generations of scanners.</summary>
public static class Fleet
{
    private static readonly VendorHabit SiemensPhantom = new SiemensHabit(false);
    private static readonly VendorHabit GePhantom = new GeHabit(GeInstant.FrameOffset);
    private static readonly VendorHabit PhilipsPhantom = new PhilipsHabit(PhilipsScale.Activity);

    /// <summary>The nine scanners.</summary>
    public static IReadOnlyList<HospitalScanner> Scanners { get; } =
    [
        new("biograph-vision", "Biograph128_Vision 600", "VG80B", "PSF+TOF 4i5s", new SiemensHabit(true), SiemensPhantom, 4.0, 1.04, 0.12, new(3.3, 3.3, 3)),
        new("biograph-mct", "Biograph40_mCT", "VG62C", "OSEM+TOF 3i21s", new SiemensHabit(true), SiemensPhantom, 5.4, 0.80, 0.10, new(4.07283, 4.07283, 3)),
        new("discovery-690", "Discovery 690", "41.05", "VPFX", new GeHabit(GeInstant.FrameOffset), GePhantom, 5.8, 1.22, 0.10, new(3.64583, 3.64583, 3.27)),
        new("discovery-mi", "Discovery MI", "PET_MI_2.40", "QCFX", new GeHabit(GeInstant.Private), GePhantom, 4.4, 0.91, 0.11, new(2.73438, 2.73438, 2.79)),
        new("gemini-tf", "GEMINI TF TOF 64", "3.5.2", "BLOB-OS-TF", new PhilipsHabit(PhilipsScale.CountsWithUptake), PhilipsPhantom, 6.4, 1.12, 0.09, new(4, 4, 4)),
        new("mobile-unit", "Biograph6_TruePoint", "VB30", "OSEM 2i8s", new SiemensHabit(false), SiemensPhantom, 7.0, 0.76, 0.11, new(4.07283, 4.07283, 3.4)),
        new("vereos", "Vereos PET/CT", "2.0.3", "OSEM 3i15s", new PhilipsHabit(PhilipsScale.CountsWithActivity), PhilipsPhantom, 4.6, 1.18, 0.11, new(4, 4, 4)) { DriftPerWeek = 0.015 },
        new("ingenuity-tf", "Ingenuity TF", "4.1.6", "BLOB-OS-TF", new PhilipsHabit(PhilipsScale.Uncorrected), PhilipsPhantom, 6.6, 0.86, 0.09, new(4, 4, 4)),
        new("discovery-st", "Discovery ST", "pet_coreload.44", "OSEM 2i21s", new GeHabit(GeInstant.Administration), GePhantom, 7.4, 1.28, 0.10, new(3.90625, 3.90625, 3.27)),
    ];

    /// <summary>Who scans where: most hospitals have two scanners, and one scanner, on wheels, serves two hospitals.</summary>
    public static IReadOnlyList<Workload> Workloads { get; } =
    [
        new("aalborg", Named("biograph-vision"), 42), new("aalborg", Named("biograph-mct"), 36),
        new("bologna", Named("discovery-690"), 37), new("bologna", Named("discovery-mi"), 40),
        new("coimbra", Named("gemini-tf"), 46), new("coimbra", Named("mobile-unit"), 20),
        new("dresden", Named("vereos"), 34), new("dresden", Named("ingenuity-tf"), 28), new("dresden", Named("mobile-unit"), 16),
        new("evora", Named("discovery-st"), 46),
    ];

    /// <summary>The scanner of a label.</summary>
    public static HospitalScanner Named(string label) => Scanners.Single(s => s.Label == label);

    /// <summary>The hospital that owns a scanner: the first that it serves.</summary>
    public static string Owner(HospitalScanner scanner) => Workloads.First(w => w.Scanner.Label == scanner.Label).Site;
}
