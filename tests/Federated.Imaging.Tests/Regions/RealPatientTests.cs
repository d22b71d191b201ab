using Federated.Imaging.Dicom;
using Federated.Imaging.Pet;
using Federated.Imaging.Regions;
using Federated.Imaging.Tests.Dicom;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Regions;

/// <summary>From DICOM to uptake of a drawn tumour, against MIRP and the masks of the IBSI validation data.</summary>
public class RealPatientTests
{
    [Fact]
    public void STS_001_has_the_uptake_that_MIRP_measures()
    {
        string folder = ImagingReference.Require("dicom/visible/mirp_STS_001_GE_PET");
        SliceStack stack = SliceStack.From(Directory.GetFiles(folder, "1-*.dcm").Select(f => DicomFile.Open(File.ReadAllBytes(f))));
        SuvSeries suv = SuvSeries.Of(stack);
        StructureRegion tumour = StructureSet.Read(DicomFile.Open(File.ReadAllBytes(Path.Combine(folder, "RS_1-1.dcm"))).Dataset).Single(r => r.Name is "GTV_Mass");
        UptakeMeasures measures = UptakeMeasures.Of(suv.Read(stack), tumour.ToMask(stack.Geometry));
        Assert.Equal(7.91067, measures.Maximum, 1e-4);
        Assert.Equal(0.168788, measures.Minimum, 1e-5);
        Assert.Equal(2.55518, measures.Mean, 1e-3);
        Assert.Equal(2.48701, measures.Median, 1e-3);
        Assert.Equal(5.31303, measures.PeakLocal, 1e-3);
        Assert.Equal(6.07844, measures.PeakGlobal, 1e-3);
        Assert.Equal(366.079, measures.Millilitres, 0.5);
    }

    [Theory]
    [InlineData(SuvNormalization.LeanBodyMassJames, 5.99587)]
    [InlineData(SuvNormalization.LeanBodyMassJanmahasatian, 5.8891)]
    [InlineData(SuvNormalization.BodySurfaceArea, 1.96762)]
    [InlineData(SuvNormalization.IdealBodyWeight, 6.64719)]
    public void STS_001_agrees_in_the_other_normalizations(SuvNormalization normalization, double maximum)
    {
        string folder = ImagingReference.Require("dicom/visible/mirp_STS_001_GE_PET");
        SliceStack stack = SliceStack.From(Directory.GetFiles(folder, "1-*.dcm").Select(f => DicomFile.Open(File.ReadAllBytes(f))));
        Volume uptake = SuvSeries.Of(stack, new SuvSettings { Normalization = normalization }).Read(stack);
        RegionMask tumour = StructureSet.Read(DicomFile.Open(File.ReadAllBytes(Path.Combine(folder, "RS_1-1.dcm"))).Dataset)[0].ToMask(stack.Geometry);
        // MIRP divides square metres by a thousand where DICOM asks for square centimetres: its 0.196762 is 1.96762 cm2/ml.
        Assert.Equal(maximum, UptakeMeasures.Of(uptake, tumour).Maximum, 2e-5 * maximum);
    }

    [Fact]
    public void STS_002_contours_become_the_mask_of_the_validation_data()
    {
        string folder = ImagingReference.Require("dicom/visible/ibsi_validation_PET/STS_002");
        SliceStack stack = SliceStack.From(Directory.GetFiles(Path.Combine(folder, "image")).Select(f => DicomFile.Open(File.ReadAllBytes(f))));
        Volume uptake = SuvSeries.Of(stack).Read(stack);
        RegionMask drawn = StructureSet.Read(DicomFile.Open(File.ReadAllBytes(Path.Combine(folder, "mask/RS.dcm"))).Dataset).Single().ToMask(stack.Geometry);
        RegionMask expected = NiftiReader.Read(File.ReadAllBytes(Path.Combine(folder, "PET_mask.nii.gz"))).Where(v => v > 0).On(stack.Geometry);
        Volume image = Resampling.Onto(NiftiReader.Read(File.ReadAllBytes(Path.Combine(folder, "PET_image.nii.gz"))), stack.Geometry, Interpolation.Nearest);
        Assert.True(expected.Count > 100);
        Assert.Equal(0, drawn.Except(expected).Count + expected.Except(drawn).Count);
        for (int i = 0; i < image.Values.Length; i++) Assert.Equal(image.Values[i], uptake.Values[i], 1e-3f);
    }

    [Fact]
    public void STS_001_contours_become_the_mask_of_the_validation_data()
    {
        string folder = ImagingReference.Require("dicom/visible/mirp_STS_001_GE_PET"), validation = ImagingReference.Require("ibsi/validation_STS/STS_001");
        SliceStack stack = SliceStack.From(Directory.GetFiles(folder, "1-*.dcm").Select(f => DicomFile.Open(File.ReadAllBytes(f))));
        RegionMask drawn = StructureSet.Read(DicomFile.Open(File.ReadAllBytes(Path.Combine(folder, "RS_1-1.dcm"))).Dataset).Single(r => r.Name is "GTV_Mass").ToMask(stack.Geometry);
        Volume uptake = SuvSeries.Of(stack).Read(stack);
        Volume image = NiftiReader.Read(File.ReadAllBytes(Path.Combine(validation, "PET_image.nii.gz")));
        Volume mask = NiftiReader.Read(File.ReadAllBytes(Path.Combine(validation, "PET_mask.nii.gz")));
        // The validation data are a crop without position: its place is where the hottest voxels and all others agree.
        VolumeGeometry crop = image.Geometry, whole = stack.Geometry;
        (int X, int Y, int Z) from = At(crop, Hottest(image, mask.Where(v => v > 0))), to = At(whole, Hottest(uptake, drawn));
        int compared = 0, missing = 0, extra = 0, inside = 0;
        for (int i = 0; i < image.Values.Length; i++)
        {
            (int x, int y, int z) = At(crop, i);
            (x, y, z) = (x - from.X + to.X, y - from.Y + to.Y, z - from.Z + to.Z);
            bool isSupplied = mask.Values[i] > 0;
            if (isSupplied) inside++;
            if ((uint)x >= (uint)whole.CountX || (uint)y >= (uint)whole.CountY || (uint)z >= (uint)whole.CountZ)
            {
                if (isSupplied) missing++;
                continue;
            }
            compared++;
            Assert.Equal(image.Values[i], uptake[x, y, z], 1e-3f);
            bool isDrawn = drawn.Inside[whole.Index(x, y, z)];
            if (isSupplied && !isDrawn) missing++;
            if (isDrawn && !isSupplied) extra++;
        }
        TestContext.Current.SendDiagnosticMessage($"STS_001: {inside} voxels supplied, {drawn.Count} drawn, {missing} missing, {extra} extra, {compared} voxels of the image compared");
        Assert.Equal((5095, 5095, 0, 0), (inside, drawn.Count, missing, extra));
        Assert.Equal(68_757, compared);

        static int Hottest(Volume volume, RegionMask region) => Enumerable.Range(0, volume.Values.Length).Where(i => region.Inside[i]).MaxBy(i => volume.Values[i]);
        static (int X, int Y, int Z) At(VolumeGeometry grid, int i) => (i % grid.CountX, i / grid.CountX % grid.CountY, i / grid.SliceCount);
    }

    [Theory]
    [InlineData("dcmqi/liver.dcm", 107098)]
    [InlineData("dcmqi/sr-example/seg.dcm", 795)]
    [InlineData("highdicom/seg_image_ct_binary.dcm", 638)]
    [InlineData("highdicom/seg_image_ct_binary_single_frame.dcm", 1832)]
    [InlineData("highdicom/seg_image_ct_binary_fractional.dcm", 638)]
    public void Segmentations_hold_the_voxels_of_their_frames(string file, int voxels)
    {
        Segmentation segmentation = Segmentation.Read(DicomFile.Open(File.ReadAllBytes(ImagingReference.Require("dicom/visible/" + file))));
        Assert.Equal(voxels, segmentation.Mask(segmentation.Segments.Single().Number).Count);
    }

    [Fact]
    public void A_segmentation_that_describes_other_frames_than_it_holds_is_refused()
    {
        DicomFile file = DicomFile.Open(File.ReadAllBytes(ImagingReference.Require("dicom/visible/pydicom/liver_1frame.dcm")));
        // Its one frame is readable (pydicom counts the same voxels), but two slices of the liver are gone: half a region must not be measured as a whole one.
        Assert.Equal(36233, DicomPixelData.Create(file).ReadStored(0).Count(value => value == 1));
        Assert.Contains("1 frames are stated but 3 are described", Assert.Throws<VolumeException>(() => Segmentation.Read(file)).Message, StringComparison.Ordinal);
    }
}
