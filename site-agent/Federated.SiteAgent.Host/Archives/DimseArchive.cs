using System.Runtime.CompilerServices;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>
/// An archive that speaks DIMSE only, behind an Orthanc: found by C-FIND, moved to Orthanc by C-MOVE as a job in the background, then fetched from Orthanc by
/// DICOMweb. What Orthanc holds already is not moved again.
/// </summary>
public sealed class DimseArchive(ArchiveHttp http, ArchiveEntry entry, TimeProvider time) : IArchive
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Standstill = TimeSpan.FromMinutes(10);

    private readonly OrthancRest _orthanc = new(http, entry);
    private readonly DicomWebArchive _nearby = new(http, entry.DicomWebRoot);

    private string Modality => entry.Modality ?? throw new InvalidOperationException("An archive behind Orthanc has a name there.");

    /// <inheritdoc/>
    public async IAsyncEnumerable<SeriesSummary> QueryAsync(ArchiveQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        (_, var answers) = await _orthanc.FindAsync(Modality, query, cancellation);
        foreach (SeriesSummary series in answers)
            if (ImageStore.IsSafe(series.Study) && ImageStore.IsSafe(series.Series) && query.CouldMean(series)) yield return series;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyCollection<string>> InstancesAsync(SeriesSummary series, IFetchObserver observer, CancellationToken cancellation)
    {
        IReadOnlyCollection<string> held = await HeldAsync(series, observer, cancellation);
        if (series.Instances is { } all && held.Count >= all) return held;
        await MoveAsync(series, observer, cancellation);
        held = await HeldAsync(series, observer, cancellation);
        if (series.Instances is { } stated && held.Count < stated) observer.Notice($"{Modality} states {stated} objects of the series and sent {held.Count}");
        return held;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<RetrievedObject> RetrieveAsync(SeriesSummary series, IReadOnlyCollection<string> wanted, bool singly, CancellationToken cancellation) =>
        _nearby.RetrieveAsync(series, wanted, singly, cancellation);

    /// <inheritdoc/>
    public Task<ReadOnlyMemory<byte>?> UncompressedAsync(SeriesSummary series, string instance, CancellationToken cancellation) => _nearby.UncompressedAsync(series, instance, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _nearby.Dispose();

    private async Task<IReadOnlyCollection<string>> HeldAsync(SeriesSummary series, IFetchObserver observer, CancellationToken cancellation)
    {
        try
        {
            return await _nearby.InstancesAsync(series, observer, cancellation);
        }
        catch (SiteErrorException unknown) when (unknown.Code is "E3406")
        {
            return [];
        }
    }

    private async Task MoveAsync(SeriesSummary series, IFetchObserver observer, CancellationToken cancellation)
    {
        (_, string aet) = await _orthanc.SystemAsync(cancellation);
        (string query, var answers) = await _orthanc.FindAsync(Modality, new ArchiveQuery { Study = series.Study, Series = series.Series }, cancellation);
        int answer = -1;
        for (int i = 0; i < answers.Length && answer < 0; i++)
            if (string.Equals(answers[i].Series, series.Series, StringComparison.Ordinal)) answer = i;
        if (answer < 0) throw new SiteErrorException("E3406", ExitCode.Input, $"{entry.Name}: {Modality} no longer lists the series; query again");
        string job = await _orthanc.RetrieveAsync(query, answer, aet, cancellation);
        try
        {
            await WaitAsync(job, observer, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
            try
            {
                await _orthanc.CancelAsync(job, patience.Token);
            }
            catch (Exception late) when (late is SiteErrorException or OperationCanceledException)
            {
                throw new OperationCanceledException("The move goes on in Orthanc, which does no harm.", late, cancellation);
            }

            throw;
        }
    }

    private async Task WaitAsync(string job, IFetchObserver observer, CancellationToken cancellation)
    {
        int progress = -1;
        long moved = time.GetTimestamp();
        while (true)
        {
            OrthancJob status = await _orthanc.JobAsync(job, cancellation);
            switch (status.State)
            {
                case "Success":
                    return;
                case "Failure":
                    throw new SiteErrorException("E3410", ExitCode.Unreachable, $"{entry.Name}: {Modality} did not send the series ({Analyses.PlainText.Shown(status.Error, 200)}); it must know Orthanc's AET, address and port");
                default:
                    if (status.Progress > progress)
                    {
                        (progress, moved) = (status.Progress, time.GetTimestamp());
                        observer.Notice($"{Modality} sends the series to Orthanc: {progress} %");
                    }
                    else if (time.GetElapsedTime(moved) > Standstill)
                    {
                        throw new SiteErrorException("E3410", ExitCode.Unreachable, $"{entry.Name}: {Modality} sent nothing for {Standstill.TotalMinutes:0} minutes; see its log, and that it reaches Orthanc's DICOM port");
                    }

                    await Task.Delay(Glance, time, cancellation);
                    break;
            }
        }
    }
}
