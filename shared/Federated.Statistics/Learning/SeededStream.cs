namespace Federated.Statistics.Learning;

/// <summary>A stream of random numbers that a seed determines to the last bit: splitmix64 (Steele, Lea and Flood 2014).</summary>
public sealed class SeededStream(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A stream of its own for these numbers.</summary>
    public static SeededStream For(params ReadOnlySpan<ulong> words)
    {
        ulong state = 0;
        foreach (ulong word in words) state = new SeededStream(state ^ new SeededStream(word).Next()).Next();
        return new SeededStream(state);
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>0 to n - 1 in random order (Fisher and Yates).</summary>
    public int[] Order(int n)
    {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) order[i] = i;
        for (int i = n - 1; i > 0; i--)
        {
            int j = (int)(Uniform() * (i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}
