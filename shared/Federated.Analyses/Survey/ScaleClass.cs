namespace Federated.Analyses.Survey;

/// <summary>
/// A histogram of magnitudes packed into one 128-bit integer: 18 classes of 8 octaves, 7 bits each, so that the sum over at most 127 sites is again
/// such a histogram. Class c holds magnitudes up to 2^(8c - 64); the ends are clamped.
/// </summary>
public static class ScaleClass
{
    /// <summary>Classes of the histogram.</summary>
    public const int Count = 18;

    /// <summary>More sites than this would carry from one class into the next.</summary>
    public const int MostSites = 127;

    private const int BitsPerClass = 7;
    private const int OctavesPerClass = 8;
    private const int LowestEdge = -64;

    /// <summary>The histogram of one site that saw this magnitude; zero counts nowhere.</summary>
    public static Int128 Mark(double magnitude)
    {
        if (magnitude == 0 || double.IsNaN(magnitude)) return 0;
        if (double.IsInfinity(magnitude)) return Int128.One << (BitsPerClass * (Count - 1));
        int exponent = Math.ILogB(magnitude);
        if (magnitude != double.ScaleB(1, exponent)) exponent++; // the least power of two that is not below
        int index = (exponent - LowestEdge + OctavesPerClass - 1) >> 3;
        return Int128.One << (BitsPerClass * Math.Clamp(index, 0, Count - 1));
    }

    /// <summary>The exponent of the upper edge of the highest class in which somebody is; int.MinValue if nobody is anywhere.</summary>
    public static int HighestExponent(Int128 histogram)
    {
        for (int index = Count - 1; index >= 0; index--)
            if (((histogram >> (BitsPerClass * index)) & ((1 << BitsPerClass) - 1)) != 0) return LowestEdge + (OctavesPerClass * index);
        return int.MinValue;
    }
}
