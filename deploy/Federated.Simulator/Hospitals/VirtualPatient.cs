using Federated.Imaging.Phantoms;
using Federated.Imaging.Volumes;

namespace Federated.Simulator.Hospitals;

/// <summary>
/// The stated model from which patients are drawn. Uptake of a lesion is exp(log 10 + 0.004 (age - 60) + 0.18 k - 0.35 responder + patient + lesion) with k the standardised proliferation index,
/// patient ~ N(0, 0.08), lesion ~ N(0, 0.06); progression has the hazard 0.03 exp(0.5 (log TLG - log 30) - 0.9 responder + 0.02 (age - 60)) per month, censored evenly between 12 and 48 months.
/// </summary>
public static class PatientModel
{
    /// <summary>Difference of log uptake between responders and others: responders' lesions are less avid by 1 - exp(-0.35) = 30 %.</summary>
    public const double ResponderEffect = -0.35;

    /// <summary>log uptake per year of age.</summary>
    public const double AgeEffect = 0.004;

    /// <summary>log uptake per standard deviation of the proliferation index.</summary>
    public const double ProliferationEffect = 0.18;

    /// <summary>log uptake of a lesion at age 60 and average proliferation, without response.</summary>
    public static readonly double LogUptake = Math.Log(10);

    /// <summary>Uptake of the tissue around lesions: lung and fat.</summary>
    public const double Background = 0.3;

    /// <summary>log hazard of progression of a responder against others, for the same metabolic burden.</summary>
    public const double ResponderHazard = -0.9;

    /// <summary>log hazard per unit of log total lesion glycolysis.</summary>
    public const double BurdenHazard = 0.5;

    /// <summary>log hazard per year of age.</summary>
    public const double AgeHazard = 0.02;

    private const double MonthlyHazard = 0.03;

    /// <summary>Draws a patient.</summary>
    /// <param name="id">Name.</param>
    /// <param name="meanAge">Of the hospital's patients.</param>
    /// <param name="responseRate">Of the hospital's patients with average proliferation.</param>
    /// <param name="seeds">Where randomness comes from; the patient depends on the seed and the id alone, beside the hospital's two numbers.</param>
    public static VirtualPatient Draw(string id, double meanAge, double responseRate, SeedStream seeds)
    {
        SeededNormals random = seeds.Stream($"patient/{id}");
        double age = Math.Round(Math.Clamp(meanAge + 11 * random.Next(), 19, 89), 1), proliferation = random.Next();
        bool isMale = random.NextUniform() < 0.53;
        bool isResponder = random.NextUniform() < 1 / (1 + Math.Exp(-Math.Log(responseRate / (1 - responseRate)) + 0.4 * proliferation));
        double level = LogUptake + AgeEffect * (age - 60) + ProliferationEffect * proliferation + (isResponder ? ResponderEffect : 0) + 0.08 * random.Next();
        Lesion[] lesions = Lesions(1 + (int)(5 * random.NextUniform()), level, random);
        double height = Math.Round(isMale ? 1.77 + 0.07 * random.Next() : 1.65 + 0.06 * random.Next(), 2), weight = Math.Round(Math.Clamp(25.5 + 3.5 * random.Next(), 18, 40) * height * height, 1);
        double hazard = MonthlyHazard * Math.Exp(BurdenHazard * (Math.Log(Burden(lesions)) - Math.Log(30)) + (isResponder ? ResponderHazard : 0) + AgeHazard * (age - 60));
        double progression = -Math.Log(1 - random.NextUniform()) / hazard, followed = 12 + 36 * random.NextUniform();
        double volume = lesions.Select(l => l.Millilitres).Aggregate(0.0, (sum, v) => sum + v);
        return new VirtualPatient(id, age, isMale, height, weight, Math.Round(Math.Clamp(40 + 15 * proliferation, 1, 99), 1), isResponder, lesions)
        {
            TomographyLogVolume = Math.Round(Math.Log(volume) + 0.08 * random.Next(), 4),
            Months = Math.Round(Math.Max(0.1, Math.Min(progression, followed)), 1),
            HasProgressed = progression <= followed,
            Glucose = Math.Round(5.6 + 0.7 * random.Next(), 1),
            UptakeMinutes = (int)Math.Round(60 + 4 * random.Next()),
            DoseMegabecquerel = Math.Round(3.5 * weight * (1 + 0.05 * random.Next()), 1),
            Missing = random.NextUniform() switch { < 0.012 => "ki67", < 0.024 => "pfs", < 0.036 => "glucose", _ => "" },
        };
    }

    // Places of a loose lattice, taken in a random order: lesions never touch what is drawn around their neighbours.
    private static Lesion[] Lesions(int count, double level, SeededNormals random)
    {
        Point3[] places =
        [
            new(-46, -28, 32), new(0, -28, 32), new(46, -28, 32), new(-46, 28, 32), new(0, 28, 32), new(46, 28, 32),
            new(-46, -28, 86), new(0, -28, 86), new(46, -28, 86), new(-46, 28, 86), new(0, 28, 86), new(46, 28, 86),
        ];
        for (int i = places.Length - 1; i > 0; i--)
        {
            int other = (int)((i + 1) * random.NextUniform());
            (places[i], places[other]) = (places[other], places[i]);
        }
        var lesions = new Lesion[count];
        for (int i = 0; i < count; i++)
        {
            Point3 jitter = new(2 * random.NextUniform() - 1, 2 * random.NextUniform() - 1, 2 * random.NextUniform() - 1);
            double radius = Math.Round(Math.Clamp(7 * Math.Exp(0.22 * random.Next()), 4.5, 13), 2), uptake = Math.Exp(level + 0.06 * random.Next());
            lesions[i] = new Lesion(places[i] + jitter * 2, radius, Math.Round(uptake, 4));
        }
        return lesions;
    }

    private static double Burden(IEnumerable<Lesion> lesions) => lesions.Aggregate(0.0, (sum, l) => sum + l.Uptake * l.Millilitres);
}

/// <summary>A patient whose truth is known.</summary>
/// <param name="Id">Row id and PatientID.</param>
/// <param name="Age">Years.</param>
/// <param name="IsMale">Sex.</param>
/// <param name="HeightMetres">Height.</param>
/// <param name="WeightKilograms">Weight.</param>
/// <param name="Proliferation">Ki-67 index in percent.</param>
/// <param name="IsResponder">Whether treatment succeeds.</param>
/// <param name="Lesions">One to five.</param>
public sealed record VirtualPatient(
    string Id, double Age, bool IsMale, double HeightMetres, double WeightKilograms, double Proliferation, bool IsResponder, IReadOnlyList<Lesion> Lesions)
{
    /// <summary>log of the lesions' volume in ml as CT shows it, within 8 %: no PET scanner has a part in it.</summary>
    public required double TomographyLogVolume { get; init; }

    /// <summary>Months until progression or the end of follow-up.</summary>
    public required double Months { get; init; }

    /// <summary>Whether it was progression.</summary>
    public required bool HasProgressed { get; init; }

    /// <summary>Blood glucose, mmol/l.</summary>
    public required double Glucose { get; init; }

    /// <summary>Minutes between injection and scan.</summary>
    public required int UptakeMinutes { get; init; }

    /// <summary>Injected activity.</summary>
    public required double DoseMegabecquerel { get; init; }

    /// <summary>The column that the hospital failed to fill, or nothing.</summary>
    public required string Missing { get; init; }

    /// <summary>Uptake in space: lesions in even tissue that fills the field of view.</summary>
    public ActivityMap Uptake => patient =>
    {
        foreach (Lesion lesion in Lesions)
        {
            Point3 offset = patient - lesion.Centre;
            if (offset.Dot(offset) <= lesion.Radius * lesion.Radius) return lesion.Uptake;
        }
        return PatientModel.Background;
    };

    /// <summary>The part of the body that is reconstructed, on a scanner's voxels; centred alike on every scanner.</summary>
    /// <param name="spacing">Voxel.</param>
    public static VolumeGeometry FieldOfView(Point3 spacing)
    {
        int x = (int)Math.Ceiling(168 / spacing.X), y = (int)Math.Ceiling(132 / spacing.Y), z = (int)Math.Ceiling(124 / spacing.Z);
        return new VolumeGeometry(
            x, y, z, spacing, new Point3(-(x - 1) * spacing.X / 2, -(y - 1) * spacing.Y / 2, 59 - (z - 1) * spacing.Z / 2), new Point3(1, 0, 0), new Point3(0, 1, 0), new Point3(0, 0, 1));
    }
}
