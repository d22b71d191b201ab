using System.Diagnostics;
using Federated.Imaging.Dicom;
using Federated.Imaging.Volumes;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.Benchmarks;

/// <summary>
/// 267 slices of 128 x 128 by DICOMweb from the real Orthanc on loopback into a volume: as `archive fetch` does it, with every object checked and brought to disk, and
/// as the network alone allows. The bar is one second.
/// </summary>
internal static class ArchiveBenchmark
{
    private const int Slices = 267;
    private const int Side = 128;
    private const int Runs = 7;

    public static async Task<int> RunAsync()
    {
        if (!OrthancServer.IsInstalled)
        {
            Console.Error.WriteLine("The real Orthanc is needed: apt-get install orthanc orthanc-dicomweb");
            return 2;
        }

        CancellationToken cancellation = CancellationToken.None;
        await using OrthancServer server = await OrthancServer.StartAsync(cancellation);
        await server.StoreAsync(SyntheticSeries.Slices("benchmark", Slices, Side), cancellation);
        var series = new SeriesSummary(SyntheticSeries.StudyUid("benchmark"), SyntheticSeries.SeriesUid("benchmark"));
        var entry = ArchiveEntry.Parse("orthanc", server.DicomWebAddress, null) with { User = OrthancServer.User };
        using var archive = new DicomWebArchive(new ArchiveHttp(entry, OrthancServer.Password, TimeProvider.System, new Random(1)), entry.DicomWebRoot);

        Console.WriteLine("| what | first (s) | median (s) | best (s) | processor (s) | bar (s) |");
        Console.WriteLine("|---|---|---|---|---|---|");
        await TimeAsync("fetch to disk, each object checked and synced, then a volume", "1", folder => FetchAsync(archive, series, folder));
        await TimeAsync("of that: query, fetch, check and sync", "", folder => FillAsync(archive, series, folder));
        await TimeAsync("of that: the query for what the series holds", "", _ => archive.InstancesAsync(series, Nobody.Instance, CancellationToken.None));
        byte[][] slices = [.. SyntheticSeries.Slices("benchmark", Slices, Side)];
        await TimeAsync("of that: the disk alone, 8 writers", "", folder => WriteAsync(slices, folder));
        await TimeAsync("whole series in memory into a volume, no disk", "", _ => InMemoryAsync(archive, series, singly: false));
        await TimeAsync("single objects over 4 connections in memory into a volume", "", _ => InMemoryAsync(archive, series, singly: true));
        return 0;
    }

    private static async Task TimeAsync(string what, string bar, Func<string, Task> work)
    {
        double[] seconds = new double[Runs];
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        string folder = Directory.CreateTempSubdirectory("federated-benchmark-").FullName; // removing it takes longer than the work, and is not measured
        for (int run = 0; run < Runs; run++)
        {
            long started = Stopwatch.GetTimestamp();
            await work(Path.Combine(folder, $"{run}"));
            seconds[run] = Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        Directory.Delete(folder, recursive: true);
        double first = seconds[0];
        Array.Sort(seconds);
        Console.WriteLine($"| {what} | {first:0.000} | {seconds[Runs / 2]:0.000} | {seconds[0]:0.000} | {(Environment.CpuUsage.TotalTime - processor).TotalSeconds / Runs:0.000} | {bar} |");
    }

    private static async Task FetchAsync(DicomWebArchive archive, SeriesSummary series, string directory)
    {
        ImageStore store = await FillAsync(archive, series, directory);
        (IReadOnlyList<DicomFile> files, _) = await new StoredImages(new GdcmTranscoder(TimeProvider.System)).OpenFolderAsync(store.Folder(series.Series), CancellationToken.None);
        Require(SliceStack.From(files).Read());
    }

    private static async Task WriteAsync(byte[][] slices, string directory)
    {
        var store = new ImageStore(directory);
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, new FetchOptions().Writers).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (int z; (z = Interlocked.Increment(ref next)) < slices.Length;) store.Put("1.2", $"1.2.{z}", slices[z]);
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    private static async Task<ImageStore> FillAsync(DicomWebArchive archive, SeriesSummary series, string directory)
    {
        var store = new ImageStore(directory);
        SeriesOutcome outcome = await new SeriesFetch(archive, store, new GdcmTranscoder(TimeProvider.System), TimeProvider.System).FetchAsync(series, Nobody.Instance, CancellationToken.None);
        return outcome.Fetched == Slices ? store : throw new InvalidOperationException($"{outcome.Fetched} of {Slices} slices came: {outcome.Failure?.Message}");
    }

    private static async Task InMemoryAsync(DicomWebArchive archive, SeriesSummary series, bool singly)
    {
        IReadOnlyCollection<string> instances = await archive.InstancesAsync(series, Nobody.Instance, CancellationToken.None);
        List<DicomFile> files = [];
        await foreach (RetrievedObject one in archive.RetrieveAsync(series, instances, singly, CancellationToken.None)) files.Add(DicomFile.Open(one.Bytes));
        Require(SliceStack.From(files).Read());
    }

    private static void Require(Volume volume)
    {
        if (volume.Geometry.CountZ != Slices || volume[5, 7, 100] != 0.5f * SyntheticSeries.Stored(7 * Side + 5, 100)) throw new InvalidOperationException("The volume is not the one that was stored.");
    }

    private sealed class Nobody : IFetchObserver
    {
        public static Nobody Instance { get; } = new();

        public void Notice(string line)
        {
        }

        public void Progress(SeriesSummary series, int done, int of, long bytes)
        {
        }
    }
}
