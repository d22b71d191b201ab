using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federated.Analyses.Tables;
using Federated.Coordinator.Service;
using Federated.Models;

namespace Federated.Simulator.Output;

/// <summary>Writes everything a finished study leaves for people and programs into one folder.</summary>
public static class ResultsFolder
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the folder; files of an earlier run with the same names are replaced, others are left alone.</summary>
    public static void Write(StudyRun run, string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "analyses"));
        File.Delete(Path.Combine(folder, "harmonized.csv")); // an earlier run's must not pass for this one's if this one was refused
        WriteAtomically(Path.Combine(folder, "plan.json"), run.PlanDocument);
        WriteText(Path.Combine(folder, "manifest.txt"), run.Manifest);
        if (run.Harmonization is { } harmonization)
        {
            WriteHarmonized(run, harmonization.Analysis.Id, Path.Combine(folder, "harmonized.csv"));
            WriteEstimates(run, harmonization, Path.Combine(folder, "harmonization"));
        }

        foreach (AnalysisFinding finding in run.Findings) WriteFinding(run, finding, Path.Combine(folder, "analyses"));
        foreach ((string path, byte[] content) in run.Findings.Where(f => f.Document is not null).SelectMany(f => ModelExport.Files(f.Document!.Json, run.Plan.Purpose)))
        {
            Directory.CreateDirectory(Path.Combine(folder, Path.GetDirectoryName(path)!));
            WriteAtomically(Path.Combine(folder, path), content);
        }

        WriteExchange(run, Path.Combine(folder, "exchange.csv"));
        WriteText(Path.Combine(folder, "summary.json"), Summary(run).ToJsonString(Readable) + "\n");
    }

    /// <summary>What happened, for programs: versions, sizes, seconds and bytes, memory.</summary>
    public static JsonObject Summary(StudyRun run)
    {
        var bytes = new JsonObject();
        foreach (IGrouping<string, ExchangedMessage> site in run.Exchange.GroupBy(m => m.Site, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
            bytes[site.Key] = new JsonObject { ["sent"] = site.Where(m => m.ToCoordinator).Sum(m => m.Bytes), ["received"] = site.Where(m => !m.ToCoordinator).Sum(m => m.Bytes) };
        return new JsonObject
        {
            ["study"] = run.Plan.Id,
            ["plan_digest"] = PlanDigest(run),
            ["versions"] = Versions(),
            ["transport"] = run.Transport,
            ["sites"] = run.Sites.Length,
            ["scanners"] = run.Plan.Scanners.Length,
            ["rows"] = run.Sites.Sum(s => (long)s.Table.Rows),
            ["features"] = run.Plan.Features.Length,
            ["rounds"] = run.Exchange.Select(m => m.Round).DefaultIfEmpty(0).Max(),
            ["drops"] = new JsonArray([.. run.Drops.Select(d => (JsonNode)new JsonObject
            {
                ["site"] = d.Drop.Site, ["step"] = d.Drop.Step.ToString().ToLowerInvariant(), ["round"] = d.Drop.Round, ["happened"] = d.Happened, ["came_back"] = d.CameBack,
            })]),
            ["analyses"] = new JsonArray([.. run.Findings.Select(f => (JsonNode)new JsonObject
            {
                ["id"] = f.Analysis.Id, ["kind"] = f.Analysis.Kind, ["state"] = f.Document is null ? "refused" : "concluded", ["code"] = f.Document is null ? f.Code : null, ["reason"] = f.Document is null ? f.Reason : null,
            })]),
            ["seconds"] = new JsonObject(run.Phases.Select(p => KeyValuePair.Create(p.Name, (JsonNode?)double.Round(p.Duration.TotalSeconds, 6)))),
            ["bytes"] = bytes,
            ["peak_memory_bytes"] = new JsonObject { [Environment.ProcessId.ToString(CultureInfo.InvariantCulture)] = PeakMemory() },
        };
    }

    private static void WriteHarmonized(StudyRun run, string analysis, string path)
    {
        // The header and row order of the input. Columns that the study does not use are carried over as they came; rows it could not use are NA in the columns it uses.
        FeatureTable input = run.Features;
        var where = new Dictionary<string, (HarmonizedTable Table, int Row)>(StringComparer.Ordinal);
        foreach (SiteOutcome site in run.Sites)
        {
            if (!site.Harmonized.TryGetValue(analysis, out HarmonizedTable? table)) continue;
            for (int r = 0; r < table.RowIds.Length; r++) where[table.RowIds[r]] = (table, r);
        }

        int planned = run.Plan.Features.Length;
        Dictionary<string, int> column = run.Plan.Features.Select((name, f) => (name, f)).ToDictionary(f => f.name, f => f.f, StringComparer.Ordinal);
        int[] planColumn = [.. input.Features.Select(name => column.GetValueOrDefault(name, -1))];
        IEnumerable<string> Row(int r)
        {
            yield return input.RowIds[r];
            bool used = where.TryGetValue(input.RowIds[r], out (HarmonizedTable Table, int Row) found);
            for (int c = 0; c < planColumn.Length; c++)
            {
                double value = planColumn[c] < 0 ? input.Row(r)[c] : used ? found.Table.Features[((long)found.Row * planned) + planColumn[c]] : double.NaN;
                yield return NumberFormat.Full(value);
            }
        }

        CsvFile.Write(path, [run.IdColumn, .. input.Features], Enumerable.Range(0, input.RowIds.Length).Select(Row));
    }

    private static void WriteEstimates(StudyRun run, AnalysisFinding harmonization, string folder)
    {
        Directory.CreateDirectory(folder);
        WriteText(Path.Combine(folder, "features.csv"), harmonization.Document!.Tables.First(t => t.Name == "features").Csv);
        var estimates = new SortedDictionary<int, LocalScannerEstimates>();
        foreach (SiteOutcome site in run.Sites)
            if (site.Harmonized.TryGetValue(harmonization.Analysis.Id, out HarmonizedTable? table))
                foreach (LocalScannerEstimates scanner in table.Scanners) estimates[scanner.Scanner] = scanner;
        void Table(string name, Func<LocalScannerEstimates, double[]> values) => CsvFile.Write(
            Path.Combine(folder, name + ".csv"), ["batch", .. run.Plan.Features], estimates.Values.Select(e => values(e).Select(NumberFormat.Full).Prepend(run.Plan.Scanners[e.Scanner])));
        Table("gamma_hat", e => e.GammaHat);
        Table("delta_hat", e => e.DeltaHat);
        Table("gamma_star", e => e.GammaStar);
        Table("delta_star", e => e.DeltaStar);
    }

    private static void WriteFinding(StudyRun run, AnalysisFinding finding, string folder)
    {
        string file = Path.Combine(folder, finding.Analysis.Id);
        if (finding.Document is { } document)
        {
            WriteText(file + ".json", document.Json);
            if (document.Tables.Length > 0) WriteText(file + ".csv", document.Tables[0].Csv);
            return;
        }

        var refused = new JsonObject
        {
            ["study"] = run.Plan.Id,
            ["analysis"] = finding.Analysis.Id,
            ["kind"] = finding.Analysis.Kind,
            ["plan"] = PlanDigest(run),
            ["refused"] = new JsonObject { ["code"] = finding.Code, ["reason"] = finding.Reason },
            ["versions"] = Versions(),
        };
        WriteText(file + ".json", refused.ToJsonString(Readable) + "\n");
    }

    private static void WriteExchange(StudyRun run, string path) => CsvFile.Write(
        path, ["round", "attempt", "site", "direction", "kind", "analysis", "step", "shape", "bytes"],
        run.Exchange.Select(m => (IEnumerable<string>)
            [$"{m.Round}", $"{m.Attempt}", m.Site, m.ToCoordinator ? "to coordinator" : "to site", m.Kind, m.Analysis, m.Step, m.Shape, $"{m.Bytes}"]));

    /// <summary>SHA-256 of the plan document, as officers sign it.</summary>
    public static string PlanDigest(StudyRun run) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(run.PlanDocument));

    private static JsonObject Versions() => new()
    {
        ["federated"] = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3),
        ["runtime"] = Environment.Version.ToString(),
    };

    // The highest resident size the kernel has seen for this process; elsewhere than on Linux the runtime's own figure.
    private static long PeakMemory()
    {
        const string Status = "/proc/self/status";
        if (File.Exists(Status))
            foreach (string line in File.ReadLines(Status))
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal)) return 1024 * long.Parse(line.AsSpan(6).Trim().ToString().Split(' ')[0], CultureInfo.InvariantCulture);
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    private static void WriteText(string path, string text) => WriteAtomically(path, System.Text.Encoding.UTF8.GetBytes(text));

    private static void WriteAtomically(string path, byte[] bytes)
    {
        File.WriteAllBytes(path + ".partial", bytes);
        File.Move(path + ".partial", path, overwrite: true);
    }
}
