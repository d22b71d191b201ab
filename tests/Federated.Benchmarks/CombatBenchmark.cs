using System.Diagnostics;
using Federated.Statistics.Harmonization;

namespace Federated.Benchmarks;

/// <summary>
/// Pooled ComBat (20 batches, 3 covariates, parametric, to convergence): fit and adjustment in place, against published figures for neuroHarmonize on
/// two cores. Each shape runs in a process of its own, so its peak memory is its own.
/// </summary>
internal static class CombatBenchmark
{
    private const int Batches = 20;
    private const int Covariates = 3;

    private static readonly (int Scans, int Features, double? NeuroHarmonize)[] Shapes = [(1_000, 1_000, 0.05), (5_000, 1_000, null), (1_000, 100_000, 8.1)];

    public static int RunAll()
    {
        Console.WriteLine("| scans x features | seconds (median) | runs | neuroHarmonize | ratio | peak beyond data |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach ((int scans, int features, double? published) in Shapes)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!, ["combat", $"{scans}", $"{features}"]) { RedirectStandardOutput = true, UseShellExecute = false };
            using Process child = Process.Start(start)!;
            string[] figures = child.StandardOutput.ReadToEnd().Split(' ', StringSplitOptions.TrimEntries);
            child.WaitForExit();
            if (child.ExitCode != 0) return child.ExitCode;
            double seconds = double.Parse(figures[0]);
            string ratio = published is { } theirs ? $"{theirs / seconds:0.0}x" : "";
            Console.WriteLine($"| {scans:N0} x {features:N0} | {seconds:0.0000} | {figures[1]} | {published} | {ratio} | {figures[2]} MB |");
        }

        return 0;
    }

    public static int RunShape(int scans, int features)
    {
        double[] data = new double[scans * features];
        double[] design = new double[scans * Covariates];
        int[] batch = [.. Enumerable.Range(0, scans).Select(i => i * 7 % Batches)];
        var settings = new CombatSettings();
        int threads = Math.Min(2, Environment.ProcessorCount);
        int runs = features > 10_000 ? 5 : 41;
        double[] seconds = new double[runs];
        for (int run = 0; run < runs + 1; run++)
        {
            Fill(data, design, batch, features);
            GC.Collect(); // what earlier runs left is not this run's memory
            long started = Stopwatch.GetTimestamp();
            PooledComBat fit = PooledComBat.Fit(data, features, design, Covariates, batch, Batches, settings, null, threads);
            fit.AdjustInPlace(data, design, batch, threads);
            if (run > 0) seconds[run - 1] = Stopwatch.GetElapsedTime(started).TotalSeconds; // the first run compiles
        }

        Array.Sort(seconds);
        long beyond = (Process.GetCurrentProcess().PeakWorkingSet64 - (sizeof(double) * (long)data.Length)) >> 20;
        Console.WriteLine($"{seconds[runs / 2]:0.00000} {runs} {beyond}");
        return 0;
    }

    /// <summary>Scans with an age, a sex and a volume, features with a scale of their own, batches with a location and a scale.</summary>
    private static void Fill(double[] data, double[] design, int[] batch, int features)
    {
        ulong state = 0x9E3779B97F4A7C15;
        for (int row = 0; row < batch.Length; row++)
        {
            design[row * Covariates] = 50 + (12 * Normal(ref state));
            design[(row * Covariates) + 1] = Normal(ref state) > 0 ? 1 : 0;
            design[(row * Covariates) + 2] = 1500 + (100 * Normal(ref state));
            for (int f = 0; f < features; f++)
            {
                double location = 0.3 * Math.Sin((batch[row] * 1.7) + (f * 0.37));
                double scale = 1 + (0.3 * Math.Sin((batch[row] * 2.3) + (f * 0.11)));
                data[(row * features) + f] = 3 + (f % 7) + (0.01 * design[row * Covariates]) + location + (scale * Normal(ref state));
            }
        }
    }

    /// <summary>Nearly normal: the sum of four uniforms from a xorshift generator.</summary>
    private static double Normal(ref ulong state)
    {
        double sum = 0;
        for (int i = 0; i < 4; i++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            sum += (state >> 11) * (1.0 / (1UL << 53));
        }

        return (sum - 2) * Math.Sqrt(3);
    }
}
