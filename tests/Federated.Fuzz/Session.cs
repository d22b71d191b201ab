using System.Diagnostics;
using System.Security.Cryptography;

namespace Federated.Fuzz;

/// <summary>One run: seeds, mutations that reach new branches join them, and a report at the end.</summary>
public static class Session
{
    private const double HangSeconds = 10;

    /// <summary>Runs and reports.</summary>
    /// <returns>0 when nothing was found, 1 otherwise, 2 for bad usage.</returns>
    public static int Run(string? target, double minutes, int seed, string? corpus, string findings, string? replay)
    {
        Target[] targets = [.. Target.All.Where(t => target is null || string.Equals(t.Name, target, StringComparison.Ordinal))];
        if (targets.Length == 0)
        {
            Console.Error.WriteLine($"there is no target {target}: choose one of {string.Join(", ", Target.All.Select(t => t.Name))}");
            return 2;
        }
        Directory.CreateDirectory(findings);
        int found = 0;
        // A site reads on pool threads, whose stacks are smaller than the main one.
        Thread worker = new(() => found = replay is null ? Fuzz(targets, TimeSpan.FromMinutes(minutes), seed, corpus, findings) : Replay(targets, File.ReadAllBytes(replay), findings), 1 << 20);
        worker.Start();
        worker.Join();
        return found > 0 ? 1 : 0;
    }

    private static int Replay(Target[] targets, byte[] input, string findings)
    {
        int found = 0;
        _ = new Coverage(); // Instrumented code writes its branches whether anyone reads them or not.
        foreach (Target target in targets)
        {
            using Probe probe = new(target, findings);
            probe.Run(input);
            Console.WriteLine($"{target.Name}: {probe.Findings} findings, {probe.LargestAllocation / 1e6:0.0} MB, {probe.Longest.TotalMilliseconds:0.0} ms");
            found += probe.Findings;
        }
        return found;
    }

    private static int Fuzz(Target[] targets, TimeSpan length, int seed, string? corpus, string findings)
    {
        int found = 0;
        Coverage coverage = new();
        foreach (Target target in targets)
        {
            using Probe probe = new(target, findings);
            Mutation mutation = new(seed);
            Random random = new(seed);
            List<byte[]> pool = [.. Seeds.For(target.Name, corpus).Where(s => s.Length <= CurrentInput.Most)];
            int seeds = pool.Count;
            foreach (byte[] input in pool)
            {
                coverage.Start();
                probe.Run(input);
                coverage.Finish();
            }
            int fromSeeds = coverage.Branches;
            Stopwatch watch = Stopwatch.StartNew();
            while (watch.Elapsed < length / targets.Length)
            {
                // New arrivals are tried more often than old ones.
                int pick = random.Next(2) == 0 ? random.Next(pool.Count) : Math.Max(0, pool.Count - 1 - random.Next(Math.Min(64, pool.Count)));
                byte[] input = mutation.Of(pool[pick], pool[random.Next(pool.Count)], target.Name is not "nifti");
                coverage.Start();
                probe.Run(input);
                if (coverage.Finish() && input.Length < 100_000) pool.Add(input);
            }
            Console.WriteLine($"{target.Name}: {probe.Executed} inputs in {watch.Elapsed.TotalSeconds:0} s from {seeds} seeds, {pool.Count - seeds} reached new branches ({fromSeeds} -> {coverage.Branches}); "
                + $"{probe.Findings} findings; largest allocation {probe.LargestAllocation / 1e6:0.0} MB for {probe.LargestLength} bytes, longest {probe.Longest.TotalMilliseconds:0} ms");
            found += probe.Findings;
        }
        return found;
    }

    /// <summary>Runs single inputs of one target under its bounds and keeps those that break them.</summary>
    private sealed class Probe : IDisposable
    {
        private readonly Target target;
        private readonly string findings;
        private readonly CurrentInput current;
        private readonly Timer watchdog;
        private readonly HashSet<string> places = new(StringComparer.Ordinal);

        // Written by the worker before and after each input, read by the watchdog; 0 between inputs.
        private long started;

        public Probe(Target target, string findings)
        {
            this.target = target;
            this.findings = findings;
            current = new CurrentInput(Path.Combine(findings, $"{target.Name}.current"));
            if (current.Left is { } left) Keep("died", left, "an earlier process ended while it ran this input");
            watchdog = new Timer(_ => Watch(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        }

        public long Executed { get; private set; }
        public int Findings { get; private set; }
        public long LargestAllocation { get; private set; }
        public int LargestLength { get; private set; }
        public TimeSpan Longest { get; private set; }

        public void Run(byte[] input)
        {
            Executed++;
            current.Begin(input);
            long begun = Stopwatch.GetTimestamp();
            Volatile.Write(ref started, begun);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                target.Run(input);
            }
            catch (Exception defect)
            {
                // One input for each place that throws: the rest say the same.
                string place = defect.GetType().Name + defect.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Federated.Imaging", StringComparison.Ordinal));
                if (places.Add(place)) Keep("crash", input, defect.ToString());
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Volatile.Write(ref started, 0);
            current.End();
            TimeSpan took = Stopwatch.GetElapsedTime(begun);
            if (took > Longest) Longest = took;
            if (allocated > LargestAllocation) (LargestAllocation, LargestLength) = (allocated, input.Length);
            // One input for each power of two: the largest of a kind tells most.
            if (allocated > target.Bytes(input.Length) && places.Add($"allocation {Math.Floor(Math.Log2(allocated))}")) Keep("allocation", input, $"{allocated} bytes for an input of {input.Length}");
        }

        public void Dispose()
        {
            watchdog.Dispose();
            current.Dispose();
        }

        private void Watch()
        {
            long begun = Volatile.Read(ref started);
            if (begun == 0 || Stopwatch.GetElapsedTime(begun).TotalSeconds < HangSeconds) return;
            // The input stays in the mapped file, from where the next run keeps it.
            Console.Error.WriteLine($"{target.Name}: one input has run for more than {HangSeconds} s; it is kept by the next run");
            Environment.Exit(1);
        }

        private void Keep(string kind, byte[] input, string why)
        {
            Findings++;
            string path = Path.Combine(findings, $"{kind}-{target.Name}-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}.bin");
            File.WriteAllBytes(path, input);
            Console.Error.WriteLine($"{path}: {why}");
        }
    }
}
