using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Federated.Analyses;
using Federated.Imaging.Dicom;
using Federated.Imaging.Measurement;
using Federated.SiteAgent.Host.Extraction;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>features conformance: how the scans of a list were acquired, held against the study's protocol, before anything is measured.</summary>
internal static class ConformanceCommand
{
    public static Command Create(SharedOptions shared)
    {
        var measurement = new MeasurementOptions();
        var command = new Command(
            "conformance",
            """
            How the scans of a list were acquired, held against a study's protocol: time from injection, dose, weight, glucose, corrections, reconstruction, software. Only headers are
            read; nothing is measured or kept. Reconstruction and software are counted by what they are, so that a change shows.

            Example:
              federated-site features conformance --plan study.yaml --cohort list.csv
            """);
        measurement.AddTo(command);
        shared.SetAction(command, (parsed, session, page, cancellation) =>
        {
            MeasurementProtocol protocol = measurement.Protocol(parsed, session);
            ImageLibrary library = measurement.Library(parsed, session);
            var read = ImmutableArray.CreateBuilder<Checked>();
            foreach (ListedScan scan in measurement.Scans(parsed))
            {
                cancellation.ThrowIfCancellationRequested();
                read.Add(Check(scan, library, protocol));
            }

            return Task.FromResult(Show(page, protocol, read.ToImmutable()));
        });
        return command;
    }

    private static Checked Check(ListedScan scan, ImageLibrary library, MeasurementProtocol protocol)
    {
        try
        {
            DicomDataset[] slices = [.. library.Series(scan.Series).Select(ImageLibrary.HeaderOf).Where(h => h?.GetStringOrNull(DicomTag.Modality) is "PT").Select(h => h!)];
            if (slices.Length == 0 && !ImageLibrary.IsNifti(scan.Series)) return new Checked(scan.RowId, null, [], "the series holds no PT images: choose another series");
            var conformance = SeriesConformance.Of(slices, protocol.Tracer, protocol.Conformance, scan.Glucose);
            return new Checked(scan.RowId, conformance, protocol.Conformance is { } rule ? [.. conformance.Against(rule).Select(f => f.Check)] : [], null);
        }
        catch (Exception failure) when (ScanExtraction.Reason(failure) is { } reason)
        {
            return new Checked(scan.RowId, null, [], reason);
        }
    }

    private static ExitCode Show(Page page, MeasurementProtocol protocol, ImmutableArray<Checked> scans)
    {
        Tally[] tallies = [.. SeriesConformance.Checks.Select(check => Tally.Of(check, scans, protocol.Conformance))];
        page.Table(
            ["check", "conforms", "deviates", "missing", "noted", "leaves out", "limit"],
            tallies.Select(t => (string[])[t.Check, N(t.Conforms), N(t.Deviates), N(t.Missing), N(t.Noted), N(t.LeavesOut), $"{t.Limit}{(t.Source is null ? "" : $" ({t.Source})")}"]));
        foreach (Tally tally in tallies.Where(t => t.Kinds.Length > 0))
        {
            page.Line();
            page.Line($"{tally.Check}:");
            foreach ((string kind, int count) in tally.Kinds) page.Line($"  {PlainText.Shown(kind, 200)} ({count})");
        }

        Checked[] unread = [.. scans.Where(s => s.Obstacle is not null)], left = [.. scans.Where(s => s.LeftOutBy.Length > 0)];
        if (left.Length + unread.Length > 0)
        {
            page.Line();
            page.Table(
                ["scan", "why it would be left out"],
                left.Concat(unread).Select(s => (string[])[PlainText.Shown(s.RowId), s.Obstacle is { } why ? PlainText.Shown(why, 400) : string.Join("; ", s.LeftOutBy.Select(check => Words(s, check)))]));
        }

        page.Line();
        page.Line($"{scans.Length} scans: {scans.Length - left.Length - unread.Length} would be measured, {left.Length} left out by the protocol, {unread.Length} cannot be read");
        page.Json(new
        {
            Protocol = protocol.Digest,
            Scans = scans.Select(s => new
            {
                Row = s.RowId,
                s.Obstacle,
                s.LeftOutBy,
                Findings = s.Conformance?.Findings.Select(f => new { f.Check, Outcome = f.Outcome.ToString(), f.Found, f.Limit, f.Source }),
            }),
            Checks = tallies.Select(t => new { t.Check, t.Conforms, t.Deviates, t.Missing, t.Noted, t.LeavesOut, t.Limit, t.Source, Found = t.Kinds.Select(k => new { k.Kind, k.Count }) }),
        });
        return unread.Length == 0 ? ExitCode.Done : ExitCode.Input;
    }

    private static string Words(Checked scan, string check)
    {
        ConformanceFinding finding = scan.Conformance!.Findings.First(f => string.Equals(f.Check, check, StringComparison.Ordinal));
        return $"{check}: {finding.Found ?? "not stated"}{(finding.Limit is null ? "" : $", asked for {finding.Limit}")}";
    }

    private static string N(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private sealed record Checked(string RowId, SeriesConformance? Conformance, ImmutableArray<string> LeftOutBy, string? Obstacle);

    /// <summary>One check over all scans. Kinds: what was noted, where there is no limit, with how often.</summary>
    private sealed record Tally(string Check, int Conforms, int Deviates, int Missing, int Noted, int LeavesOut, string? Limit, string? Source, ImmutableArray<(string Kind, int Count)> Kinds)
    {
        public static Tally Of(string check, ImmutableArray<Checked> scans, ConformanceRule? rule)
        {
            ConformanceFinding[] found = [.. scans.Where(s => s.Conformance is not null).Select(s => s.Conformance!.Findings.First(f => string.Equals(f.Check, check, StringComparison.Ordinal)))];
            int leaves = rule is null ? 0 : scans.Count(s => s.LeftOutBy.Contains(check, StringComparer.Ordinal));
            ImmutableArray<(string, int)> kinds = check is "reconstruction" or "software-version"
                ? [.. found.Where(f => f.Found is not null).GroupBy(f => f.Found!, StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, g.Count()))]
                : [];
            return new Tally(
                check, Count(ConformanceOutcome.Conforms), Count(ConformanceOutcome.Deviates), Count(ConformanceOutcome.Missing), Count(ConformanceOutcome.Noted), leaves,
                found.FirstOrDefault()?.Limit, found.FirstOrDefault()?.Source, kinds);

            int Count(ConformanceOutcome outcome) => found.Count(f => f.Outcome == outcome);
        }
    }
}
