using System.Globalization;
using System.Text.RegularExpressions;
using Federated.Imaging.Radiomics;

namespace Federated.Imaging.Tests.Radiomics;

/// <summary>A simulated image measured by MIRP 2.3.4: digits where the standard's tables give three.</summary>
public partial class MirpTests
{
    private static readonly Dictionary<string, ExtractionSettings> Runs = new(StringComparer.Ordinal)
    {
        ["mirp234_fbn32_nointerp"] = new() { Discretisation = new Discretisation.FixedBinNumber(32), IntensityVolumeHistogram = new Discretisation.None() },
        ["mirp234_fbn32_interp2mm"] = new()
        {
            Interpolation = new(2, 2, 2) { Image = Interpolator.CubicSpline, RoundIntensities = true },
            Discretisation = new Discretisation.FixedBinNumber(32),
            IntensityVolumeHistogram = new Discretisation.None(),
        },
        ["mirp234_fbs25_nointerp_reseg0_300"] = new()
        {
            Resegmentation = new() { Lower = 0, Upper = 300 },
            Discretisation = new Discretisation.FixedBinSize(25),
            IntensityVolumeHistogram = new Discretisation.None(),
        },
    };

    public static TheoryData<string> Names => [.. Runs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Values_agree_to_a_part_in_a_million(string run)
    {
        TestImage image = TestImage.FromNifti(References.Copied("mirp/img_40x36x24.nii.gz"), References.Copied("mirp/mask_40x36x24.nii.gz"));
        FeatureSet features = image.Measure(Runs[run]);
        int compared = 0;
        List<string> apart = [];
        foreach (string[] row in File.ReadLines(References.Copied($"mirp/{run}.csv")).Skip(1).Select(line => line.Split(',')))
        {
            string tag = Standard(row[0]);
            if (!features.Contains(tag)) continue;
            double expected = double.Parse(row[1], CultureInfo.InvariantCulture);
            compared++;
            // MIRP takes third and fourth moments in single precision.
            double tolerance = tag is "stat_skew" or "stat_kurt" ? 2e-5 : 1e-6;
            if (!(Math.Abs(features[tag] - expected) <= tolerance * Math.Max(1e-3, Math.Abs(expected)))) apart.Add($"{tag}: {features[tag]:R} instead of {expected:R}");
        }

        Assert.True(apart.Count == 0, string.Join('\n', apart));
        Assert.Equal(features.Values.Count, compared);
    }

    /// <summary>MIRP's tag without its distance, tolerance and discretisation, and with the standard's aggregation suffix.</summary>
    private static string Standard(string mirp)
    {
        string tag = Decoration().Replace(mirp, "");
        foreach ((string theirs, string ours) in ((string, string)[])[("_2.5d_d_mrg", "_2_5D_avg"), ("_2.5d_v_mrg", "_2_5D_comb"), ("_2d_s_mrg", "_2D_comb"), ("_3d_v_mrg", "_3D_comb"), ("_2d", "_2D"), ("_2.5d", "_2_5D"), ("_3d", "_3D")])
            tag = tag.Replace(theirs, ours, StringComparison.Ordinal);
        return tag;
    }

    [GeneratedRegex("_fb[ns]_[nw][0-9.]+$|_d1(?:\\.0)?(?=_)|_a0(?:\\.0)?(?=_)", RegexOptions.None, 1000)]
    private static partial Regex Decoration();
}
