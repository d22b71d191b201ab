using System.Net;
using System.Text.Json;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>An archive's "no" in one line: what, where, how to mend.</summary>
internal static class ArchiveRefusal
{
    private const int MostRead = 16 << 10;
    private const int MostShown = 200;

    public static async Task<SiteErrorException> ExplainAsync(ArchiveEntry entry, HttpResponseMessage response, CancellationToken cancellation)
    {
        string at = $"{entry.Name}: {(int)response.StatusCode} at {response.RequestMessage?.RequestUri?.AbsolutePath ?? entry.Address}";
        switch (response.StatusCode)
        {
            case HttpStatusCode.Unauthorized:
                return new SiteErrorException("E3404", ExitCode.Refused, entry.Secret is null
                    ? $"{at}: the archive asks for credentials; add it again with --replace, --user and --secret-file"
                    : $"{at}: the archive does not accept the credentials; check user and secret ({entry.Secret})");
            case HttpStatusCode.Forbidden:
                return new SiteErrorException("E3405", ExitCode.Refused, $"{at}: the credentials are good, but the archive does not allow this; ask its administrator for read access");
            case HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed:
                return new SiteErrorException("E3406", ExitCode.Input, $"{at}: nothing is there{await SaidAsync(response, cancellation)}; check the address (DICOMweb roots often end in /dicom-web or /rs), and that the object still exists");
            case >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest:
                return new SiteErrorException("E3402", ExitCode.Input, $"{at}: the archive redirects to {Analyses.PlainText.Shown(response.Headers.Location?.ToString() ?? "elsewhere", MostShown)}; if that is right, add it under that address");
            case HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests:
                return new SiteErrorException("E3403", ExitCode.Unreachable, $"{at}: the archive is not ready{await SaidAsync(response, cancellation)}; try later, and look into its log");
            default:
                return new SiteErrorException("E3407", ExitCode.Unreachable, $"{at}: the archive cannot answer{await SaidAsync(response, cancellation)}; look into its log, and see whether it speaks DICOMweb");
        }
    }

    // Orthanc explains itself in JSON; a page of HTML explains nothing.
    private static async Task<string> SaidAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
            byte[] start = new byte[MostRead];
            int length = await body.ReadAtLeastAsync(start, MostRead, throwOnEndOfStream: false, cancellation);
            using JsonDocument document = JsonDocument.Parse(start.AsMemory(0, length));
            foreach (string name in (string[])["Details", "Message"])
            {
                if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out JsonElement said) && said.ValueKind == JsonValueKind.String && said.GetString() is { Length: > 0 } text)
                    return $" ({Analyses.PlainText.Shown(text, MostShown)})";
            }
        }
        catch (Exception silent) when (silent is JsonException or IOException or HttpRequestException or InvalidOperationException)
        {
            return "";
        }

        return "";
    }
}
