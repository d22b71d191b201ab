namespace Federated.Privacy.SecureAggregation;

/// <summary>One keystream to add to a vector, or to take off it.</summary>
internal readonly record struct Mask(byte[] Key, bool Subtract);

/// <summary>
/// Adds masks to a vector: PRG(key) is the AES-256-CTR keystream from counter zero, read as little-endian elements of the ring. All masks of one 64 KiB
/// stretch are applied while it is in the cache; stretches are independent, so any number of threads gives the same bits.
/// </summary>
internal static class MaskStream
{
    public static void Apply(Ring ring, byte[] vector, IReadOnlyList<Mask> masks, int threads)
    {
        int stretches = (vector.Length + CounterStream.RunBytes - 1) / CounterStream.RunBytes;
        int workers = Math.Clamp(threads, 1, Math.Max(1, stretches));
        if (workers == 1)
        {
            ApplyStretches(ring, vector, masks, 0, stretches);
            return;
        }

        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, w =>
            ApplyStretches(ring, vector, masks, (int)((long)stretches * w / workers), (int)((long)stretches * (w + 1) / workers)));
    }

    private static void ApplyStretches(Ring ring, byte[] vector, IReadOnlyList<Mask> masks, int from, int to)
    {
        if (from >= to) return;
        byte[] counters = new byte[CounterStream.RunBytes];
        byte[] keystream = new byte[CounterStream.RunBytes];
        var streams = new CounterStream[masks.Count];
        try
        {
            for (int m = 0; m < streams.Length; m++) streams[m] = new CounterStream(masks[m].Key);
            for (int s = from; s < to; s++)
            {
                int start = s * CounterStream.RunBytes;
                Span<byte> stretch = vector.AsSpan(start, Math.Min(CounterStream.RunBytes, vector.Length - start));
                int blocks = (stretch.Length + CounterStream.BlockBytes - 1) / CounterStream.BlockBytes * CounterStream.BlockBytes;
                CounterStream.WriteCounters((UInt128)((long)s * (CounterStream.RunBytes / CounterStream.BlockBytes)), counters.AsSpan(0, blocks));
                for (int m = 0; m < streams.Length; m++)
                {
                    streams[m].Encrypt(counters.AsSpan(0, blocks), keystream.AsSpan(0, blocks));
                    RingArithmetic.Accumulate(ring, stretch, keystream.AsSpan(0, stretch.Length), masks[m].Subtract);
                }
            }
        }
        finally
        {
            foreach (CounterStream? stream in streams) stream?.Dispose();
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(keystream);
        }
    }
}
