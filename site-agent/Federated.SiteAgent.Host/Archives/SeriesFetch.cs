using System.Collections.Concurrent;
using System.Collections.Immutable;
using Federated.Imaging.Dicom;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>How a fetch bears with an archive.</summary>
public sealed record FetchOptions
{
    /// <summary>How often a broken answer that brought nothing new is asked for again. Default 5.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>Pause before asking again. Default 2 s.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many objects are brought to disk at once. Default 8: a disk with a journal brings many to rest in the time of one.</summary>
    public int Writers { get; init; } = 8;
}

/// <summary>An object that was left out.</summary>
/// <param name="Instance">SOPInstanceUID; empty when it could not even be read.</param>
/// <param name="Reason">One line.</param>
public sealed record SkippedObject(string Instance, string Reason);

/// <summary>What became of one series.</summary>
/// <param name="Series">The series.</param>
/// <param name="Objects">How many objects it has at the archive.</param>
/// <param name="AlreadyHere">How many were here before.</param>
/// <param name="Fetched">How many were fetched now.</param>
/// <param name="Bytes">Bytes of those.</param>
/// <param name="Skipped">Objects that cannot be read or are not what they were said to be.</param>
/// <param name="Missing">Objects that the archive did not hand over; fetching again may bring them.</param>
/// <param name="StillCompressed">Kept in a compressed syntax that nothing at hand decodes: its name, and how many.</param>
/// <param name="Failure">What ended the fetch early; null when nothing did.</param>
public sealed record SeriesOutcome(
    SeriesSummary Series, int Objects, int AlreadyHere, int Fetched, long Bytes, ImmutableArray<SkippedObject> Skipped, ImmutableArray<string> Missing,
    ImmutableSortedDictionary<string, int> StillCompressed, SiteErrorException? Failure);

/// <summary>
/// Brings a series from an archive into the store: only what is missing, each object checked before it counts. An interrupted fetch goes on where it ended, in this
/// run or in a later one; one unreadable object never stops the others.
/// </summary>
public sealed class SeriesFetch(IArchive archive, ImageStore store, IPixelTranscoder transcoder, TimeProvider time, FetchOptions? options = null)
{
    private readonly FetchOptions _options = options ?? new FetchOptions();

    /// <summary>Fetches one series.</summary>
    /// <exception cref="SiteErrorException">Refused credentials, or a store that cannot be written: no other series would fare better.</exception>
    public async Task<SeriesOutcome> FetchAsync(SeriesSummary series, IFetchObserver observer, CancellationToken cancellation)
    {
        var run = new Run(series, store.Instances(series.Series), observer);
        SiteErrorException? failure = null;
        try
        {
            run.Expect(await archive.InstancesAsync(series, observer, cancellation));
            await RepeatAsync(run, cancellation);
        }
        catch (SiteErrorException error) when (IsOfThisSeries(error))
        {
            failure = error;
        }

        return run.Outcome(failure);
    }

    private static bool IsOfThisSeries(SiteErrorException error) => error.Code is "E3403" or "E3406" or "E3407" or "E3410";

    private async Task RepeatAsync(Run run, CancellationToken cancellation)
    {
        bool singly = run.FewAreWanted;
        for (int fruitless = 0; !run.Wanted.IsEmpty;)
        {
            int before = run.Wanted.Count;
            string? brokenOff = null;
            try
            {
                await PassAsync(run, singly, cancellation);
            }
            catch (ArchiveAnswerException answer)
            {
                brokenOff = answer.Message;
            }
            catch (SiteErrorException whole) when (!singly && whole.Code is "E3406" or "E3407")
            {
                // One bad object can spoil the answer for its whole series.
            }
            catch (SiteErrorException away) when (away.Code is "E3403" && run.Wanted.Count < before)
            {
                brokenOff = away.Message;
            }

            if (run.Wanted.IsEmpty) return;
            if (brokenOff is null)
            {
                if (singly) return;
                singly = true;
                continue;
            }

            fruitless = run.Wanted.Count < before ? 0 : fruitless + 1;
            if (fruitless > _options.Retries)
                throw new SiteErrorException("E3403", ExitCode.Unreachable, $"{brokenOff}, {fruitless} times without anything new; see whether the archive is well, and run the command again: it goes on from here");
            run.Observer.Notice($"{brokenOff}; going on with the {run.Wanted.Count} objects that are missing");
            singly = run.FewAreWanted;
            await Task.Delay(_options.Pause, time, cancellation);
        }
    }

    private async Task PassAsync(Run run, bool singly, CancellationToken cancellation)
    {
        using var checkedObjects = new BlockingCollection<(string Instance, ReadOnlyMemory<byte> Bytes)>(2 * _options.Writers);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // Bringing a file to disk blocks its thread: threads of their own leave those of the pool to the network.
        Task[] writers = [.. Enumerable.Range(0, _options.Writers).Select(_ => Task.Factory.StartNew(Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        try
        {
            await foreach (RetrievedObject one in archive.RetrieveAsync(run.Series, [.. run.Wanted.Keys], singly, stop.Token))
                if (await CheckAsync(run, one, stop.Token) is { } sound) checkedObjects.Add(sound, stop.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // A writer failed; its own exception says why.
        }
        finally
        {
            checkedObjects.CompleteAdding();
            await Task.WhenAll(writers); // what has arrived is kept, however the answer ended
        }

        void Write()
        {
            try
            {
                foreach ((string instance, ReadOnlyMemory<byte> bytes) in checkedObjects.GetConsumingEnumerable(CancellationToken.None))
                {
                    store.Put(run.Series.Series, instance, bytes.Span);
                    run.Stored(instance, bytes.Length);
                }
            }
            catch
            {
                stop.Cancel();
                throw;
            }
        }
    }

    private async Task<(string Instance, ReadOnlyMemory<byte> Bytes)?> CheckAsync(Run run, RetrievedObject one, CancellationToken cancellation)
    {
        ReceivedObject? received = one.Failure is null ? ReceivedObject.Check(one.Bytes, run.Series.Series, one.Wanted) : null;
        if ((one.Failure ?? received!.Refusal) is { } why)
        {
            run.Skip(one.Wanted, why);
            return null;
        }

        if (run.IsHere(received!.Instance)) return null;
        if (!received.NeedsTranscoder || transcoder.CanDecode(received.Syntax)) return (received.Instance, one.Bytes);
        ReadOnlyMemory<byte>? converted = await archive.UncompressedAsync(run.Series, received.Instance, cancellation);
        if (converted is { } plain && ReceivedObject.Check(plain, run.Series.Series, received.Instance) is { Refusal: null, NeedsTranscoder: false }) return (received.Instance, plain);
        run.NoteCompressed(received.Syntax);
        return (received.Instance, one.Bytes);
    }

    /// <summary>One fetch under way. The dictionaries are shared by the writers; the counters are written under interlock.</summary>
    private sealed class Run(SeriesSummary series, IReadOnlySet<string> here, IFetchObserver observer)
    {
        private readonly ConcurrentDictionary<string, bool> _stored = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, string> _skipped = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, int> _compressed = new(StringComparer.Ordinal);
        private readonly HashSet<string> _expected = new(StringComparer.Ordinal);
        private long _bytes;

        public SeriesSummary Series => series;

        public IFetchObserver Observer => observer;

        public ConcurrentDictionary<string, bool> Wanted { get; } = new(StringComparer.Ordinal);

        public bool FewAreWanted => 2 * Wanted.Count <= _expected.Count;

        public void Expect(IEnumerable<string> instances)
        {
            foreach (string instance in instances.Distinct(StringComparer.Ordinal))
            {
                if (!ImageStore.IsSafe(instance)) _skipped[instance] = "its SOPInstanceUID is not a UID";
                else _expected.Add(instance);
            }

            foreach (string instance in _expected.Where(i => !here.Contains(i))) Wanted[instance] = true;
            Report();
        }

        public bool IsHere(string instance) => here.Contains(instance) || _stored.ContainsKey(instance);

        public void Stored(string instance, int bytes)
        {
            if (!_stored.TryAdd(instance, true)) return;
            Wanted.TryRemove(instance, out _);
            _skipped.TryRemove(instance, out _);
            Interlocked.Add(ref _bytes, bytes);
            Report();
        }

        // What came unreadable within a whole series is asked for once more by itself, and then has a name.
        public void Skip(string? instance, string reason)
        {
            if (instance is null) return;
            Wanted.TryRemove(instance, out _);
            _skipped[instance] = reason;
        }

        public void NoteCompressed(DicomTransferSyntax syntax) => _compressed.AddOrUpdate(syntax.ToString(), 1, (_, count) => count + 1);

        public SeriesOutcome Outcome(SiteErrorException? failure) => new(
            series, _expected.Count, _expected.Count(here.Contains), _stored.Count, Interlocked.Read(ref _bytes),
            [.. _skipped.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => new SkippedObject(s.Key, s.Value))],
            [.. Wanted.Keys.Order(StringComparer.Ordinal)], _compressed.ToImmutableSortedDictionary(StringComparer.Ordinal), failure);

        private void Report() => observer.Progress(series, _expected.Count - Wanted.Count, _expected.Count, Interlocked.Read(ref _bytes));
    }
}
