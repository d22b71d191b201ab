using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Federated.Analyses.Study;
using Federated.Imaging.Measurement;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Extraction;
using Federated.SiteAgent.Host.Storage;

namespace Federated.Benchmarks;

/// <summary>
/// 100 synthetic PET patients (128 x 128 x 100 voxels, three lesions, DICOM and RTSTRUCT on disk) to the feature store: uptake measures and all radiomic families at 3 mm. Each
/// run is a process of its own, so that its peak memory is its own. Bars: two workers at least 1.8 times as fast as one, less than 1 GB.
/// Others on the machine stretch the seconds, not the processor's: workers that hinder each other (collector, memory, locks) show as more processor seconds for the same scans,
/// and pauses of the collector are the one part that no second worker shortens.
/// </summary>
internal static class ExtractionBenchmark
{
    private const int Patients = 100;
    private const int Runs = 3;

    private const string Study = """
        study: benchmark
        measurement:
          tracer: FDG
          measures: [suvmax, suvmean, suvpeak_local, suvpeak_global, mtv, mtv_41, tlg_41, mtv_suv4]
          radiomics:
            - families: [morphology, local-intensity, statistics, histogram, intensity-volume-histogram, glcm, glrlm, glszm, gldzm, ngtdm, ngldm]
              aggregations: [3d-averaged, 3d-merged]
              discretisation: { bin-size: 0.25 }
              spacing: [3, 3, 3]
              lower: 0
        analyses: [{ id: sizes, kind: describe }]
        """;

    public static int RunAll()
    {
        string folder = Directory.CreateTempSubdirectory("federated-extract-").FullName;
        try
        {
            Write(folder);
            Console.WriteLine("| workers | seconds (best of 3) | processor seconds | collector's pauses (s) | peak memory |");
            Console.WriteLine("|---|---|---|---|---|");
            Cost[] best = [Cost.None, Cost.None];
            long[] peak = [0, 0];
            for (int run = 0; run < Runs; run++) // in turns, as the machine is shared
            {
                for (int workers = 1; workers <= 2; workers++)
                {
                    Cost cost = Child(folder, workers);
                    best[workers - 1] = best[workers - 1].Least(cost);
                    peak[workers - 1] = Math.Max(peak[workers - 1], cost.Bytes);
                }
            }
            for (int workers = 1; workers <= 2; workers++)
            {
                Cost cost = best[workers - 1];
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {workers} | {cost.Seconds:0.0} | {cost.Processor:0.0} | {cost.Paused:0.00} | {peak[workers - 1] >> 20} MB |"));
            }
            double scaling = best[0].Seconds / best[1].Seconds;
            // Pauses stop both workers; all else is shared by two.
            double alone = best[0].Processor / (best[1].Paused + (best[1].Processor - best[1].Paused) / 2);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"Two workers are {scaling:0.00} times as fast as one (bar 1.8), {alone:0.00} by processor seconds alone; peak {Math.Max(peak[0], peak[1]) >> 20} MB (bar 1,024 MB)."));
            return scaling >= 1.8 && Math.Max(peak[0], peak[1]) < 1L << 30 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One run in this process: prints seconds, seconds of the processor, seconds of the collector's pauses and peak bytes.</summary>
    public static int RunOne(string folder, int workers)
    {
        string data = Path.Combine(folder, $"store-{Environment.ProcessId}");
        MeasurementProtocol protocol = ProtocolSource.Of(StudyFile.Read(Study, "benchmark").Measurement, "benchmark");
        ImmutableArray<ListedScan> scans = [.. Enumerable.Range(0, Patients).Select(p => new ListedScan($"p{p:D3}", $"1.2.{p + 1}", "", "", null))];
        int refused = 0;
        long started = Stopwatch.GetTimestamp();
        var store = new MeasuredTables(new SiteDatabase(data));
        new ExtractionRun(protocol, new ImageLibrary(Path.Combine(folder, "images")), new StoredImages(new GdcmTranscoder(TimeProvider.System)), store, new ExtractionOptions { Workers = workers })
            .RunAsync(scans, done => refused += done.Row.Outcome == MeasuredOutcome.Measured ? 0 : 1, null, CancellationToken.None).GetAwaiter().GetResult();
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds:R} {Environment.CpuUsage.TotalTime.TotalSeconds:R} {GC.GetTotalPauseDuration().TotalSeconds:R} {self.PeakWorkingSet64}"));
        return refused == 0 ? 0 : throw new InvalidOperationException($"{refused} scans could not be measured: {store.Rows(protocol.Digest).First(r => r.Outcome == MeasuredOutcome.Refused).Reason}");
    }

    private static void Write(string folder)
    {
        Random random = new(11);
        for (int p = 0; p < Patients; p++)
        {
            SyntheticLesion[] lesions =
            [
                .. Enumerable.Range(0, 3).Select(l => new SyntheticLesion(
                    $"GTV{l + 1}", -90 + 80 * l + 10 * random.NextDouble(), 40 * random.NextDouble(), 120 + 100 * l, 12 + 12 * random.NextDouble(), 4 + 10 * random.NextDouble())),
            ];
            new SyntheticScan { Series = $"1.2.{p + 1}", Lesions = lesions, Columns = 128, Rows = 128, Slices = 100, Noise = 0.2, Seed = p }.Write(Path.Combine(folder, "images", $"1.2.{p + 1}"));
        }
    }

    private static Cost Child(string folder, int workers)
    {
        using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["extract", folder, workers.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0) throw new InvalidOperationException($"a run ended with {child.ExitCode}");
        string[] words = output.Split(' ');
        return new Cost(Number(words[0]), Number(words[1]), Number(words[2]), long.Parse(words[3], CultureInfo.InvariantCulture));

        static double Number(string word) => double.Parse(word, CultureInfo.InvariantCulture);
    }

    private sealed record Cost(double Seconds, double Processor, double Paused, long Bytes)
    {
        public static Cost None { get; } = new(double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity, 0);

        public Cost Least(Cost other) => new(Math.Min(Seconds, other.Seconds), Math.Min(Processor, other.Processor), Math.Min(Paused, other.Paused), Math.Max(Bytes, other.Bytes));
    }
}
