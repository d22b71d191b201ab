using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json.Nodes;
using Federated.Analyses;
using Federated.Imaging.Measurement;
using Federated.SiteAgent.Host.Storage;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>features show and features names: what was imported, what was measured and how, and what a study's measurement section would give.</summary>
internal static class FeatureCommands
{
    public static Command Show(SharedOptions shared)
    {
        var provenance = new Option<string?>("--provenance") { Description = "What a row was measured from and how: series, region, adaptations, warnings. Stays here.", HelpName = "ROW" };
        var protocol = new Option<string?>("--protocol") { Description = "The rows measured under this protocol: at least 8 characters of its digest.", HelpName = "DIGEST" };
        var command = new Command(
            "show",
            """
            Rows, and the names of all features: those imported, and those measured here under each protocol.

            Examples:
              federated-site features show
              federated-site features show --provenance P017
            """)
        { provenance, protocol };
        shared.SetAction(command, (parsed, session, page, _) =>
        {
            string? row = parsed.GetValue(provenance);
            ImmutableArray<MeasuredUnder> protocols = Chosen(session.Measured.Protocols(), parsed.GetValue(protocol));
            return Task.FromResult(row is not null ? Provenance(session, page, protocols, row) : parsed.GetValue(protocol) is not null ? Rows(session, page, protocols) : Overview(session, page, protocols));
        });
        return command;
    }

    public static Command Names(SharedOptions shared)
    {
        var plan = new Option<string>("--plan") { Description = "A study file, or the id of a study shown to this site.", HelpName = "STUDY|FILE", Required = true };
        var command = new Command(
            "names",
            """
            The names of the features that a study's measurement section gives: what its `features: names` may list. Checks the section on the way.

            Example:
              federated-site features names --plan study.yaml
            """)
        { plan };
        shared.SetAction(command, (parsed, session, page, _) =>
        {
            MeasurementProtocol protocol = MeasurementOptions.Protocol(parsed.GetValue(plan)!, session);
            page.Line($"protocol {protocol.Digest}, {protocol.Features.Length} features");
            foreach (string feature in protocol.Features) page.Line($"  {feature}");
            page.Json(new { Protocol = protocol.Digest, protocol.Features });
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static ImmutableArray<MeasuredUnder> Chosen(ImmutableArray<MeasuredUnder> protocols, string? prefix)
    {
        if (prefix is null) return protocols;
        MeasuredUnder[] found = prefix.Length < 8 ? [] : [.. protocols.Where(p => p.Digest.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))];
        return found is [{ } only] ? [only] : throw new SiteErrorException("E3505", ExitCode.Input, $"No protocol here begins with '{PlainText.Shown(prefix)}'; federated-site features show lists them");
    }

    private static ExitCode Overview(SiteSession session, Page page, ImmutableArray<MeasuredUnder> protocols)
    {
        (long rows, var features) = session.Tables.Features();
        page.Line($"{rows} rows, {features.Length} features");
        foreach (string feature in features) page.Line($"  {PlainText.Shown(feature)}");
        foreach (MeasuredUnder protocol in protocols)
        {
            page.Line();
            page.Line($"measured under protocol {protocol.Digest[..12]}: {protocol.Features.Length} features, {Counted(protocol)}");
            foreach (string feature in protocol.Features) page.Line($"  {feature}");
        }

        if (protocols.IsEmpty) page.Json(new { Rows = rows, Features = features });
        else page.Json(new { Rows = rows, Features = features, Measured = protocols.Select(p => new { Protocol = p.Digest, p.Features, Rows = p.Rows.Select(r => new { Outcome = r.Key.ToString(), Scans = r.Value }) }) });
        return ExitCode.Done;
    }

    private static ExitCode Rows(SiteSession session, Page page, ImmutableArray<MeasuredUnder> protocols)
    {
        ImmutableArray<MeasuredRow> rows = session.Measured.Rows(protocols[0].Digest);
        page.Line($"protocol {protocols[0].Digest}: {Counted(protocols[0])}");
        page.Table(["row", "outcome", "reason"], rows.Select(r => (string[])[PlainText.Shown(r.RowId), Word(r.Outcome), PlainText.Shown(r.Reason, 400)]));
        page.Json(new { Protocol = protocols[0].Digest, protocols[0].Features, Rows = rows.Select(r => new { Row = r.RowId, Outcome = r.Outcome.ToString(), r.Reason, Values = Values(r) }) });
        return ExitCode.Done;
    }

    private static ExitCode Provenance(SiteSession session, Page page, ImmutableArray<MeasuredUnder> protocols, string id)
    {
        (MeasuredUnder Protocol, MeasuredRow Row)[] found =
            [.. protocols.Select(p => (p, session.Measured.Find(p.Digest, id))).Where(f => f.Item2 is not null).Select(f => (f.p, f.Item2!))];
        if (found.Length == 0)
            throw new SiteErrorException("E3505", ExitCode.Input, $"No row '{PlainText.Shown(id)}' was measured here; imported rows have no provenance");
        foreach ((MeasuredUnder protocol, MeasuredRow row) in found)
        {
            page.Line($"{PlainText.Shown(id)} under protocol {protocol.Digest}: {Word(row.Outcome)}{(row.Reason.Length > 0 ? $" ({PlainText.Shown(row.Reason, 400)})" : "")}");
            foreach ((string key, JsonNode? value) in JsonNode.Parse(row.Provenance)!.AsObject())
                if (value is not null and not JsonArray { Count: 0 }) Lines(page, key, value, 2);
            if (row.Values is { } values)
                for (int f = 0; f < values.Length; f++) page.Line($"  {protocol.Features[f]} = {(double.IsNaN(values[f]) ? "undefined" : values[f].ToString("R", System.Globalization.CultureInfo.InvariantCulture))}");
        }

        page.Json(found.Select(f => new
        {
            Protocol = f.Protocol.Digest,
            Row = f.Row.RowId,
            Outcome = f.Row.Outcome.ToString(),
            f.Row.Reason,
            f.Protocol.Features,
            Values = Values(f.Row),
            Provenance = JsonNode.Parse(f.Row.Provenance),
        }).ToArray());
        return ExitCode.Done;
    }

    private static void Lines(Page page, string key, JsonNode value, int indent)
    {
        string lead = new(' ', indent);
        switch (value)
        {
            case JsonArray { Count: > 0 } list when list[0] is JsonObject:
                page.Line($"{lead}{key}:");
                foreach (JsonNode? entry in list)
                    page.Line($"{lead}  - {string.Join(", ", entry!.AsObject().Where(m => m.Value is not null).Select(m => $"{m.Key} {PlainText.Shown(m.Value!.ToString(), 200)}"))}");
                break;
            case JsonArray list:
                page.Line($"{lead}{key}: {string.Join(", ", list.Select(v => PlainText.Shown(v?.ToString() ?? "", 400)))}");
                break;
            case JsonObject entry:
                page.Line($"{lead}{key}:");
                foreach ((string name, JsonNode? member) in entry)
                    if (member is not null and not JsonArray { Count: 0 }) Lines(page, name, member, indent + 2);
                break;
            default:
                page.Line($"{lead}{key}: {PlainText.Shown(value.ToString(), 400)}");
                break;
        }
    }

    private static double?[]? Values(MeasuredRow row) => row.Values is null ? null : [.. row.Values.Select(v => double.IsNaN(v) ? (double?)null : v)];

    private static string Counted(MeasuredUnder protocol) => protocol.Rows.IsEmpty ? "no rows" : string.Join(", ", protocol.Rows.Select(r => $"{r.Value} {Word(r.Key)}"));

    private static string Word(MeasuredOutcome outcome) => outcome switch { MeasuredOutcome.Measured => "measured", MeasuredOutcome.Excluded => "left out by the protocol", _ => "not measurable" };
}
