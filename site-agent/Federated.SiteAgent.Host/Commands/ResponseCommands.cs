using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using Federated.Analyses;
using Federated.Analyses.Tables;
using Federated.Imaging.Measurement;
using Federated.Imaging.Response;
using Federated.SiteAgent.Host.Responses;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Tables;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>response: how patients responded between two scans, by published criteria, from features that were measured or imported.</summary>
internal static class ResponseCommands
{
    public static Command Create(SharedOptions shared)
    {
        var limit = new Option<double?>("--limit") { Description = "Reduction in per cent that is exceeded by a good response (default: 66 after 2 cycles, 70 after 4).", HelpName = "PERCENT" };
        var markedly = new Option<double>("--markedly") { Description = "Times the liver above which uptake scores 5: 2 to 3.", HelpName = "TIMES", DefaultValueFactory = _ => 2 };
        var glycolysis = new Option<string?>("--glycolysis") { Description = "The feature of total lesion glycolysis, where several were measured.", HelpName = "NAME" };
        var command = new Command("response", "How patients responded between two scans, by published criteria.");
        command.Add(Criterion(shared, "percist", "PERCIST 1.0 (Wahl 2009): SULpeak of the hottest lesions, against liver or blood pool. Needs suvpeak_global by lean body mass, and liver_suvmean and liver_suvsd.", (parsed, uptake, feature) => Percist(uptake, feature, parsed.GetValue(glycolysis)), glycolysis));
        command.Add(Criterion(shared, "eortc", "EORTC 1999 (Young 1999): change of SUVmax, or of the feature you name.", (_, uptake, feature) => Eortc(uptake, feature)));
        command.Add(Criterion(shared, "deauville", "Deauville five-point scale (Barrington 2014): SUVmax against liver_suvmax and bloodpool_suvmax of the follow-up.", (parsed, uptake, feature) => DeauvilleScore(uptake, feature, parsed.GetValue(markedly)), markedly));
        command.Add(Criterion(shared, "delta-suvmax", "Reduction of SUVmax (Lin 2007, Casasnovas 2011).", (parsed, uptake, feature) => Delta(uptake, feature, parsed.GetValue(limit)), limit));
        return command;
    }

    private delegate Func<ScanPair, ResponseVerdict> Assessment(ParseResult parsed, MeasuredUptake uptake, string? feature);

    private static Command Criterion(SharedOptions shared, string name, string about, Assessment assess, params Option[] own)
    {
        var plan = new Option<string?>("--plan") { Description = "Features measured here as this study says: a study file, or the id of a study shown to this site.", HelpName = "STUDY|FILE" };
        var features = new Option<string?>("--features") { Description = "Features from a CSV file instead.", HelpName = "FILE" };
        var pairs = new Option<string>("--pairs")
        {
            Description = "CSV with one row per patient: id, baseline and follow-up (row ids of scans), new-lesions, resolved, progression, liver-diseased (yes or no), cycles.",
            HelpName = "LIST",
            Required = true,
        };
        var feature = new Option<string?>("--feature") { Description = "The feature compared, where its measure alone does not tell.", HelpName = "NAME" };
        var csv = new Option<string?>("--csv") { Description = "Write the responses to this file as well, ready for: federated-site cohort import.", HelpName = "OUT" };
        var key = new Option<string>("--key") { Description = "What the rows of that file are named after.", DefaultValueFactory = _ => "baseline" };
        key.AcceptOnlyFromAmong("baseline", "follow-up", "patient");
        var command = new Command(
            name,
            $"""
            {about} What no region says (new lesions, complete resolution) is read from the list; where it is needed and missing, the response is not assessed, never guessed.

            Example:
              federated-site response {name} --plan study.yaml --pairs pairs.csv --csv response.csv
            """)
        { plan, features, pairs, feature, csv, key };
        foreach (Option option in own) command.Add(option);
        shared.SetAction(command, (parsed, session, page, _) =>
        {
            FeatureTable table = Table(parsed.GetValue(plan), parsed.GetValue(features), session);
            var uptake = new MeasuredUptake(table);
            Func<ScanPair, ResponseVerdict> verdict = assess(parsed, uptake, parsed.GetValue(feature));
            string list = parsed.GetValue(pairs)!;
            using Stream stream = TableCommands.Open(list);
            bool needsBaseline = name is not "deauville" || parsed.GetValue(key) is "baseline";
            ImmutableArray<ScanPair> scans = ScanPairs.Of(CsvTable.ReadCohort(stream, Path.GetFileName(list)), needsBaseline);
            (ScanPair Pair, ResponseVerdict Verdict)[] responses = [.. scans.Select(pair => (pair, Missing(uptake, pair, needsBaseline && name is not "deauville") ?? verdict(pair)))];
            if (parsed.GetValue(csv) is { } output) WriteCsv(output, name.Replace('-', '_'), parsed.GetValue(key)!, responses);
            Print(page, name, responses);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static Func<ScanPair, ResponseVerdict> Percist(MeasuredUptake uptake, string? feature, string? chosen)
    {
        UptakeName peak = uptake.Find("suvpeak_global", feature, lean: true);
        if (!peak.Measure.StartsWith("suvpeak_", StringComparison.Ordinal) || peak.Lesions is "_largest")
            throw new SiteErrorException("E3507", ExitCode.Input, $"{PlainText.Shown(peak.Feature)} is no peak of the hottest lesion, which PERCIST compares; measure suvpeak_global of lesions: total or hottest");
        string? glycolysis = chosen ?? uptake.Only("tlg", peak);
        return pair => Imaging.Response.Percist.Assess(Scan(pair.Baseline), Scan(pair.FollowUp), pair.Reader);

        PercistScan Scan(string scan) => new(
            uptake.Value(scan, peak.Feature), uptake.Tissue(scan, "liver_suvmean", peak), uptake.Tissue(scan, "liver_suvsd", peak), uptake.Tissue(scan, "bloodpool_suvmean", peak),
            uptake.Tissue(scan, "bloodpool_suvsd", peak), glycolysis is null ? double.NaN : uptake.Value(scan, glycolysis));
    }

    private static Func<ScanPair, ResponseVerdict> Eortc(MeasuredUptake uptake, string? feature)
    {
        UptakeName suv = uptake.Find("suvmax", feature, lean: false);
        return pair => Eortc1999.Assess(uptake.Value(pair.Baseline, suv.Feature), uptake.Value(pair.FollowUp, suv.Feature), pair.Reader);
    }

    private static Func<ScanPair, ResponseVerdict> DeauvilleScore(MeasuredUptake uptake, string? feature, double markedly)
    {
        UptakeName suv = uptake.Find("suvmax", feature, lean: false);
        if (markedly is not (>= 2 and <= 3)) throw new SiteErrorException("E3000", ExitCode.Input, "--markedly is a number from 2 to 3");
        return pair => Deauville.Score(
            uptake.Value(pair.FollowUp, suv.Feature), uptake.Tissue(pair.FollowUp, "liver_suvmax", suv), uptake.Tissue(pair.FollowUp, "bloodpool_suvmax", suv), pair.Reader, markedly);
    }

    private static Func<ScanPair, ResponseVerdict> Delta(MeasuredUptake uptake, string? feature, double? limit)
    {
        UptakeName suv = uptake.Find("suvmax", feature, lean: false);
        if (limit is not (null or (>= 0 and < 100))) throw new SiteErrorException("E3000", ExitCode.Input, "--limit is a number of per cent from 0 to less than 100");
        return pair => DeltaSuvMax.Assess(uptake.Value(pair.Baseline, suv.Feature), uptake.Value(pair.FollowUp, suv.Feature), pair.Reader.Cycles, limit);
    }

    private static FeatureTable Table(string? plan, string? file, SiteSession session)
    {
        if (plan is null == file is null) throw new SiteErrorException("E3000", ExitCode.Input, "Name the features: either --plan, for those measured here, or --features FILE");
        if (file is not null)
        {
            using Stream stream = TableCommands.Open(file);
            return CsvTable.ReadFeatures(stream, Path.GetFileName(file));
        }
        MeasurementProtocol protocol = MeasurementOptions.Protocol(plan!, session);
        MeasuredRow[] rows = [.. session.Measured.Rows(protocol.Digest).Where(r => r.Values is not null)];
        return new FeatureTable("the measured features", [.. rows.Select(r => r.RowId)], protocol.Features, [.. rows.SelectMany(r => r.Values!)]);
    }

    private static ResponseVerdict? Missing(MeasuredUptake uptake, ScanPair pair, bool needsBaseline)
    {
        // A follow-up in which nothing is left may have nothing to measure.
        string? missing = needsBaseline && !uptake.Has(pair.Baseline) ? pair.Baseline : !uptake.Has(pair.FollowUp) && pair.Reader is not ({ Resolved: true } or { NewLesions: true }) ? pair.FollowUp : null;
        return missing is null ? null : new ResponseVerdict(null, null, double.NaN, missing.Length == 0 ? "a scan is not named" : $"scan {PlainText.Shown(missing)} has no features here");
    }

    private static void Print(Page page, string name, (ScanPair Pair, ResponseVerdict Verdict)[] responses)
    {
        page.Table(
            ["patient", name, "change", "why"],
            responses.Select(r => (string[])[PlainText.Shown(r.Pair.Patient), r.Verdict.Category ?? "not assessed", double.IsNaN(r.Verdict.Change) ? "" : r.Verdict.Change.ToString("0.##", CultureInfo.InvariantCulture), r.Verdict.Reason]));
        page.Line();
        foreach (IGrouping<string, (ScanPair, ResponseVerdict Verdict)> group in responses.GroupBy(r => r.Verdict.Category ?? "not assessed", StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
            page.Line($"{group.Key}: {group.Count()}");
        page.Json(new
        {
            Criteria = name,
            Responses = responses.Select(r => new
            {
                r.Pair.Patient,
                r.Pair.Baseline,
                r.Pair.FollowUp,
                r.Verdict.Category,
                r.Verdict.Responds,
                Change = double.IsFinite(r.Verdict.Change) ? r.Verdict.Change : (double?)null,
                r.Verdict.Reason,
            }),
        });
    }

    private static void WriteCsv(string path, string name, string key, (ScanPair Pair, ResponseVerdict Verdict)[] responses)
    {
        var text = new StringBuilder($"row,{name},{name}_change,{name}_responder\n");
        foreach ((ScanPair pair, ResponseVerdict verdict) in responses)
        {
            string id = key switch { "baseline" => pair.Baseline, "follow-up" => pair.FollowUp, _ => pair.Patient };
            text.Append(id.AsSpan().ContainsAny(",\"") ? $"\"{id.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : id).Append(',').Append(verdict.Category ?? "NA").Append(',')
                .Append(double.IsFinite(verdict.Change) ? verdict.Change.ToString("R", CultureInfo.InvariantCulture) : "NA").Append(',').Append(verdict.Responds switch { true => "1", false => "0", _ => "NA" }).Append('\n');
        }

        try
        {
            File.WriteAllText(path, text.ToString());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3201", ExitCode.Input, $"{path}: cannot be written ({failure.Message}); choose another place", failure);
        }
    }
}
