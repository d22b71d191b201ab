namespace Federated.Imaging.Regions;

/// <summary>
/// Measures of uneven uptake that the literature uses beside those of IBSI. All look at the voxels of a region alone, not at where they lie.
/// </summary>
/// <param name="CumulativeHistogramArea">
/// Area under the cumulative SUV-volume histogram: share of the volume that reaches a share of SUVmax, over shares from 0 to 1 (van Velden 2011, Eur J Nucl Med Mol Imaging 38:1636); 1 for
/// even uptake, less for uneven. Taken exactly, without bins: the integral of a step function, which is the mean of uptake / SUVmax where uptake is positive. Not a number without uptake.
/// </param>
/// <param name="VolumeThresholdSlope">
/// Change of the volume in ml per per cent of SUVmax between 40 and 80 % (Kidd and Grigsby 2008, Clin Cancer Res 14:5236); negative, further from 0 for large uneven lesions. The paper leaves
/// open how the derivative is formed: here by least squares through 40, 50, 60, 70 and 80 %. Not a number without uptake.
/// </param>
/// <param name="MaximumToMean">SUVmax / SUVmean; not a number where the mean is not positive.</param>
public sealed record UptakeHeterogeneity(double CumulativeHistogramArea, double VolumeThresholdSlope, double MaximumToMean)
{
    private static readonly double[] Percents = [40, 50, 60, 70, 80];

    /// <summary>Measures the uptake of a region's voxels.</summary>
    /// <param name="ascending">Uptake of each voxel, lowest first; at least one.</param>
    /// <param name="voxelMillilitres">Volume of a voxel.</param>
    public static UptakeHeterogeneity Of(ReadOnlySpan<double> ascending, double voxelMillilitres)
    {
        double maximum = ascending[^1], sum = 0, positive = 0;
        foreach (double value in ascending)
        {
            sum += value;
            positive += Math.Max(value, 0);
        }
        double mean = sum / ascending.Length;
        return new UptakeHeterogeneity(
            maximum > 0 ? positive / ascending.Length / maximum : double.NaN,
            maximum > 0 ? Slope(ascending, maximum, voxelMillilitres) : double.NaN,
            mean > 0 ? maximum / mean : double.NaN);
    }

    private static double Slope(ReadOnlySpan<double> ascending, double maximum, double voxelMillilitres)
    {
        // Thresholds lie evenly around 60 %, so the least-squares slope is a weighted sum of the volumes.
        double weighted = 0, squares = 0;
        foreach (double percent in Percents)
        {
            float threshold = (float)(percent / 100 * maximum); // as regions by thresholds are drawn
            weighted += (percent - 60) * Reaching(ascending, threshold) * voxelMillilitres;
            squares += (percent - 60) * (percent - 60);
        }
        return weighted / squares;
    }

    private static int Reaching(ReadOnlySpan<double> ascending, double threshold)
    {
        int below = 0, above = ascending.Length;
        while (below < above)
        {
            int middle = (below + above) / 2;
            if (ascending[middle] < threshold) below = middle + 1;
            else above = middle;
        }
        return ascending.Length - below;
    }
}
