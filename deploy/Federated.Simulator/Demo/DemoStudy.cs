using System.Globalization;
using Federated.Simulator.Hospitals;
using Federated.Simulator.Output;

namespace Federated.Simulator.Demo;

/// <summary>The study of the demonstration: its tables, and what came back of it.</summary>
public static class DemoStudy
{
    /// <summary>Features in the order of <see cref="HospitalProtocol.Measures"/>, as the closing table calls them.</summary>
    public static IReadOnlyList<string> Features { get; } = ["SUVmax", "SUVpeak", "MTV", "TLG"];

    /// <summary>Writes features.csv, cohort.csv and study.yaml.</summary>
    public static void Write(ConsortiumPlan plan, MeasuredScans scans, string folder)
    {
        CsvFile.Write(Path.Combine(folder, "features.csv"), ["patient", .. HospitalProtocol.Measures.Features], scans.Measured.Select(Row));
        CsvFile.Write(Path.Combine(folder, "cohort.csv"), HospitalTables.CohortColumns, scans.Measured.Select(s => HospitalTables.Cohort(plan, s.Scan)));
        File.WriteAllText(Path.Combine(folder, "study.yaml"), Study);
    }

    /// <summary>The harmonized values by row id.</summary>
    public static IReadOnlyDictionary<string, double[]> Harmonized(string folder) => CsvFile.Rows(File.ReadAllText(Path.Combine(folder, "harmonized.csv")))
        .ToDictionary(row => row["patient"], row => (double[])[.. HospitalProtocol.Measures.Features.Select(f => double.TryParse(row[f], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN)], StringComparer.Ordinal);

    private static IEnumerable<string> Row(MeasuredScan scan) => [scan.Scan.RowId, .. scan.Filtered.Select(v => v.ToString("R", CultureInfo.InvariantCulture))];

    // Behind factor and filter scanners still differ a little in level; a spread of their own would be estimated from few patients to correct what is no longer there.
    private const string Study = """
        study: demo-pet-response
        title: PET features of simulated patients on nine scanners at five hospitals
        purpose: Show that scanner differences can be removed across hospitals without a row leaving, and that the response to treatment stays visible
        recipient: the person who runs the demonstration
        approval: none needed, the patients are simulated
        site: site
        scanner: scanner
        fit-on: { column: role, value: study }
        features:
          include: ["*"]
          scale: log
        covariates:
          - { name: age, type: continuous }
          - { name: sex, type: categorical }
          - { name: ki67, type: continuous }
          - { name: ct_log_volume, type: continuous }
          - { name: responder, type: categorical }
        analyses:
          - { id: overview, kind: describe }
          - { id: harmonize, kind: combat, empirical-bayes: parametric, mean-only: true }
          - { id: spread, kind: variability, of: [raw, harmonized] }
        privacy:
          aggregation: secure
          minimum-rows: 10
          scanner-effects: shared
        quorum: { sites: 5, round-deadline: 10m }
        """;
}
