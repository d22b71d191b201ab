using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;

namespace Federated.Simulator.Output;

/// <summary>Writes everything a finished study leaves for people and programs into one folder.</summary>
public static class ResultsFolder
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the folder; files of an earlier run with the same names are replaced, others are left alone.</summary>
    public static void Write(StudyRun run, string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "analyses"));
        WriteAtomically(Path.Combine(folder, "plan.json"), run.PlanDocument);
        WriteText(Path.Combine(folder, "manifest.txt"), run.Manifest);
        string? harmonization = run.Analyses.LastOrDefault(a => a.Kind == "combat" && a.Result is not null)?.Id;
        if (harmonization is not null)
        {
            WriteHarmonized(run, harmonization, Path.Combine(folder, "harmonized.csv"));
            WriteEstimates(run, harmonization, Path.Combine(folder, "harmonization"));
        }

        foreach (AnalysisOutcome outcome in run.Analyses) WriteAnalysis(run, outcome, Path.Combine(folder, "analyses"));
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
            ["analyses"] = new JsonArray([.. run.Analyses.Select(a => (JsonNode)new JsonObject { ["id"] = a.Id, ["kind"] = a.Kind, ["state"] = a.Result is null ? "refused" : "concluded", ["reason"] = a.Refusal })]),
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
                double value = planColumn[c] < 0 ? input.Values[((long)r * planColumn.Length) + c] : used ? found.Table.Features[((long)found.Row * planned) + planColumn[c]] : double.NaN;
                yield return NumberFormat.Full(value);
            }
        }

        CsvFile.Write(path, [input.IdColumn, .. input.Features], Enumerable.Range(0, input.RowIds.Length).Select(Row));
    }

    private static void WriteEstimates(StudyRun run, string analysis, string folder)
    {
        Directory.CreateDirectory(folder);
        AnalysisResult result = run.Analyses.Single(a => a.Id == analysis).Result!;
        ResultTable features = result.Tables.First(t => t.Name == "features");
        CsvFile.Write(Path.Combine(folder, "features.csv"), features.Columns, features.Rows.Select(Cells));

        var estimates = new SortedDictionary<int, LocalScannerEstimates>();
        foreach (SiteOutcome site in run.Sites)
            if (site.Harmonized.TryGetValue(analysis, out HarmonizedTable? table))
                foreach (LocalScannerEstimates scanner in table.Scanners) estimates[scanner.Scanner] = scanner;
        void Table(string name, Func<LocalScannerEstimates, double[]> values) => CsvFile.Write(
            Path.Combine(folder, name + ".csv"), ["batch", .. run.Plan.Features], estimates.Values.Select(e => values(e).Select(NumberFormat.Full).Prepend(run.Plan.Scanners[e.Scanner])));
        Table("gamma_hat", e => e.GammaHat);
        Table("delta_hat", e => e.DeltaHat);
        Table("gamma_star", e => e.GammaStar);
        Table("delta_star", e => e.DeltaStar);
    }

    private static void WriteAnalysis(StudyRun run, AnalysisOutcome outcome, string folder)
    {
        var document = outcome.Result is null
            ? new JsonObject { ["refused"] = new JsonObject { ["code"] = outcome.RefusalCode, ["reason"] = outcome.Refusal } }
            : (JsonObject)outcome.Result.Document.DeepClone();
        document["id"] = outcome.Id;
        document["kind"] = outcome.Kind;
        document["plan_digest"] = PlanDigest(run);
        document["versions"] = Versions();
        WriteText(Path.Combine(folder, outcome.Id + ".json"), document.ToJsonString(Readable) + "\n");
        if (outcome.Result is not { Tables: [ResultTable first, ..] }) return;
        CsvFile.Write(Path.Combine(folder, outcome.Id + ".csv"), first.Columns, first.Rows.Select(Cells));
    }

    private static void WriteExchange(StudyRun run, string path) => CsvFile.Write(
        path, ["round", "attempt", "site", "direction", "kind", "analysis", "step", "shape", "bytes"],
        run.Exchange.Select(m => (IEnumerable<string>)
            [$"{m.Round}", $"{m.Attempt}", m.Site, m.ToCoordinator ? "to coordinator" : "to site", m.Kind, m.Analysis, m.Step, m.Shape, $"{m.Bytes}"]));

    private static IEnumerable<string> Cells(IReadOnlyList<object?> row) => row.Select(cell => cell switch
    {
        null => "",
        double number => NumberFormat.Full(number),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    });

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
