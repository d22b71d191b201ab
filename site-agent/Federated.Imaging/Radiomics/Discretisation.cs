using System.Globalization;

namespace Federated.Imaging.Radiomics;

/// <summary>How intensities become grey levels 1, 2, ... (IBSI reference manual, section 2.7).</summary>
public abstract record Discretisation
{
    private Discretisation()
    {
    }

    /// <summary>The words that enter the settings' canonical text.</summary>
    internal abstract string Canonical { get; }

    /// <summary>Intensities are used as they are: whole numbers from 1 in textures, whole numbers in the intensity-volume histogram.</summary>
    public sealed record None : Discretisation
    {
        internal override string Canonical => "none";
    }

    /// <summary>A fixed number of bins between the smallest and the largest intensity of the re-segmented region.</summary>
    public sealed record FixedBinNumber : Discretisation
    {
        /// <summary>Sets the number of bins.</summary>
        /// <param name="bins">From 2 to 65,535.</param>
        public FixedBinNumber(int bins)
        {
            if (bins is < 2 or > ushort.MaxValue) throw new RadiomicsException($"A fixed bin number of {bins} is not usable: choose 2 to 65,535 bins.");
            Bins = bins;
        }

        /// <summary>Number of bins.</summary>
        public int Bins { get; }

        internal override string Canonical => string.Create(CultureInfo.InvariantCulture, $"fixed-bin-number {Bins}");
    }

    /// <summary>Bins of a fixed width, the first beginning at the lower bound of the re-segmentation range, or at the region's minimum when there is none.</summary>
    public sealed record FixedBinSize : Discretisation
    {
        /// <summary>Sets the width.</summary>
        /// <param name="width">In the image's units; finite and positive.</param>
        public FixedBinSize(double width)
        {
            if (!(width > 0) || double.IsInfinity(width)) throw new RadiomicsException($"A fixed bin size of {width} is not usable: choose a positive width in the image's units.");
            Width = width;
        }

        /// <summary>Bin width in the image's units.</summary>
        public double Width { get; }

        internal override string Canonical => string.Create(CultureInfo.InvariantCulture, $"fixed-bin-size {Width:R}");
    }
}
