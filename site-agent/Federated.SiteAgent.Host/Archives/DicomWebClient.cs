using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Federated.Imaging.Dicom;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>How one object fared when it was stored.</summary>
/// <param name="Instance">SOPInstanceUID; empty where the archive does not say.</param>
/// <param name="FailureReason">Null when stored; otherwise the archive's code (PS3.18, table I.2-2).</param>
public readonly record struct StoreOutcome(string Instance, int? FailureReason);

/// <summary>QIDO-RS, WADO-RS and STOW-RS (PS3.18, chapter 10) of one archive.</summary>
public sealed class DicomWebClient(ArchiveHttp http, Uri root)
{
    /// <summary>Asks for objects as the archive holds them: nothing is converted, nothing is lost.</summary>
    public const string AsStored = "*";

    private const string Json = "application/dicom+json";
    private const int MostResults = 1_000_000;

    private static readonly DicomTag[] SeriesAttributes =
    [
        DicomTag.StudyInstanceUID, DicomTag.SeriesInstanceUID, DicomTag.PatientID, DicomTag.StudyDate, DicomTag.AccessionNumber, DicomTag.Modality,
        DicomTag.SeriesDescription, DicomTag.StudyDescription, ArchiveTags.NumberOfSeriesRelatedInstances,
    ];

    /// <summary>One study at most, to see whether anything answers (QIDO-RS).</summary>
    /// <exception cref="SiteErrorException">It does not.</exception>
    public async Task PingAsync(CancellationToken cancellation)
    {
        (ReadOnlyMemory<byte> body, _) = await http.GetJsonAsync(new Uri(root, "studies?limit=1"), Json, cancellation);
        _ = Usable(() => DicomJson.Read(body));
    }

    /// <summary>Series that meet a query (QIDO-RS), page by page.</summary>
    /// <exception cref="SiteErrorException">The archive cannot be reached, refuses, or its answer cannot be used (E3407).</exception>
    public async IAsyncEnumerable<SeriesSummary> SeriesAsync(ArchiveQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        IEnumerable<string> parameters = [
            .. query.Conditions().Select(c => $"{c.Keyword}={ArchiveQuery.InAddress(c.Value)}"),
            .. SeriesAttributes.Select(t => $"includefield={t.Group:X4}{t.Element:X4}")];
        await foreach (DicomJson found in PagesAsync("series", parameters, j => j.Text(DicomTag.SeriesInstanceUID), cancellation))
            if (Summary(found) is { } series && query.CouldMean(series)) yield return series;
    }

    /// <summary>SOPInstanceUIDs of a series (QIDO-RS).</summary>
    /// <exception cref="SiteErrorException">As <see cref="SeriesAsync"/>.</exception>
    public async Task<IReadOnlyCollection<string>> InstancesAsync(string study, string series, CancellationToken cancellation)
    {
        List<string> instances = [];
        await foreach (DicomJson found in PagesAsync($"studies/{Safe(study)}/series/{Safe(series)}/instances", ["includefield=00080018"], j => j.Text(DicomTag.SOPInstanceUID), cancellation))
            if (found.Text(DicomTag.SOPInstanceUID) is { } instance) instances.Add(instance);
        return instances;
    }

    /// <summary>All objects of a series as they arrive (WADO-RS).</summary>
    /// <exception cref="ArchiveAnswerException">The answer broke off; what was given stands.</exception>
    /// <exception cref="SiteErrorException">As <see cref="SeriesAsync"/>.</exception>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> RetrieveSeriesAsync(string study, string series, string transferSyntax, CancellationToken cancellation) =>
        PartsAsync($"studies/{Safe(study)}/series/{Safe(series)}", transferSyntax, cancellation);

    /// <summary>One object (WADO-RS).</summary>
    /// <exception cref="ArchiveAnswerException">The answer broke off, or holds no object.</exception>
    /// <exception cref="SiteErrorException">As <see cref="SeriesAsync"/>.</exception>
    public async Task<ReadOnlyMemory<byte>> RetrieveInstanceAsync(string study, string series, string instance, string transferSyntax, CancellationToken cancellation)
    {
        await foreach (ReadOnlyMemory<byte> part in PartsAsync($"studies/{Safe(study)}/series/{Safe(series)}/instances/{Safe(instance)}", transferSyntax, cancellation))
            return part;
        throw new ArchiveAnswerException("the answer holds no object");
    }

    /// <summary>Stores objects in one request (STOW-RS).</summary>
    /// <exception cref="SiteErrorException">As <see cref="SeriesAsync"/>.</exception>
    public async Task<ImmutableArray<StoreOutcome>> StoreAsync(IReadOnlyList<ReadOnlyMemory<byte>> objects, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await http.SendAsync(() => Post(objects), status => status is HttpStatusCode.Conflict, cancellation);
        ReadOnlyMemory<byte> body;
        try
        {
            body = await http.ReadAllAsync(response, cancellation);
        }
        catch (ArchiveAnswerException brokenOff)
        {
            throw new SiteErrorException("E3403", ExitCode.Unreachable, $"{root.Host}: {brokenOff.Message} while it confirmed what it stored; run the command again", brokenOff);
        }

        return Usable(() => ReadStoreAnswer(body));
    }

    /// <summary>What STOW-RS answers: ReferencedSOPSequence holds what was stored, FailedSOPSequence what was not.</summary>
    /// <exception cref="ArchiveAnswerException">Not such an answer.</exception>
    public static ImmutableArray<StoreOutcome> ReadStoreAnswer(ReadOnlyMemory<byte> body)
    {
        ImmutableArray<StoreOutcome>.Builder outcomes = ImmutableArray.CreateBuilder<StoreOutcome>();
        foreach (DicomJson answer in DicomJson.Read(body))
        {
            foreach (DicomJson stored in answer.Items(ArchiveTags.ReferencedSOPSequence))
                outcomes.Add(new StoreOutcome(stored.Text(DicomTag.ReferencedSOPInstanceUID) ?? "", null));
            foreach (DicomJson failed in answer.Items(ArchiveTags.FailedSOPSequence))
                outcomes.Add(new StoreOutcome(failed.Text(DicomTag.ReferencedSOPInstanceUID) ?? "", failed.Number(ArchiveTags.FailureReason) ?? 0x0110));
        }

        return outcomes.ToImmutable();
    }

    private static HttpRequestMessage Post(IReadOnlyList<ReadOnlyMemory<byte>> objects, Uri uri)
    {
        // Nobody knows the boundary beforehand, so that no object can contain it by design.
        var content = new MultipartContent("related", $"federated-{Guid.NewGuid():N}");
        content.Headers.ContentType!.Parameters.Add(new NameValueHeaderValue("type", "\"application/dicom\""));
        foreach (ReadOnlyMemory<byte> bytes in objects)
        {
            var part = new ReadOnlyMemoryContent(bytes);
            part.Headers.ContentType = new MediaTypeHeaderValue("application/dicom");
            content.Add(part);
        }

        var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = content };
        request.Headers.TryAddWithoutValidation("Accept", Json);
        return request;
    }

    private HttpRequestMessage Post(IReadOnlyList<ReadOnlyMemory<byte>> objects) => Post(objects, new Uri(root, "studies"));

    private async IAsyncEnumerable<DicomJson> PagesAsync(string path, IEnumerable<string> parameters, Func<DicomJson, string?> identity, [EnumeratorCancellation] CancellationToken cancellation)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        string conditions = string.Join('&', parameters);
        for (int offset = 0; offset < MostResults;)
        {
            (ReadOnlyMemory<byte> body, HttpResponseHeaders headers) = await http.GetJsonAsync(new Uri(root, $"{path}?{conditions}&limit={http.Options.PageSize}&offset={offset}"), Json, cancellation);
            ImmutableArray<DicomJson> page = Usable(() => DicomJson.Read(body));
            int fresh = 0;
            foreach (DicomJson result in page)
            {
                if (identity(result) is not { } uid || !seen.Add(uid)) continue;
                fresh++;
                yield return result;
            }

            // An archive that ignores offset repeats itself; one with a smaller page of its own says so by Warning 299 (PS3.18, 8.3.4.4).
            if (fresh == 0 || (page.Length < http.Options.PageSize && !headers.Warning.Any(w => w.Code == 299))) yield break;
            offset += page.Length;
        }

        throw new SiteErrorException("E3407", ExitCode.Unreachable, $"{root.Host}: more than {MostResults} results; narrow the query");
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> PartsAsync(string path, string transferSyntax, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string accept = $"multipart/related; type=\"application/dicom\"; transfer-syntax={transferSyntax}";
        using HttpResponseMessage response = await http.SendAsync(() => ArchiveHttp.Get(new Uri(root, path), accept), null, cancellation);
        if (response.StatusCode == HttpStatusCode.NoContent) yield break;
        var boundary = Usable(() => MultipartReader.BoundaryOf(response.Content.Headers.TryGetValues("Content-Type", out IEnumerable<string>? type) ? string.Join(',', type) : null));
        await using Stream body = await http.OpenBodyAsync(response, cancellation);
        var parts = new MultipartReader(body, boundary);
        while (await parts.ReadAsync(cancellation) is { } part) yield return part.Body;
    }

    private T Usable<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ArchiveAnswerException wrong)
        {
            throw new SiteErrorException("E3407", ExitCode.Unreachable, $"{root.Host}: {wrong.Message}; see whether {root} is the root of DICOMweb", wrong);
        }
    }

    private static SeriesSummary? Summary(DicomJson found) =>
        found.Text(DicomTag.StudyInstanceUID) is { } study && found.Text(DicomTag.SeriesInstanceUID) is { } series && ImageStore.IsSafe(study) && ImageStore.IsSafe(series)
            ? new SeriesSummary(study, series)
            {
                Patient = found.Text(DicomTag.PatientID) ?? "",
                StudyDate = found.Text(DicomTag.StudyDate) ?? "",
                Accession = found.Text(DicomTag.AccessionNumber) ?? "",
                Modality = found.Text(DicomTag.Modality) ?? "",
                Description = found.Text(DicomTag.SeriesDescription) ?? "",
                StudyDescription = found.Text(DicomTag.StudyDescription) ?? "",
                Instances = found.Number(ArchiveTags.NumberOfSeriesRelatedInstances),
            }
            : null;

    // A UID becomes part of an address: nothing else may.
    private static string Safe(string uid) => ImageStore.IsSafe(uid) ? uid : throw new ArgumentException("not a UID", nameof(uid));
}
