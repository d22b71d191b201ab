using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>How a job of Orthanc stands.</summary>
/// <param name="State">Pending, Running, Success, Failure, Paused or Retry.</param>
/// <param name="Progress">Percent.</param>
/// <param name="Error">What Orthanc says went wrong; empty when nothing did.</param>
public sealed record OrthancJob(string State, int Progress, string Error);

/// <summary>The part of Orthanc's own REST that reaches archives behind it by DIMSE: C-ECHO, C-FIND, C-MOVE.</summary>
public sealed class OrthancRest(ArchiveHttp http, ArchiveEntry entry)
{
    private const string Json = "application/json";

    private static readonly string[] SeriesKeys =
    [
        "PatientID", "StudyDate", "AccessionNumber", "Modality", "SeriesDescription", "StudyDescription", "StudyInstanceUID", "SeriesInstanceUID", "NumberOfSeriesRelatedInstances",
    ];

    /// <summary>Orthanc's version and its own application entity title.</summary>
    public async Task<(string Version, string Aet)> SystemAsync(CancellationToken cancellation)
    {
        JsonNode? system = await GetAsync("system", cancellation);
        return (Text(system, "Version"), Text(system, "DicomAet"));
    }

    /// <summary>Names of its plugins; "dicom-web" is the one that fetching needs.</summary>
    public Task<ImmutableArray<string>> PluginsAsync(CancellationToken cancellation) => NamesAsync("plugins", cancellation);

    /// <summary>Names of the archives that it knows by DIMSE.</summary>
    public Task<ImmutableArray<string>> ModalitiesAsync(CancellationToken cancellation) => NamesAsync("modalities", cancellation);

    /// <summary>C-ECHO.</summary>
    public Task EchoAsync(string modality, CancellationToken cancellation) => PostAsync($"modalities/{Uri.EscapeDataString(modality)}/echo", new JsonObject(), cancellation);

    /// <summary>C-FIND at series level.</summary>
    /// <returns>Identifier of the query, and its answers in their order.</returns>
    public async Task<(string Query, ImmutableArray<SeriesSummary> Answers)> FindAsync(string modality, ArchiveQuery query, CancellationToken cancellation)
    {
        var keys = new JsonObject(SeriesKeys.Select(k => KeyValuePair.Create<string, JsonNode?>(k, "")));
        foreach ((string keyword, string value) in query.Conditions()) keys[keyword] = value;
        JsonNode? made = await PostAsync($"modalities/{Uri.EscapeDataString(modality)}/query", new JsonObject { ["Level"] = "Series", ["Query"] = keys }, cancellation);
        string id = Identifier(made);
        JsonNode? answers = await GetAsync($"queries/{id}/answers?expand&simplify", cancellation);
        return (id, [.. Elements(answers).Select(Summary)]);
    }

    /// <summary>Asks, by C-MOVE, that an answer be sent to this Orthanc; goes on in the background.</summary>
    /// <returns>Identifier of the job.</returns>
    public async Task<string> RetrieveAsync(string query, int answer, string targetAet, CancellationToken cancellation) => Identifier(await PostAsync(
        $"queries/{query}/answers/{answer.ToString(CultureInfo.InvariantCulture)}/retrieve", new JsonObject { ["TargetAet"] = targetAet, ["Synchronous"] = false }, cancellation));

    /// <summary>How a job stands.</summary>
    public async Task<OrthancJob> JobAsync(string job, CancellationToken cancellation)
    {
        JsonNode? status = await GetAsync($"jobs/{job}", cancellation);
        int progress = status?["Progress"] is JsonValue value && value.TryGetValue(out double percent) && percent is >= 0 and <= 100 ? (int)percent : 0;
        string details = Text(status, "ErrorDetails");
        return new OrthancJob(Text(status, "State"), progress, details.Length > 0 ? details : Text(status, "ErrorDescription"));
    }

    /// <summary>Stops a job.</summary>
    public Task CancelAsync(string job, CancellationToken cancellation) => PostAsync($"jobs/{job}/cancel", new JsonObject(), cancellation);

    private async Task<ImmutableArray<string>> NamesAsync(string path, CancellationToken cancellation) =>
        [.. Elements(await GetAsync(path, cancellation)).Select(n => n is JsonValue v && v.TryGetValue(out string? name) ? name : "").Where(n => n.Length > 0)];

    private async Task<JsonNode?> GetAsync(string path, CancellationToken cancellation)
    {
        (ReadOnlyMemory<byte> body, _) = await http.GetJsonAsync(new Uri(entry.Root, path), Json, cancellation);
        return Parse(body);
    }

    private async Task<JsonNode?> PostAsync(string path, JsonObject body, CancellationToken cancellation)
    {
        string text = body.ToJsonString();
        try
        {
            using HttpResponseMessage response = await http.SendAsync(
                () => new HttpRequestMessage(HttpMethod.Post, new Uri(entry.Root, path)) { Content = new StringContent(text, Encoding.UTF8, Json) }, null, cancellation);
            return Parse(await http.ReadAllAsync(response, cancellation));
        }
        catch (ArchiveAnswerException brokenOff)
        {
            throw new SiteErrorException("E3403", ExitCode.Unreachable, $"{entry.Name}: {brokenOff.Message}; see whether Orthanc is well, and run the command again", brokenOff);
        }
        catch (SiteErrorException error) when (error.Code is "E3407" or "E3406" && path.StartsWith("modalities/", StringComparison.Ordinal))
        {
            throw new SiteErrorException("E3410", ExitCode.Unreachable, $"{error.Message}; the archive '{entry.Modality}' behind Orthanc must be named in its DicomModalities, running, and know Orthanc's AET", error);
        }
    }

    private JsonNode? Parse(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty) return null;
        try
        {
            return JsonNode.Parse(DicomJson.Repaired(body).Span, documentOptions: new JsonDocumentOptions { MaxDepth = 64 });
        }
        catch (JsonException wrong)
        {
            throw Unusable(wrong);
        }
    }

    private string Identifier(JsonNode? made)
    {
        string id = Text(made, "ID");
        return id.Length is > 0 and <= 64 && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? id : throw Unusable(null);
    }

    private SiteErrorException Unusable(Exception? cause) =>
        new("E3407", ExitCode.Unreachable, $"{entry.Name}: the answer is not of Orthanc's REST; give the root of Orthanc, for instance http://127.0.0.1:8042", cause);

    private static JsonArray Elements(JsonNode? node) => node as JsonArray ?? [];

    private static string Text(JsonNode? node, string name)
    {
        try
        {
            return node is JsonObject o && o[name] is JsonValue value && value.TryGetValue(out string? text) ? text : "";
        }
        catch (Exception unusable) when (unusable is InvalidOperationException or ArgumentException)
        {
            return ""; // half characters, or a name that stands twice
        }
    }

    private static SeriesSummary Summary(JsonNode? answer) => new(Text(answer, "StudyInstanceUID"), Text(answer, "SeriesInstanceUID"))
    {
        Patient = Text(answer, "PatientID"),
        StudyDate = Text(answer, "StudyDate"),
        Accession = Text(answer, "AccessionNumber"),
        Modality = Text(answer, "Modality"),
        Description = Text(answer, "SeriesDescription"),
        StudyDescription = Text(answer, "StudyDescription"),
        Instances = int.TryParse(Text(answer, "NumberOfSeriesRelatedInstances"), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : null,
    };
}
