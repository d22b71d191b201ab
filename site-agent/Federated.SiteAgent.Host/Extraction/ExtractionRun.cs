using System.Collections.Immutable;
using Federated.Imaging.Measurement;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Storage;

namespace Federated.SiteAgent.Host.Extraction;

/// <summary>How a run is done.</summary>
public sealed record ExtractionOptions
{
    /// <summary>Scans measured at a time.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes that scans under way may take together; a scan that needs more alone is measured alone.</summary>
    public long MemoryBytes { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>The hospital's calibrations, for protocols that ask for them.</summary>
    public SiteCalibrations Calibrations { get; init; } = SiteCalibrations.None;

    /// <summary>Which scans are measured again although their inputs have not changed; null: none.</summary>
    public Func<ListedScan, bool>? Again { get; init; }
}

/// <summary>One scan is done.</summary>
/// <param name="Scan">Which.</param>
/// <param name="Row">What is in the store for it.</param>
/// <param name="Kept">It was there already, from the same inputs.</param>
/// <param name="Done">Scans done so far, this one counted.</param>
public sealed record ScanDone(ListedScan Scan, MeasuredRow Row, bool Kept, int Done);

/// <summary>
/// Measures the scans of a list, several at a time. A row is in the store before it counts as done, and depends on its scan and the protocol alone: stopped at any moment and run
/// again, the store ends with the same bits.
/// </summary>
public sealed class ExtractionRun(MeasurementProtocol protocol, ImageLibrary library, StoredImages opener, MeasuredTables store, ExtractionOptions options)
{
    // Stored 16-bit voxels become single precision, blurred ones twice that for a moment, and the file's bytes are there too.
    private const int MemoryPerFileByte = 8;

    private readonly Lock _counting = new();
    private int _done;

    /// <summary>Measures the scans.</summary>
    /// <param name="scans">The list.</param>
    /// <param name="done">Hears of every scan, one at a time, in the order in which they end.</param>
    /// <param name="measured">Is given every scan that was measured now, before it counts; from several threads.</param>
    /// <param name="cancellation">Stops after the scans under way.</param>
    public async Task RunAsync(ImmutableArray<ListedScan> scans, Action<ScanDone> done, Action<ListedScan, ExtractedScan>? measured, CancellationToken cancellation)
    {
        store.AddProtocol(protocol.Digest, protocol.Canonical, protocol.Features);
        var memory = new MemoryBudget(options.MemoryBytes);
        await Parallel.ForEachAsync(
            scans, new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancellation },
            async (scan, stop) =>
            {
                (MeasuredRow row, bool kept) = await OneAsync(scan, memory, measured, stop);
                lock (_counting) done(new ScanDone(scan, row, kept, ++_done));
            });
    }

    private async Task<(MeasuredRow Row, bool Kept)> OneAsync(ListedScan scan, MemoryBudget memory, Action<ListedScan, ExtractedScan>? measured, CancellationToken stop)
    {
        ScanFiles files;
        try
        {
            files = await options.Calibrations.WithAsync(ScanFiles.Of(scan, library), protocol, opener, stop);
        }
        catch (Exception failure) when (ScanExtraction.Reason(failure) is { } reason)
        {
            MeasuredRow refused = ScanExtraction.Refused(scan, "", protocol, reason).Row;
            store.Put(protocol.Digest, refused);
            return (refused, false);
        }

        // What could not be measured is tried again: the reason may have gone.
        if (options.Again?.Invoke(scan) != true && store.Find(protocol.Digest, scan.RowId) is { Outcome: not MeasuredOutcome.Refused } before && string.Equals(before.Inputs, files.Fingerprint, StringComparison.Ordinal))
            return (before, true);
        long bytes = await memory.TakeAsync(files.Bytes * MemoryPerFileByte, stop);
        try
        {
            ExtractedScan extracted = await ScanExtraction.OfAsync(scan, files, protocol, options.Calibrations, opener, stop);
            measured?.Invoke(scan, extracted);
            store.Put(protocol.Digest, extracted.Row);
            return (extracted.Row, false);
        }
        finally
        {
            memory.Return(bytes);
        }
    }

    /// <summary>Lets scans begin while their bytes fit; one may always be under way.</summary>
    private sealed class MemoryBudget(long limit)
    {
        private readonly Lock _waiting = new();
        private readonly Queue<(long Bytes, TaskCompletionSource Admitted)> _queue = [];
        private long _taken;

        public async Task<long> TakeAsync(long bytes, CancellationToken cancellation)
        {
            TaskCompletionSource? admitted = null;
            lock (_waiting)
            {
                if (_queue.Count > 0 || (_taken > 0 && _taken + bytes > limit)) _queue.Enqueue((bytes, admitted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
                else _taken += bytes;
            }

            if (admitted is not null) await admitted.Task.WaitAsync(cancellation);
            return bytes;
        }

        public void Return(long bytes)
        {
            lock (_waiting)
            {
                _taken -= bytes;
                while (_queue.TryPeek(out (long Bytes, TaskCompletionSource Admitted) next) && (_taken == 0 || _taken + next.Bytes <= limit))
                {
                    _queue.Dequeue();
                    _taken += next.Bytes;
                    next.Admitted.SetResult();
                }
            }
        }
    }
}
