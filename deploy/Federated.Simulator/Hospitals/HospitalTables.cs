using System.Globalization;
using Federated.Simulator.Output;

namespace Federated.Simulator.Hospitals;

/// <summary>The tables of a planned consortium: what every hospital knows, and the truth that only a simulation has.</summary>
public static class HospitalTables
{
    /// <summary>Columns of cohort tables.</summary>
    public static IReadOnlyList<string> CohortColumns { get; } =
        ["patient", "site", "scanner", "role", "age", "sex", "ki67", "ct_log_volume", "glucose", "responder", "pfs", "progressed"];

    /// <summary>Writes them.</summary>
    public static void Write(ConsortiumPlan plan, string directory)
    {
        foreach (IGrouping<string, PlannedScan> site in plan.Scans.Concat(plan.Travelling).GroupBy(s => s.Site, StringComparer.Ordinal))
        {
            string folder = Path.Combine(directory, site.Key);
            CsvFile.Write(Path.Combine(folder, "scans.csv"), ["patient", "series", "region", "glucose"], site.Select(s => (string[])
                [s.RowId, $"images/{s.RowId}", $"images/{s.RowId}/region.dcm", Cell(s.Patient, "glucose", s.Patient.Glucose)]));
            CsvFile.Write(Path.Combine(folder, "cohort.csv"), CohortColumns, site.Select(s => Cohort(plan, s)));
            CsvFile.Write(Path.Combine(folder, "phantoms.csv"), ["series", "scanner", "date", "kind", "background_bqml", "spheres_bqml"], plan.Phantoms.Where(p => p.Site == site.Key).Select(p => (string[])
                [p.Folder, p.Scanner.Label, p.Start.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), p.IsNema ? "nema" : "cylinder", Text(HospitalFolders.PhantomActivity), p.IsNema ? Text(HospitalFolders.PhantomActivity * PlannedPhantom.SphereRatio) : ""]));
        }
        string truth = Directory.CreateDirectory(Path.Combine(directory, "truth")).FullName;
        CsvFile.Write(Path.Combine(truth, "scanners.csv"), ["scanner", "fwhm_mm", "calibration", "noise_at_suv_1", "voxel_x_mm", "voxel_y_mm", "voxel_z_mm", "drift_per_week", "drift_after_week"], Fleet.Scanners.Select(s => (string[])
            [s.Label, Text(s.FwhmMillimetres), Text(s.Calibration), Text(s.Noise), Text(s.Spacing.X), Text(s.Spacing.Y), Text(s.Spacing.Z), Text(s.DriftPerWeek), s.DriftPerWeek > 0 ? Text(plan.Size.DriftWeek) : ""]));
        CsvFile.Write(Path.Combine(truth, "lesions.csv"), ["patient", "lesion", "x_mm", "y_mm", "z_mm", "radius_mm", "suv"], plan.Scans.Select(s => s.Patient).Concat(plan.Travelling.Select(s => s.Patient).Distinct())
            .SelectMany(p => p.Lesions.Select((l, n) => (string[])[p.Id, Text(n + 1), Text(l.Centre.X), Text(l.Centre.Y), Text(l.Centre.Z), Text(l.Radius), Text(l.Uptake)])));
        CsvFile.Write(Path.Combine(truth, "broken.csv"), ["patient", "site", "scanner", "what", "reason_holds"], plan.Scans.Where(s => s.Broken is not null).Select(s => (string[])
            [s.RowId, s.Site, s.Scanner.Label, s.Broken!.Name, s.Broken.Reason]));
        CsvFile.Write(Path.Combine(truth, "model.csv"), ["term", "value"], (string[][])
        [
            ["log_suv", Text(PatientModel.LogUptake)], ["log_suv_per_year_from_60", Text(PatientModel.AgeEffect)], ["log_suv_per_sd_ki67", Text(PatientModel.ProliferationEffect)],
            ["log_suv_responder", Text(PatientModel.ResponderEffect)], ["background_suv", Text(PatientModel.Background)], ["log_hazard_responder", Text(PatientModel.ResponderHazard)],
            ["log_hazard_per_log_tlg", Text(PatientModel.BurdenHazard)], ["log_hazard_per_year", Text(PatientModel.AgeHazard)],
        ]);
    }

    /// <summary>A row of the cohort table.</summary>
    public static IReadOnlyList<string> Cohort(ConsortiumPlan plan, PlannedScan scan)
    {
        VirtualPatient p = scan.Patient;
        return
        [
            scan.RowId, scan.Site, scan.Scanner.Label, plan.Travelling.Contains(scan) ? "travelling" : "study", Text(p.Age), p.IsMale ? "M" : "F", Cell(p, "ki67", p.Proliferation), Text(p.TomographyLogVolume),
            Cell(p, "glucose", p.Glucose), p.IsResponder ? "yes" : "no", Cell(p, "pfs", p.Months), p.HasProgressed ? "1" : "0",
        ];
    }

    private static string Cell(VirtualPatient patient, string column, double value) => patient.Missing == column ? "NA" : Text(value);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
