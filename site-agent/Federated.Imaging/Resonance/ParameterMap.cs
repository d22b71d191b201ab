using Federated.Imaging.Volumes;

namespace Federated.Imaging.Resonance;

/// <summary>Maps of physical quantities from several images of one grid, voxel by voxel; not a number where a voxel does not allow one.</summary>
public static class ParameterMap
{
    /// <summary>
    /// The apparent diffusion coefficient in 10^-3 mm^2/s: least squares through log S = log S0 - b ADC with weights S^2, which undo the logarithm's magnification of noise (Bito et al. 1995;
    /// Salvador et al. 2005, Hum Brain Mapp 24:144). Signals at or below the noise floor are left out of their voxel.
    /// </summary>
    /// <param name="images">One per b-value.</param>
    /// <param name="bValues">In s/mm^2, at least two that differ.</param>
    /// <param name="noiseFloor">Signals up to this one say nothing.</param>
    /// <exception cref="VolumeException">Images of different grids, or too few b-values.</exception>
    public static Volume ApparentDiffusion(IReadOnlyList<Volume> images, IReadOnlyList<double> bValues, double noiseFloor = 0)
    {
        Require(images, bValues.Count, "b-value");
        if (bValues.Any(b => !(b >= 0)) || bValues.Distinct().Count() < 2) throw new VolumeException("diffusion needs at least two different b-values, none below zero: state one per image, in s/mm2");
        return Map(images, signals =>
        {
            double weights = 0, b = 0, log = 0;
            for (int i = 0; i < signals.Length; i++)
            {
                if (!(signals[i] > Math.Max(noiseFloor, 0))) continue;
                double w = signals[i] * signals[i];
                (weights, b, log) = (weights + w, b + (w * bValues[i]), log + (w * Math.Log(signals[i])));
            }

            if (weights == 0) return double.NaN;
            (b, log) = (b / weights, log / weights);
            double cross = 0, square = 0;
            for (int i = 0; i < signals.Length; i++)
            {
                if (!(signals[i] > Math.Max(noiseFloor, 0))) continue;
                double w = signals[i] * signals[i];
                cross += w * (bValues[i] - b) * (Math.Log(signals[i]) - log);
                square += w * (bValues[i] - b) * (bValues[i] - b);
            }

            return square > 0 ? -1000 * cross / square : double.NaN;
        });
    }

    /// <summary>
    /// Asymmetry of the magnetization transfer ratio, (S(-offset) - S(+offset)) / S0, in per cent (Zhou et al. 2003, Nat Med 9:1085): chemical exchange saturation transfer. The spectrum is
    /// linear between the offsets that were measured, and shifted by the field map where there is one.
    /// </summary>
    /// <param name="spectrum">One image per offset.</param>
    /// <param name="offsets">In ppm of the water frequency.</param>
    /// <param name="unsaturated">S0.</param>
    /// <param name="offset">Where the asymmetry is taken, in ppm, above zero.</param>
    /// <param name="field">Shift of water in ppm, per voxel; null = none.</param>
    /// <exception cref="VolumeException">Different grids, or offsets that do not reach so far.</exception>
    public static Volume TransferAsymmetry(IReadOnlyList<Volume> spectrum, IReadOnlyList<double> offsets, Volume unsaturated, double offset, Volume? field = null)
    {
        Require(spectrum, offsets.Count, "offset");
        int[] order = [.. Enumerable.Range(0, offsets.Count).OrderBy(i => offsets[i])];
        double[] at = [.. order.Select(i => offsets[i])];
        if (!(offset > 0) || at.Distinct().Count() != at.Length || at[0] > -offset || at[^1] < offset)
            throw new VolumeException($"the asymmetry at {offset} ppm needs different offsets from -{offset} to {offset} ppm or beyond; those stated reach from {at[0]} to {at[^1]}");
        Volume[] all = [.. order.Select(i => spectrum[i]), unsaturated, .. field is null ? Array.Empty<Volume>() : [field]];
        Require(all, all.Length, "image");
        return Map(all, signals =>
        {
            double s0 = signals[at.Length], shift = field is null ? 0 : signals[at.Length + 1];
            double above = Between(at, signals, offset + shift), below = Between(at, signals, shift - offset);
            return s0 > 0 ? 100 * (below - above) / s0 : double.NaN;
        });
    }

    /// <summary>
    /// The ratio of areas under the curves of product and substrate over time (trapezoids), as lactate to pyruvate after hyperpolarized 13C pyruvate (Hill et al. 2013, PLoS One 8:e71996);
    /// without unit.
    /// </summary>
    /// <param name="product">One image per time.</param>
    /// <param name="substrate">One image per time.</param>
    /// <param name="seconds">Times, rising.</param>
    /// <param name="leastSubstrate">Voxels whose area of the substrate does not pass this are left out.</param>
    /// <exception cref="VolumeException">Different grids, or times that do not rise.</exception>
    public static Volume AreaRatio(IReadOnlyList<Volume> product, IReadOnlyList<Volume> substrate, IReadOnlyList<double> seconds, double leastSubstrate = 0)
    {
        Require(product, seconds.Count, "time");
        Require(substrate, seconds.Count, "time");
        if (seconds.Count < 2 || seconds.Zip(seconds.Skip(1)).Any(pair => !(pair.First < pair.Second))) throw new VolumeException("areas need at least two times, rising: state one per image, in seconds");
        int n = seconds.Count;
        return Map([.. product, .. substrate], signals =>
        {
            double top = 0, bottom = 0;
            for (int i = 1; i < n; i++)
            {
                double half = (seconds[i] - seconds[i - 1]) / 2;
                top += half * (signals[i] + signals[i - 1]);
                bottom += half * (signals[n + i] + signals[n + i - 1]);
            }

            return bottom > Math.Max(leastSubstrate, 0) ? top / bottom : double.NaN;
        });
    }

    private static double Between(double[] at, double[] signals, double offset)
    {
        int above = Array.FindIndex(at, a => a >= offset);
        if (above < 0 || (above == 0 && at[0] > offset)) return double.NaN; // the field shifts it out of what was measured
        if (above == 0) return signals[0];
        double share = (offset - at[above - 1]) / (at[above] - at[above - 1]);
        return signals[above - 1] + (share * (signals[above] - signals[above - 1]));
    }

    private static Volume Map(IReadOnlyList<Volume> images, Func<double[], double> formula)
    {
        float[] map = new float[images[0].Values.Length];
        double[] signals = new double[images.Count];
        for (int voxel = 0; voxel < map.Length; voxel++)
        {
            for (int i = 0; i < signals.Length; i++) signals[i] = images[i].Values[voxel];
            double value = formula(signals);
            map[voxel] = double.IsFinite(value) ? (float)value : float.NaN;
        }

        return new Volume(images[0].Geometry, map);
    }

    private static void Require(IReadOnlyList<Volume> images, int stated, string what)
    {
        if (images.Count == 0 || images.Count != stated) throw new VolumeException($"{images.Count} images and {stated} {what}s are given: state one {what} per image, in the images' order");
        for (int i = 1; i < images.Count; i++)
            if (!images[i].Geometry.Matches(images[0].Geometry)) throw new VolumeException($"image {i + 1} lies on another grid than the first: bring all onto one grid first");
    }
}
