using System.Globalization;
using Federated.Imaging.Phantoms;
using Federated.Imaging.Volumes;

namespace Federated.Simulator.Hospitals;

/// <summary>How much is made.</summary>
/// <param name="Share">Share of the full number of patients.</param>
/// <param name="Fewest">Patients of a hospital on a scanner, at least.</param>
/// <param name="Travellers">Patients of the travelling cohort.</param>
/// <param name="Weeks">Weekly cylinders of every scanner.</param>
/// <param name="NemaWeeks">Weeks of image-quality phantoms.</param>
/// <param name="DriftWeek">Week after which the drifting scanner drifts.</param>
public sealed record ConsortiumSize(double Share, int Fewest, int Travellers, int Weeks, IReadOnlyList<int> NemaWeeks, int DriftWeek)
{
    /// <summary>Ten patients for each scanner of a hospital and fifteen weeks: for trials and tests.</summary>
    public static ConsortiumSize Small { get; } = new(0.25, 10, 3, 15, [0], 9);

    /// <summary>The size of a name: small or full.</summary>
    public static ConsortiumSize Named(string name) => name == "full" ? Full : Small;

    /// <summary>All patients and five months.</summary>
    public static ConsortiumSize Full { get; } = new(1, 10, 20, 22, [0, 13], 13);
}

/// <summary>A patient's scan.</summary>
/// <param name="RowId">As lists and tables call it.</param>
/// <param name="Site">Where it is kept.</param>
/// <param name="Scanner">By which scanner.</param>
/// <param name="Patient">Of whom.</param>
/// <param name="Week">When, in weeks since the first phantom.</param>
/// <param name="Broken">How it is broken; null: it is not.</param>
public sealed record PlannedScan(string RowId, string Site, HospitalScanner Scanner, VirtualPatient Patient, double Week, BrokenStudy? Broken = null)
{
    /// <summary>Start of the scan.</summary>
    public DateTime Start => ConsortiumPlan.FirstDay.AddDays(Math.Floor(Week * 7)).AddMinutes(480 + Math.Floor(Week * 7 % 1 * 540));
}

/// <summary>A phantom scan.</summary>
/// <param name="Site">Where it is kept.</param>
/// <param name="Scanner">By which scanner.</param>
/// <param name="Week">When.</param>
/// <param name="IsNema">Image-quality phantom, else a uniform cylinder.</param>
public sealed record PlannedPhantom(string Site, HospitalScanner Scanner, int Week, bool IsNema)
{
    /// <summary>Spheres of the image-quality phantom relative to its body.</summary>
    public const double SphereRatio = 10;

    /// <summary>Start of the scan: Mondays before the patients come.</summary>
    public DateTime Start => ConsortiumPlan.FirstDay.AddDays(7 * Week).AddHours(IsNema ? 7 : 6);

    /// <summary>Folder below the hospital's.</summary>
    public string Folder => string.Create(CultureInfo.InvariantCulture, $"phantoms/{Scanner.Label}/{Start:yyyy-MM-dd}-{(IsNema ? "nema" : "cylinder")}");
}

/// <summary>Everything that is scanned, drawn from the seed; nothing of it is an image yet.</summary>
/// <param name="Size">How much.</param>
/// <param name="Seeds">Randomness.</param>
/// <param name="Scans">Patients of the hospitals.</param>
/// <param name="Travelling">The same patients on every scanner, used for no fit.</param>
/// <param name="Phantoms">Phantoms.</param>
public sealed record ConsortiumPlan(ConsortiumSize Size, SeedStream Seeds, IReadOnlyList<PlannedScan> Scans, IReadOnlyList<PlannedScan> Travelling, IReadOnlyList<PlannedPhantom> Phantoms)
{
    /// <summary>Day of the first phantom, a Monday.</summary>
    public static DateTime FirstDay { get; } = new(2026, 1, 5, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>The plan of a seed.</summary>
    public static ConsortiumPlan Draw(int seed, ConsortiumSize size)
    {
        SeedStream seeds = new(seed);
        List<PlannedScan> scans = [];
        Dictionary<string, (double Age, double Response)> hospitals = [];
        foreach (string site in Fleet.Workloads.Select(w => w.Site).Distinct(StringComparer.Ordinal))
        {
            // Hospitals differ in whom they treat: older here, fewer responders there. Harmonization must keep that and remove the scanner.
            SeededNormals hospital = seeds.Stream($"site/{site}");
            hospitals[site] = (54 + 12 * hospital.NextUniform(), 0.35 + 0.3 * hospital.NextUniform());
        }
        int number = 0;
        foreach (Workload work in Fleet.Workloads)
        {
            (double age, double response) = hospitals[work.Site];
            for (int i = 0; i < Math.Max(size.Fewest, Math.Round(work.Patients * size.Share)); i++)
            {
                string id = Id(++number);
                scans.Add(new PlannedScan(id, work.Site, work.Scanner, PatientModel.Draw(id, age, response, seeds), Week(id)));
            }
        }
        foreach (BrokenStudy broken in BrokenStudy.All)
        {
            (double age, double response) = hospitals[broken.Site];
            string id = Id(++number);
            scans.Add(new PlannedScan(id, broken.Site, Fleet.Named(broken.Scanner), PatientModel.Draw(id, age, response, seeds), Week(id), broken));
        }
        VirtualPatient[] travellers = [.. Enumerable.Range(1, size.Travellers).Select(i => PatientModel.Draw(string.Create(CultureInfo.InvariantCulture, $"t{i:00}"), 60, 0.5, seeds) with { Missing = "" })];
        PlannedScan[] travelling =
        [
            .. Fleet.Scanners.SelectMany(scanner => travellers.Select(patient =>
                new PlannedScan($"{patient.Id}-{scanner.Label}", Fleet.Owner(scanner), scanner, patient, size.Weeks - 1 + seeds.Stream($"visit/{patient.Id}/{scanner.Label}").NextUniform() * 0.7))),
        ];
        PlannedPhantom[] phantoms =
        [
            .. Fleet.Scanners.SelectMany(scanner => (PlannedPhantom[])
                [.. size.NemaWeeks.Select(week => new PlannedPhantom(Fleet.Owner(scanner), scanner, week, true)), .. Enumerable.Range(0, size.Weeks).Select(week => new PlannedPhantom(Fleet.Owner(scanner), scanner, week, false))]),
        ];
        return new ConsortiumPlan(size, seeds, scans, travelling, phantoms);

        double Week(string id) => size.Weeks * seeds.Stream($"week/{id}").NextUniform();
        static string Id(int n) => string.Create(CultureInfo.InvariantCulture, $"p{n:0000}");
    }

    /// <summary>A scan's image in units of SUV as its scanner shows it.</summary>
    public Volume Image(PlannedScan scan) => scan.Scanner.Physics(scan.Week - Size.DriftWeek).Scan(scan.Patient.Uptake, VirtualPatient.FieldOfView(scan.Scanner.Spacing), Seeds.Seed($"noise/{scan.RowId}"));

    /// <summary>What is truly in the body of a phantom, relative to what is stated: dose calibrator, residue in the syringe and clocks leave it known to one per cent.</summary>
    public double Filled(PlannedPhantom phantom) => 1 + 0.01 * Math.Clamp(Seeds.Stream($"filled/{phantom.Folder}").Next(), -2.5, 2.5);

    /// <summary>A phantom's image in units of the activity that is stated for its body.</summary>
    public Volume Image(PlannedPhantom phantom)
    {
        SeededNormals random = Seeds.Stream($"phantom/{phantom.Folder}");
        SyntheticScanner physics = phantom.Scanner.Physics(phantom.Week - Size.DriftWeek);
        double filled = Filled(phantom);
        Point3 shift = new(4 * random.Next(), 4 * random.Next(), 4 * random.Next());
        if (phantom.IsNema)
        {
            double turn = 0.05 * random.Next();
            PhantomPose pose = new(shift, new Point3(Math.Cos(turn), Math.Sin(turn), 0), new Point3(-Math.Sin(turn), Math.Cos(turn), 0), new Point3(0, 0, 1));
            ActivityMap spheres = SyntheticPhantom.Nema(pose, new PhantomActivity(filled, filled * PlannedPhantom.SphereRatio));
            return physics.Scan(spheres, SyntheticPhantom.Around(pose, phantom.Scanner.Spacing), Seeds.Seed($"noise/{phantom.Folder}"));
        }
        const double radius = 85, length = 130, margin = 18;
        Point3 spacing = phantom.Scanner.Spacing;
        int across = (int)Math.Ceiling(2 * (radius + margin) / spacing.X), along = (int)Math.Ceiling((length + 2 * margin) / spacing.Z);
        VolumeGeometry grid = new(
            across, across, along, spacing, new Point3(-(across - 1) * spacing.X / 2, -(across - 1) * spacing.Y / 2, -(along - 1) * spacing.Z / 2), new Point3(1, 0, 0), new Point3(0, 1, 0), new Point3(0, 0, 1));
        return physics.Scan(SyntheticPhantom.Cylinder(shift, new Point3(0, 0, 1), radius, length, filled), grid, Seeds.Seed($"noise/{phantom.Folder}"));
    }
}
