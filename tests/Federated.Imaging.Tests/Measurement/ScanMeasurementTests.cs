using System.Globalization;
using System.Text;
using Federated.Imaging.Dicom;
using Federated.Imaging.Measurement;
using Federated.Imaging.Radiomics;
using Federated.Imaging.Regions;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Measurement;

/// <summary>Several lesions, delineations and the names of values.</summary>
public class ScanMeasurementTests
{
    private static readonly VolumeGeometry Grid = new(40, 30, 25, new Point3(4, 4, 5), new Point3(-80, -60, 10), new Point3(1, 0, 0), new Point3(0, 1, 0), new Point3(0, 0, 1));

    // Two boxes: 4 x 4 x 4 voxels of uptake 2 to 6, and 6 x 5 x 4 of uptake 3.
    private static readonly RegionMask Small = Box(5, 5, 5, 4, 4, 4), Large = Box(25, 15, 12, 6, 5, 4);

    private static readonly Volume Image = Uptake();

    [Fact]
    public void Several_lesions_are_measured_together_or_one_by_the_rule()
    {
        double voxel = Grid.VoxelVolume / 1000;
        Assert.Equal([6.0, (64 + 120) * voxel, 2], Values("suvmax, mtv, lesions", "total"));
        Assert.Equal([6.0, 64 * voxel, 2], Values("suvmax, mtv, lesions", "hottest"));
        Assert.Equal([3.0, 120 * voxel, 2], Values("suvmax, mtv, lesions", "largest"));
    }

    [Fact]
    public void Delineations_are_drawn_in_each_lesion_by_itself()
    {
        // 41 % of 6 is 2.46: all of the small lesion but its eight voxels of 2; 41 % of 3: all of the large one.
        double[] values = Values("mtv_41, suvmean_41, tlg_41, mtv_50, mtv_suv4, suvmean_suv4", "total");
        double voxel = Grid.VoxelVolume / 1000;
        int reach41 = Count(Small, 0.41 * 6) + 120, reach50 = Count(Small, 3) + 120;
        Assert.Equal(reach41 * voxel, values[0], 1e-9);
        Assert.Equal(values[2], values[0] * values[1], 1e-9);
        Assert.Equal(reach50 * voxel, values[3], 1e-9);
        Assert.Equal(Count(Small, 4) * voxel, values[4], 1e-9);
        Assert.True(values[5] >= 4);
    }

    [Fact]
    public void Where_nothing_reaches_a_threshold_the_volume_is_zero_and_uptake_is_undefined()
    {
        Assert.Equal([0, 0, double.NaN], ScanMeasurement.Of(Image, [Large], Protocol("mtv_suv4, tlg_suv4, suvmean_suv4")).Values);
        ScanMeasurement none = ScanMeasurement.Of(Image, [], Protocol("lesions, mtv, suvmax", source: Threshold(20, 0)));
        Assert.Equal([0, 0, double.NaN], none.Values);
        Assert.Contains("no lesion", Assert.Single(none.Remarks), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(5, false)]
    public void Contours_drawn_on_thicker_slices_are_remarked(double step, bool remarked)
    {
        DicomDataset Contour(double z) => new DicomDataset().AddOrUpdate(DicomTag.ContourGeometricType, "CLOSED_PLANAR")
            .AddOrUpdate(DicomTag.ContourData, -62, -42, z, -40, -42, z, -40, -20, z, -62, -20, z);
        DicomDataset structures = new DicomDataset().AddOrUpdate(DicomTag.SOPClassUID, "1.2").AddOrUpdate(DicomTag.SOPInstanceUID, "1.3")
            .AddOrUpdate(DicomTag.StructureSetROISequence, new DicomDataset().AddOrUpdate(DicomTag.ROINumber, 1).AddOrUpdate(DicomTag.ROIName, "lesion"))
            .AddOrUpdate(DicomTag.ROIContourSequence, new DicomDataset().AddOrUpdate(DicomTag.ReferencedROINumber, 1).AddOrUpdate(new DicomSequence(DicomTag.ContourSequence, [.. Enumerable.Range(0, 4).Select(i => Contour(20 + step * i))])));
        using MemoryStream stream = new();
        new DicomFile(structures).Save(stream);
        RegionObject read = RegionObject.Read(stream.ToArray(), "*", Grid, null);
        if (!remarked) Assert.Empty(read.Remarks);
        else Assert.Contains("2 slices of the image apart", Assert.Single(read.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void A_threshold_finds_the_lesions_of_the_whole_image_or_of_a_region()
    {
        MeasurementProtocol protocol = Protocol("lesions, mtv", source: Threshold(2.9, 0.5));
        Assert.Equal([2, (Count(Small, 2.9) + 120) * Grid.VoxelVolume / 1000], ScanMeasurement.Of(Image, [], protocol).Values);
        Assert.Equal(1, ScanMeasurement.Of(Image, [Large], protocol).Values[0]);
        Assert.Equal(0, ScanMeasurement.Of(Image, [Small], Protocol("lesions", source: Threshold(2.9, 100))).Values[0]);
    }

    [Fact]
    public void A_box_around_the_lesions_gives_the_bits_of_the_whole_image()
    {
        UptakeMeasures whole = UptakeMeasures.Of(Image, Small.Or(Large));
        Assert.Equal(
            [whole.Maximum, whole.Minimum, whole.Mean, whole.Median, whole.StandardDeviation, whole.PeakLocal, whole.PeakGlobal, whole.Millilitres, whole.TotalLesionGlycolysis],
            Values("suvmax, suvmin, suvmean, suvmedian, suvsd, suvpeak_local, suvpeak_global, mtv, tlg", "total"));
    }

    [Fact]
    public void A_filter_blurs_before_measuring()
    {
        Volume blurred = GaussianFilter.Apply(Image, 8);
        Assert.Equal(UptakeMeasures.Of(blurred, Small).Maximum, ScanMeasurement.Of(Image, [Small], Protocol("suvmax", fwhm: 8)).Values[0]);
    }

    [Fact]
    public void Radiomics_are_those_of_the_same_settings()
    {
        MeasurementProtocol protocol = Protocol(
            "", radiomics: """
            {"families":["statistics","glcm"],"aggregations":["3d-merged"],"discretisation":{"bin-size":0.25},"lower":0,"spacing":[3,3,3],"interpolation":"linear","round":false}
            """);
        ScanMeasurement measured = ScanMeasurement.Of(Image, [Small, Large], protocol);
        FeatureSet expected = RadiomicFeatures.Measure(
            VoxelGrid.Of(Grid), Image.Values, Small.Or(Large).Inside,
            new ExtractionSettings
            {
                Interpolation = new(3, 3, 3),
                Resegmentation = new() { Lower = 0 },
                Discretisation = new Discretisation.FixedBinSize(0.25),
                IntensityVolumeHistogram = new Discretisation.FixedBinSize(0.25),
            },
            new FeatureSelection(FeatureFamilies.IntensityStatistics | FeatureFamilies.Cooccurrence, TextureAggregations.VolumeMerged));
        Assert.Equal(expected["cm_contrast_3D_comb"], measured.Values[protocol.Features.IndexOf("glcm_contrast_3d_comb_fbs0.25_3mm")]);
        Assert.Equal(expected["stat_mean"], measured.Values[protocol.Features.IndexOf("stat_mean_3mm")]);
        Assert.Equal(expected.Values.Count, protocol.Features.Length);
    }

    [Fact]
    public void A_region_too_small_for_radiomics_leaves_them_undefined_and_says_so()
    {
        MeasurementProtocol protocol = Protocol(
            "suvmax", radiomics: """{"families":["glcm"],"aggregations":["3d-averaged"],"discretisation":{"bin-size":0.25},"lower":50,"interpolation":"linear","round":false}""");
        ScanMeasurement measured = ScanMeasurement.Of(Image, [Small], protocol);
        Assert.Equal(6, measured.Values[0]);
        Assert.All(measured.Values.Skip(1), value => Assert.True(double.IsNaN(value)));
        Assert.Contains("no radiomics", Assert.Single(measured.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_of_a_NIfTI_mask_are_lesions_by_number()
    {
        byte[] file = Nifti(Small, Large);
        RegionObject both = RegionObject.Read(file, "*", Grid, null), second = RegionObject.Read(file, "2", Grid, null);
        Assert.Equal([64, 120], both.Regions.Select(r => r.Mask.Count));
        Assert.Equal(120, Assert.Single(second.Regions).Mask.Count);
        Assert.Contains("choose among the labels 1, 2", Assert.Throws<RegionException>(() => RegionObject.Read(file, "3", Grid, null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lesions_are_compared_with_tissues_drawn_beside_them()
    {
        const string references = "\"liver\":\"Liver\",\"blood-pool\":\"Aorta\"";
        MeasurementProtocol protocol = Protocol("suvmax, liver_suvmean, liver_suvsd, suvmax_to_liver, suvpeak_global_to_liver, bloodpool_suvmean, suvmean_to_bloodpool", references: references);
        ScanMeasurement measured = ScanMeasurement.Of(Image, [Small], protocol, new Dictionary<ReferenceTissue, RegionMask> { [ReferenceTissue.Liver] = Large });
        Assert.Equal([6, 3, 0, 2, UptakeMeasures.Of(Image, Small).PeakGlobal / 3, double.NaN, double.NaN], measured.Values);
        Assert.Contains("bloodpool is not drawn", Assert.Single(measured.Remarks), StringComparison.Ordinal);
        Assert.Contains("references: { background: NAME }", Assert.Throws<MeasurementException>(() => Protocol("background_suvmax", references: references)).Message, StringComparison.Ordinal);
        // What no lesion is compared with has still been measured.
        Assert.Equal([double.NaN, 3, double.NaN], ScanMeasurement.Of(Image, [], Protocol("suvmax, liver_suvmean, suvmax_to_liver", source: Threshold(20, 0), references: references),
            new Dictionary<ReferenceTissue, RegionMask> { [ReferenceTissue.Liver] = Large }).Values);
        Assert.Equal(["suvmax_hottest", "liver_suvmean", "suvmax_to_liver_hottest"], Protocol("suvmax, liver_suvmean, suvmax_to_liver", "hottest", references: references).Features);
    }

    [Fact]
    public void A_reference_is_never_a_lesion()
    {
        byte[] file = Nifti(Small, Large);
        Assert.Equal(64, Assert.Single(RegionObject.Read(file, "*", Grid, null, "2").Regions).Mask.Count);
        Assert.Throws<RegionException>(() => RegionObject.Read(file, "*", Grid, null, "1", "2"));
    }

    [Fact]
    public void Dissemination_is_the_distance_of_the_centres_furthest_apart()
    {
        // Centres in voxels: (6.5, 6.5, 6.5) and (27.5, 17, 13.5).
        double apart = new Point3(21 * 4, 10.5 * 4, 7 * 5).Length;
        Assert.Equal(apart, Values("dmax", "total")[0], 1e-9);
        Assert.Equal(apart, Values("dmax", "hottest")[0], 1e-9);
        Assert.Equal(0, ScanMeasurement.Of(Image, [Small], Protocol("dmax")).Values[0]);
        Assert.True(double.IsNaN(ScanMeasurement.Of(Image, [], Protocol("dmax", source: Threshold(20, 0))).Values[0]));
    }

    [Fact]
    public void Unevenness_is_measured_in_the_region_or_a_part_of_it()
    {
        double[] values = Values("auc_csh, auc_csh_suv4, suvmax_to_mean, suvmean, suvmax", "hottest");
        Assert.Equal(values[3] / values[4], values[0], 1e-12);
        Assert.Equal(1 / values[2], values[0], 1e-12);
        Assert.True(values[1] > values[0]);
    }

    private static double[] Values(string measures, string lesions) => ScanMeasurement.Of(Image, [Small, Large], Protocol(measures, lesions)).Values;

    private static int Count(RegionMask region, double threshold) => Enumerable.Range(0, Grid.Count).Count(i => region.Inside[i] && Image.Values[i] >= (float)threshold);

    private static Volume Uptake()
    {
        float[] values = new float[Grid.Count];
        Array.Fill(values, 0.5f);
        int n = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (Small.Inside[i]) values[i] = Inner(i) ? 4.5f + 0.1f * n++ : 2f + 0.03f * (i % 7);
            else if (Large.Inside[i]) values[i] = 3;
        }
        values[Grid.Index(6, 6, 6)] = 6;
        return new Volume(Grid, values);
    }

    private static bool Inner(int i) => i % 40 is 6 or 7 && i / 40 % 30 is 6 or 7 && i / 1200 is 6 or 7;

    private static RegionMask Box(int x, int y, int z, int nx, int ny, int nz)
    {
        bool[] inside = new bool[Grid.Count];
        for (int k = z; k < z + nz; k++)
            for (int j = y; j < y + ny; j++)
                for (int i = x; i < x + nx; i++) inside[Grid.Index(i, j, k)] = true;
        return new RegionMask(Grid, inside);
    }

    /// <summary>A label image on the grid, with its place in NIfTI's coordinates.</summary>
    private static byte[] Nifti(params RegionMask[] labels)
    {
        byte[] file = new byte[352 + Grid.Count];
        BitConverter.TryWriteBytes(file.AsSpan(0), 348);
        "n+1"u8.CopyTo(file.AsSpan(344));
        foreach ((int at, short value) in ((int, short)[])[(40, 3), (42, 40), (44, 30), (46, 25), (70, 2), (254, 1)]) BitConverter.TryWriteBytes(file.AsSpan(at), value);
        foreach ((int at, float value) in ((int, float)[])[(80, 4), (84, 4), (88, 5), (108, 352), (280, -4), (292, 80), (300, -4), (308, 60), (320, 5), (324, 10)]) BitConverter.TryWriteBytes(file.AsSpan(at), value);
        for (int label = 0; label < labels.Length; label++)
            for (int i = 0; i < Grid.Count; i++)
                if (labels[label].Inside[i]) file[352 + i] = (byte)(label + 1);
        return file;
    }

    /// <summary>A protocol as its canonical JSON comes from a study file.</summary>
    private static MeasurementProtocol Protocol(
        string measures, string lesions = "total", string source = "\"source\":\"structure-set\",\"minimum-volume\":0", string radiomics = "", double fwhm = 0, string references = "")
    {
        string words = string.Join(',', measures.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(m => $"\"{m}\""));
        return MeasurementProtocol.Read(Encoding.UTF8.GetBytes(
            $$"""
            {"definitions":1,"modality":"PT","uptake":{"normalization":"body-weight","strict":false},"filter":{"fwhm":{{fwhm}}},
             "region":{"name":"*","lesions":"{{lesions}}",{{source}}},"measures":[{{words}}],"radiomics":[{{radiomics}}],"references":{ {{references}} } }
            """));
    }

    private static string Threshold(double uptake, double millilitres) =>
        string.Create(CultureInfo.InvariantCulture, $"\"source\":\"threshold\",\"threshold\":{uptake},\"minimum-volume\":{millilitres}");
}
