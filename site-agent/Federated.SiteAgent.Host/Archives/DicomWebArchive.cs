using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Federated.Imaging.Dicom;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>An archive with DICOMweb: a whole series in one answer where most of it is wanted, single objects over several connections where little is missing.</summary>
public sealed class DicomWebArchive(ArchiveHttp http, Uri root) : IArchive
{
    private readonly DicomWebClient _client = new(http, root);

    /// <inheritdoc/>
    public IAsyncEnumerable<SeriesSummary> QueryAsync(ArchiveQuery query, CancellationToken cancellation) => _client.SeriesAsync(query, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyCollection<string>> InstancesAsync(SeriesSummary series, IFetchObserver observer, CancellationToken cancellation) =>
        _client.InstancesAsync(series.Study, series.Series, cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<RetrievedObject> RetrieveAsync(SeriesSummary series, IReadOnlyCollection<string> wanted, bool singly, CancellationToken cancellation) =>
        singly ? EachAsync(series, wanted, cancellation) : WholeAsync(series, cancellation);

    /// <inheritdoc/>
    public async Task<ReadOnlyMemory<byte>?> UncompressedAsync(SeriesSummary series, string instance, CancellationToken cancellation)
    {
        try
        {
            return await _client.RetrieveInstanceAsync(series.Study, series.Series, instance, DicomTransferSyntax.ExplicitVRLittleEndian.UID.UID, cancellation);
        }
        catch (Exception cannot) when (cannot is ArchiveAnswerException or SiteErrorException { Code: not ("E3404" or "E3405") })
        {
            return null; // the object as stored is kept, and the transcoder at hand says what it needs
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async IAsyncEnumerable<RetrievedObject> WholeAsync(SeriesSummary series, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (ReadOnlyMemory<byte> bytes in _client.RetrieveSeriesAsync(series.Study, series.Series, DicomWebClient.AsStored, cancellation))
            yield return new RetrievedObject(bytes);
    }

    private async IAsyncEnumerable<RetrievedObject> EachAsync(SeriesSummary series, IReadOnlyCollection<string> wanted, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var arrived = Channel.CreateBounded<RetrievedObject>(http.Options.Connections);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task fetching = FetchAsync();
        try
        {
            await foreach (RetrievedObject one in arrived.Reader.ReadAllAsync(cancellation)) yield return one;
        }
        finally
        {
            await stop.CancelAsync();
            await fetching;
        }

        async Task FetchAsync()
        {
            try
            {
                await Parallel.ForEachAsync(
                    wanted, new ParallelOptions { MaxDegreeOfParallelism = http.Options.Connections, CancellationToken = stop.Token },
                    async (instance, token) => await arrived.Writer.WriteAsync(await OneAsync(instance, token), token));
                arrived.Writer.Complete();
            }
            catch (Exception failure)
            {
                arrived.Writer.TryComplete(failure); // the reader meets it where the objects end
            }
        }

        async Task<RetrievedObject> OneAsync(string instance, CancellationToken token)
        {
            try
            {
                return new RetrievedObject(await _client.RetrieveInstanceAsync(series.Study, series.Series, instance, DicomWebClient.AsStored, token), instance);
            }
            catch (SiteErrorException gone) when (gone.Code is "E3406" or "E3407")
            {
                return new RetrievedObject(default, instance, gone.Message);
            }
        }
    }
}
