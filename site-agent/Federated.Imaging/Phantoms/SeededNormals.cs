namespace Federated.Imaging.Phantoms;

/// <summary>A stream of standard normal numbers that is the same for a seed on every machine and release: SplitMix64 (Steele 2014, OOPSLA) and Marsaglia's polar method.</summary>
/// <param name="seed">Any number.</param>
public sealed class SeededNormals(ulong seed)
{
    private ulong state = seed;
    private double? spare;

    /// <summary>The next number, uniform from 0 to below 1.</summary>
    public double NextUniform()
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>The next number of mean zero and variance one.</summary>
    public double Next()
    {
        if (spare is { } kept)
        {
            spare = null;
            return kept;
        }
        double u, v, square;
        do
        {
            u = 2 * NextUniform() - 1;
            v = 2 * NextUniform() - 1;
            square = u * u + v * v;
        }
        while (square is >= 1 or 0);
        double factor = Math.Sqrt(-2 * Math.Log(square) / square);
        spare = v * factor;
        return u * factor;
    }
}
