using System.Collections.Immutable;
using System.Text.Json;
using Federated.Analyses.Exchange;
using Federated.Analyses.Phantoms;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Imaging.Measurement;
using Federated.Imaging.Phantoms.Calibrations;
using Federated.SiteAgent.Host.Extraction;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Host.Storage;

/// <summary>
/// The site's rows, with the phantoms of their scanners where a plan asks for them. Which machine a plan's label stands for is what its rows say: the calibrations that corrected them name it, so
/// nobody has to write it down a second time.
/// </summary>
public sealed class PhantomHistory(LocalTables tables, MeasuredTables measured, CalibrationTables calibrations, SiteIdentity identity) : ITableSource
{
    private const int FirstYear = 2000;

    /// <inheritdoc/>
    public StudyTable Read(Digest digest, StudyPlan plan)
    {
        StudyTable table = tables.Read(digest, plan);
        return plan.Measurement is not null && plan.Analyses.Any(a => string.Equals(a.Kind, PhantomsAnalysis.Name, StringComparison.Ordinal)) ? table.With(Of(table, plan)) : table;
    }

    private ImmutableArray<ScannerPhantoms> Of(StudyTable table, StudyPlan plan)
    {
        MeasurementProtocol protocol = ProtocolSource.Of(plan.Measurement, plan.Id);
        ImmutableArray<Calibration> all = calibrations.All(identity);
        Dictionary<int, Calibration> byVersion = all.ToDictionary(c => c.Version);
        Dictionary<string, int> scanners = table.RowIds.Zip(table.Scanner).ToDictionary(r => r.First, r => r.Second, StringComparer.Ordinal);
        var rows = new Dictionary<int, Dictionary<(string, string), int>>();
        foreach (MeasuredRow row in measured.Rows(plan.Measurement!.Digest))
        {
            if (!scanners.TryGetValue(row.RowId, out int scanner) || Version(row) is not { } version || !byVersion.TryGetValue(version, out Calibration? used)) continue;
            if (!rows.TryGetValue(scanner, out Dictionary<(string, string), int>? machines)) rows.Add(scanner, machines = []);
            machines[Machine(used)] = machines.GetValueOrDefault(Machine(used)) + 1;
        }

        // A label that stands for several machines is told by the one that scanned most.
        return
        [
            .. rows.OrderBy(r => r.Key).Select(r =>
            {
                (string, string) machine = r.Value.OrderByDescending(m => m.Value).ThenBy(m => m.Key.Item1, StringComparer.Ordinal).ThenBy(m => m.Key.Item2, StringComparer.Ordinal).First().Key;
                return new ScannerPhantoms(r.Key, Points([.. all.Where(c => Machine(c) == machine).OrderBy(c => c.From).ThenBy(c => c.Version)], protocol.Calibration?.Standard));
            }),
        ];
    }

    private static (string, string) Machine(Calibration calibration) => (calibration.Setting.Scanner, calibration.Setting.Reconstruction);

    private static int? Version(MeasuredRow row)
    {
        using var provenance = JsonDocument.Parse(row.Provenance);
        if (!provenance.RootElement.TryGetProperty("calibration", out JsonElement calibration) || calibration.ValueKind != JsonValueKind.Object) return null;
        foreach (string key in (ReadOnlySpan<string>)["factor_version", "filter_version"])
            if (calibration.TryGetProperty(key, out JsonElement version) && version.ValueKind == JsonValueKind.Number) return version.GetInt32();
        return null;
    }

    private static ImmutableArray<PhantomPoint> Points(Calibration[] series, string? standard)
    {
        HashSet<(int, PhantomQuantity)> alarms =
        [
            .. Alarms(series, PhantomQuantity.Factor, ControlChart.Factors, c => c.Factor), .. Alarms(series, PhantomQuantity.Noise, ControlChart.Recoveries, c => c.Noise),
            .. Alarms(series, PhantomQuantity.Recovery, ControlChart.Recoveries, c => c.Recoveries.IsEmpty ? null : c.Recoveries[^1]),
        ];
        return
        [
            .. series.Select((c, i) => new PhantomPoint(
                ((c.From.Year - FirstYear) * 12) + c.From.Month - 1, c.Factor ?? double.NaN, c.Noise, c.FwhmMillimetres ?? double.NaN,
                c.Filters.FirstOrDefault(f => string.Equals(f.Standard, standard, StringComparison.Ordinal))?.FwhmMillimetres ?? double.NaN, c.Recoveries,
                [.. Enum.GetValues<PhantomQuantity>().Where(q => alarms.Contains((i, q)))])).TakeLast(ScannerPhantoms.MostPoints),
        ];
    }

    private static IEnumerable<(int, PhantomQuantity)> Alarms(Calibration[] series, PhantomQuantity quantity, ControlChart chart, Func<Calibration, double?> value)
    {
        int[] with = [.. Enumerable.Range(0, series.Length).Where(i => value(series[i]) is > 0)];
        return chart.Alarms([.. with.Select(i => value(series[i])!.Value)]).Select(a => (with[a.Index], quantity));
    }
}
