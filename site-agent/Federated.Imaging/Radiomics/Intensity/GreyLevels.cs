using System.Runtime.InteropServices;

namespace Federated.Imaging.Radiomics;

/// <summary>The map from intensities to grey levels 1, 2, ... (IBSI reference manual, section 2.7).</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct GreyLevels
{
    private readonly double from;
    private readonly double width;
    private readonly double bins;

    private GreyLevels(double from, double width, double bins)
    {
        this.from = from;
        this.width = width;
        this.bins = bins;
    }

    /// <summary>Level = floor(bins (v - minimum) / (maximum - minimum)) + 1, the maximum in the last bin.</summary>
    public static GreyLevels FixedNumber(double minimum, double maximum, int bins) => new(minimum, maximum - minimum, bins);

    /// <summary>Level = floor((v - from) / width) + 1.</summary>
    public static GreyLevels FixedSize(double from, double width) => new(from, width, 0);

    /// <summary>The map that a discretisation means for a region.</summary>
    /// <param name="discretisation">Kind.</param>
    /// <param name="range">Its lower bound is where the first bin of a fixed size begins.</param>
    /// <param name="minimum">Smallest intensity of the re-segmented region.</param>
    /// <param name="maximum">Largest one.</param>
    public static GreyLevels For(Discretisation discretisation, Resegmentation range, double minimum, double maximum) => discretisation switch
    {
        Discretisation.FixedBinNumber fixedNumber => FixedNumber(minimum, maximum, fixedNumber.Bins),
        Discretisation.FixedBinSize fixedSize => FixedSize(range.Lower ?? minimum, fixedSize.Width),
        _ => FixedSize(1, 1),
    };

    /// <summary>Level of an intensity.</summary>
    public int Of(double value)
    {
        if (bins == 0) return (int)Math.Floor((value - from) / width) + 1;
        // A region of one intensity has one level.
        if (width == 0) return 1;
        return (int)Math.Min(Math.Floor(bins * (value - from) / width) + 1, bins);
    }
}
