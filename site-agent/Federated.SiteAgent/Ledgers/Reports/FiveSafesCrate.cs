using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federated.Ledger.Entries;

namespace Federated.SiteAgent.Ledgers.Reports;

/// <summary>One file of a crate.</summary>
public sealed record CrateFile(string Name, string MediaType, string Description, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// A study's disclosures as a Five Safes RO-Crate (profile 0.4, https://w3id.org/5s-crate/0.4, on RO-Crate 1.1): safe project (approval), people (who approved), settings (this
/// agent), data (what was read) and outputs (every check of the gate). Pure: the metadata document follows from the ledger.
/// </summary>
public static class FiveSafesCrate
{
    private const string Terms = "https://w3id.org/shp#";
    private const string Completed = "http://schema.org/CompletedActionStatus";
    private const string Failed = "http://schema.org/FailedActionStatus";

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>ro-crate-metadata.json of one study.</summary>
    /// <param name="disclosures">What left for it; at least one.</param>
    /// <param name="declines">Refusals in its name.</param>
    /// <param name="files">What lies beside the document.</param>
    /// <param name="details">The hospital.</param>
    /// <param name="version">Version of this agent.</param>
    /// <param name="published">When it is made.</param>
    public static byte[] Metadata(
        ImmutableArray<Disclosure> disclosures, IEnumerable<LedgerEntry> declines, IEnumerable<CrateFile> files, RegisterDetails details, string version, DateTimeOffset published)
    {
        ArgumentOutOfRangeException.ThrowIfZero(disclosures.Length, nameof(disclosures));
        Disclosure first = disclosures[0], last = disclosures[^1];
        string plan = $"urn:sha256:{first.Plan}", officer = $"#officer-{Slug(first.Stated("officer"))}", hospital = "#hospital", agent = "#agent";
        var graph = new JsonArray(
            new JsonObject { ["@id"] = "ro-crate-metadata.json", ["@type"] = "CreativeWork", ["conformsTo"] = Id("https://w3id.org/ro/crate/1.1"), ["about"] = Id("./") });
        JsonArray outputs = [.. disclosures.Select(d => (JsonNode)Id(Output(d)))];
        JsonArray checks = [.. disclosures.Select(d => (JsonNode)Id(Check(d.Entry)))];
        LedgerEntry[] refused = [.. declines];
        JsonArray mentions = [Id("#run"), Id("#sign-off"), .. checks.Select(c => c!.DeepClone()), .. refused.Select(r => (JsonNode)Id(Check(r)))];
        JsonArray parts = [.. files.Select(f => (JsonNode)Id(f.Name))];
        graph.Add(new JsonObject
        {
            ["@id"] = "./",
            ["@type"] = "Dataset",
            ["conformsTo"] = Id("https://w3id.org/5s-crate/0.4"),
            ["name"] = $"Disclosures of {first.Stated("title", first.Study)}",
            ["description"] = $"Everything that left this hospital for the study {first.Study}: {first.Purpose}",
            ["datePublished"] = Instant(published),
            ["license"] = "Confidential: for auditors of the hospital.",
            ["mainEntity"] = Id(plan),
            ["sourceOrganization"] = Id("#project"),
            ["hasPart"] = parts,
            ["mentions"] = mentions,
        });
        foreach (CrateFile file in files)
        {
            graph.Add(new JsonObject
            {
                ["@id"] = file.Name,
                ["@type"] = "File",
                ["name"] = file.Description,
                ["encodingFormat"] = file.MediaType,
                ["contentSize"] = file.Bytes.Length.ToString(CultureInfo.InvariantCulture),
                ["sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file.Bytes.Span)),
            });
        }

        graph.Add(new JsonObject { ["@id"] = plan, ["@type"] = new JsonArray("SoftwareSourceCode", "ComputationalWorkflow"), ["name"] = first.Stated("title", first.Study), ["identifier"] = first.Plan, ["description"] = first.Purpose });
        graph.Add(new JsonObject { ["@id"] = "#project", ["@type"] = "Project", ["name"] = first.Stated("title", first.Study), ["identifier"] = first.Approval, ["memberOf"] = Id("#recipient") });
        graph.Add(new JsonObject { ["@id"] = "#recipient", ["@type"] = "Organization", ["name"] = first.Recipient });
        graph.Add(new JsonObject { ["@id"] = hospital, ["@type"] = "Organization", ["name"] = details.Controller ?? "not stated" });
        graph.Add(new JsonObject { ["@id"] = officer, ["@type"] = "Person", ["name"] = first.Stated("officer"), ["affiliation"] = Id(hospital) });
        graph.Add(new JsonObject { ["@id"] = agent, ["@type"] = "SoftwareApplication", ["name"] = "federated-site", ["softwareVersion"] = version });
        graph.Add(new JsonObject { ["@id"] = "#policy", ["@type"] = "CreativeWork", ["name"] = "The site's disclosure rules: limits and outcomes stand in each check" });
        graph.Add(new JsonObject { ["@id"] = "#rows", ["@type"] = "Dataset", ["name"] = "Rows of the hospital's cohort; they stay there", ["description"] = $"{last.RowsAbout} rows; variables: {first.Variables}" });
        graph.Add(new JsonObject
        {
            ["@id"] = "#sign-off",
            ["@type"] = "AssessAction",
            ["additionalType"] = Id(Terms + "SignOff"),
            ["name"] = "The officer approved the plan",
            ["agent"] = Id(officer),
            ["object"] = new JsonArray(Id("./"), Id(plan)),
            ["instrument"] = Id("#policy"),
            ["endTime"] = first.Stated("decided-at"),
            ["actionStatus"] = Completed,
        });
        graph.Add(new JsonObject
        {
            ["@id"] = "#run",
            ["@type"] = "CreateAction",
            ["name"] = "This hospital's part of the study",
            ["instrument"] = Id(plan),
            ["agent"] = Id(agent),
            ["object"] = new JsonArray(Id("#rows")),
            ["result"] = outputs,
            ["startTime"] = Instant(first.Entry.At),
            ["endTime"] = Instant(last.Entry.At),
            ["actionStatus"] = Completed,
        });
        foreach (Disclosure d in disclosures)
        {
            graph.Add(new JsonObject { ["@id"] = Output(d), ["@type"] = "CreativeWork", ["name"] = $"{d.Stated("analysis")}, {d.Stated("step")}, round {d.Entry.Fields.FindWhole("round")}", ["description"] = d.Description, ["sha256"] = d.Entry.Fields.FindHex("payload") });
            graph.Add(Assessment(d.Entry, Id(Output(d)), agent, passed: true));
        }

        foreach (LedgerEntry decline in refused) graph.Add(Assessment(decline, Id(plan), agent, passed: false));
        var document = new JsonObject { ["@context"] = new JsonArray("https://w3id.org/ro/crate/1.1/context", new JsonObject { ["sha256"] = "https://w3id.org/ro/terms/workflow-run#sha256" }), ["@graph"] = graph };
        return Encoding.UTF8.GetBytes(document.ToJsonString(Format) + "\n");
    }

    private static JsonObject Assessment(LedgerEntry entry, JsonNode assessed, string agent, bool passed) => new()
    {
        ["@id"] = Check(entry),
        ["@type"] = "AssessAction",
        ["additionalType"] = Id(Terms + "DisclosureCheck"),
        ["name"] = passed ? "Every disclosure rule passed" : $"Refused: {entry.Fields.FindText("code")}",
        ["description"] = string.Join("; ", entry.Fields.FindGroups("checks").Select(Words)),
        ["agent"] = Id(agent),
        ["object"] = assessed,
        ["instrument"] = Id("#policy"),
        ["endTime"] = Instant(entry.At),
        ["actionStatus"] = passed ? Completed : Failed,
    };

    private static string Words(LedgerFields check)
    {
        bool passed = check.All.GetValueOrDefault("passed") is LedgerValue.Flag { Value: true };
        string limit = check.All.GetValueOrDefault("limit") is LedgerValue.Real { Value: var value } ? $" (limit {value.ToString("0.###", CultureInfo.InvariantCulture)})" : "";
        return $"{check.FindText("rule")}{limit}: {(passed ? "passed" : "FAILED")}";
    }

    private static string Output(Disclosure d) => $"#output-{d.Entry.Leaf.ToString()[..16]}";

    private static string Check(LedgerEntry entry) => $"#check-{entry.Leaf.ToString()[..16]}";

    private static JsonObject Id(string id) => new() { ["@id"] = id };

    private static string Instant(DateTimeOffset at) => at.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Slug(string name) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..12];
}
