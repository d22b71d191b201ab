using System.Globalization;
using System.Text;

namespace Federated.Simulator.Demo;

/// <summary>
/// Five hospitals' tables with a known truth: PET-like features of one lesion per patient, measured on nine scanners. Each value is
/// exp(mean + covariate effects + responder effect + patient + scanner location + scanner scale * noise), so that scanners differ by 20 to 40 % and the
/// biology does not. Everything follows from the seed.
/// </summary>
public sealed class DemoTables
{
    /// <summary>log-scale difference between responders and non-responders, the same for every scanner, per feature.</summary>
    public static readonly (string Name, string Unit, double Mean, double Spread, double Response)[] Features =
    [
        ("suvmax", "g/mL", 2.20, 0.34, -0.28), ("suvpeak", "g/mL", 2.00, 0.33, -0.27), ("suvmean", "g/mL", 1.55, 0.30, -0.24),
        ("mtv", "mL", 2.90, 0.60, -0.35), ("tlg", "g", 4.45, 0.72, -0.59),
        ("histogram_entropy", "bit", 1.10, 0.16, -0.06), ("histogram_cov", "1", -1.05, 0.25, 0.05), ("glcm_contrast", "1", 2.60, 0.45, -0.20),
        ("glcm_correlation", "1", -0.60, 0.18, 0.00), ("glcm_joint_entropy", "bit", 1.85, 0.14, -0.05), ("glrlm_run_entropy", "bit", 1.30, 0.10, -0.03),
        ("glszm_zone_entropy", "bit", 1.55, 0.12, -0.04), ("ngtdm_coarseness", "1", -4.20, 0.50, 0.30), ("ngtdm_busyness", "1", -0.90, 0.55, -0.15),
        ("morph_sphericity", "1", -0.40, 0.09, 0.01), ("morph_surface_to_volume", "1/mm", -1.10, 0.22, 0.10),
    ];

    // (site, scanner, patients): one scanner stands at two hospitals (a mobile unit), most hospitals have two.
    private static readonly (string Site, string Scanner, int Patients)[] Scanners =
    [
        ("aalborg", "biograph-vision/psf", 42), ("aalborg", "biograph-mct/osem", 31),
        ("bologna", "discovery-690/osem", 38), ("bologna", "discovery-mi/q.clear", 47),
        ("coimbra", "gemini-tf/osem", 29), ("coimbra", "mobile-unit/osem", 16),
        ("dresden", "vereos/osem", 44), ("dresden", "biograph-40/osem", 26), ("dresden", "mobile-unit/osem", 14),
        ("evora", "discovery-st/osem", 33),
    ];

    private DemoTables(string featuresCsv, string cohortCsv, string studyYaml, int patients)
    {
        FeaturesCsv = featuresCsv;
        CohortCsv = cohortCsv;
        StudyYaml = studyYaml;
        Patients = patients;
    }

    /// <summary>features.csv: row id, then one column per feature.</summary>
    public string FeaturesCsv { get; }

    /// <summary>cohort.csv: row id, site, scanner, age, sex, responder.</summary>
    public string CohortCsv { get; }

    /// <summary>study.yaml over those tables.</summary>
    public string StudyYaml { get; }

    /// <summary>Patients in all.</summary>
    public int Patients { get; }

    /// <summary>The tables of this seed.</summary>
    public static DemoTables Make(int seed)
    {
        var random = new Random(seed);
        var effects = new Dictionary<string, (double[] Location, double[] Scale)>(StringComparer.Ordinal);
        foreach (string scanner in Scanners.Select(s => s.Scanner).Distinct(StringComparer.Ordinal))
        {
            // A scanner's effect has a part common to all features (calibration, sharpness) and a part of each feature's own.
            double common = 0.22 * Normal(random);
            effects[scanner] = (
                [.. Features.Select(f => (common * (0.4 + f.Spread)) + (0.55 * f.Spread * Normal(random)))],
                [.. Features.Select(_ => double.Exp(0.18 * Normal(random)))]);
        }

        var features = new StringBuilder("patient," + string.Join(',', Features.Select(f => f.Name))).Append('\n');
        var cohort = new StringBuilder("patient,site,scanner,age,sex,responder\n");
        int number = 0;
        foreach ((string site, string scanner, int patients) in Scanners)
        {
            // Hospitals differ in whom they treat: older here, fewer responders there. ComBat must keep that and remove the scanner.
            double ageMean = 52 + (12 * random.NextDouble());
            double responseRate = 0.35 + (0.35 * random.NextDouble());
            for (int i = 0; i < patients; i++)
            {
                string id = "p" + (++number).ToString("0000", CultureInfo.InvariantCulture);
                double age = double.Round(double.Clamp(ageMean + (11 * Normal(random)), 19, 90), 1);
                bool male = random.NextDouble() < 0.53;
                bool responder = random.NextDouble() < responseRate;
                double patient = Normal(random);
                cohort.Append(CultureInfo.InvariantCulture, $"{id},{site},{scanner},{age},{(male ? "M" : "F")},{(responder ? "yes" : "no")}\n");
                features.Append(id);
                for (int f = 0; f < Features.Length; f++)
                {
                    (_, _, double mean, double spread, double response) = Features[f];
                    double own = (0.6 * patient) + (0.8 * Normal(random));
                    double log = mean + (0.004 * (age - 58)) + (male ? 0.05 : 0) + (responder ? response : 0)
                        + effects[scanner].Location[f] + (spread * effects[scanner].Scale[f] * own);
                    bool missing = f >= 12 && random.NextDouble() < 0.01;
                    features.Append(',').Append(missing ? "NA" : double.Round(double.Exp(log), 6).ToString("R", CultureInfo.InvariantCulture));
                }

                features.Append('\n');
            }
        }

        return new DemoTables(features.ToString(), cohort.ToString(), Study, number);
    }

    private static double Normal(Random random) => // Box and Muller (1958)
        double.Sqrt(-2 * double.Log(1 - random.NextDouble())) * double.Cos(2 * double.Pi * random.NextDouble());

    private const string Study = """
        study: demo-pet-response
        title: PET features of 320 simulated patients on nine scanners at five hospitals
        purpose: Show that scanner differences can be removed across hospitals without a row leaving, and that the response to treatment stays visible
        recipient: the person who runs the demonstration
        approval: none needed, the patients are simulated
        site: site
        scanner: scanner
        features:
          include: ["*"]
          scale: log
        covariates:
          - { name: age, type: continuous }
          - { name: sex, type: categorical }
          - { name: responder, type: categorical }
        analyses:
          - { id: overview, kind: describe }
          - { id: harmonize, kind: combat, empirical-bayes: parametric }
          - { id: spread, kind: variability, of: [raw, harmonized] }
        privacy:
          aggregation: secure
          minimum-rows: 10
          scanner-effects: shared
        quorum: { sites: 5, round-deadline: 10m }
        """;
}
