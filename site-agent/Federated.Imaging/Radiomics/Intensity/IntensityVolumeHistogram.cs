namespace Federated.Imaging.Radiomics;

/// <summary>Intensity-volume histogram features (IBSI reference manual, section 3.5).</summary>
internal static class IntensityVolumeHistogram
{
    /// <summary>Adds the six features: volume fractions at 10 % and 90 % of the intensity range, intensities at 10 % and 90 % of the volume, and their differences.</summary>
    /// <param name="sorted">Intensities of the re-segmented region, ascending.</param>
    /// <param name="settings">Discretisation and range.</param>
    /// <param name="features">Where values go.</param>
    public static void Measure(ReadOnlySpan<double> sorted, ExtractionSettings settings, FeatureWriter features)
    {
        Levels levels = Levels.Of(sorted, settings.IntensityVolumeHistogram, settings.Resegmentation);
        double v10 = levels.VolumeAtIntensity(10), v90 = levels.VolumeAtIntensity(90), i10 = levels.IntensityAtVolume(10), i90 = levels.IntensityAtVolume(90);
        features.Add("ivh_v10", v10);
        features.Add("ivh_v90", v90);
        features.Add("ivh_i10", i10);
        features.Add("ivh_i90", i90);
        features.Add("ivh_diff_v10_v90", v10 - v90);
        features.Add("ivh_diff_i10_i90", i10 - i90);
    }

    /// <summary>Equally spaced levels over the whole permitted range and how many voxels reach each.</summary>
    private sealed class Levels(double first, double step, int[] reaching)
    {
        private const int Most = 1 << 24;

        public static Levels Of(ReadOnlySpan<double> sorted, Discretisation discretisation, Resegmentation range)
        {
            double minimum = sorted[0], maximum = sorted[^1];
            switch (discretisation)
            {
                case Discretisation.FixedBinNumber fixedNumber:
                    GreyLevels bins = GreyLevels.FixedNumber(minimum, maximum, fixedNumber.Bins);
                    return Count(sorted, 1, 1, fixedNumber.Bins, bins);
                case Discretisation.FixedBinSize fixedSize:
                    {
                        // Levels are bin centres; the last is the bin that ends at the upper bound, or the highest filled one where the range is open.
                        double from = range.Lower ?? minimum;
                        double bound = range.Upper is { } upper ? Math.Ceiling((upper - from) / fixedSize.Width) : 0;
                        double filled = Math.Floor((maximum - from) / fixedSize.Width) + 1;
                        return Count(sorted, from + 0.5 * fixedSize.Width, fixedSize.Width, Math.Max(bound, filled), GreyLevels.FixedSize(from, fixedSize.Width));
                    }

                default:
                    {
                        double from = Math.Ceiling(range.Lower ?? minimum), to = Math.Floor(range.Upper ?? maximum);
                        foreach (double v in sorted)
                        {
                            if (v != Math.Floor(v)) throw new RadiomicsException($"An intensity-volume histogram without discretisation needs whole-number intensities; the region holds {v}: choose a bin size or bin number.");
                        }

                        return Count(sorted, from, 1, to - from + 1, GreyLevels.FixedSize(from, 1));
                    }
            }
        }

        /// <summary>Largest volume fraction whose intensity fraction is at least so many per cent.</summary>
        public double VolumeAtIntensity(int percent)
        {
            int last = reaching.Length - 1;
            int level = (int)(((long)percent * last + 99) / 100);
            return reaching[level] / (double)reaching[0];
        }

        /// <summary>Smallest intensity that at most so many per cent of the volume reach; one level beyond the last when even that one is reached by more.</summary>
        public double IntensityAtVolume(int percent)
        {
            int level = 0;
            while (level < reaching.Length && 100L * reaching[level] > (long)percent * reaching[0]) level++;
            return first + level * step;
        }

        private static Levels Count(ReadOnlySpan<double> sorted, double first, double step, double count, GreyLevels bins)
        {
            if (count > Most) throw new RadiomicsException($"The intensity-volume histogram would have {count} levels: choose a larger bin size or a bin number.");
            int[] reaching = new int[(int)count];
            foreach (double v in sorted) reaching[Math.Min(bins.Of(v), reaching.Length) - 1]++;
            for (int i = reaching.Length - 2; i >= 0; i--) reaching[i] += reaching[i + 1];
            return new Levels(first, step, reaching);
        }
    }
}
