using Federated.Imaging.Dicom;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Volumes;

public class SliceStackTests
{
    [Fact]
    public void Slices_are_ordered_by_geometry_and_each_keeps_its_slope()
    {
        SliceStack stack = SliceStack.From(TestSlices.Files(TestSlices.Slice(8, 2), TestSlices.Slice(0, 0), TestSlices.Slice(4, 1)));
        Assert.Equal(new Point3(2, 3, 4), stack.Geometry.Spacing);
        Assert.Equal(new Point3(-10, -20, 0), stack.Geometry.Origin);
        Volume volume = stack.Read();
        Assert.Equal(13, volume[3, 1, 0]);
        Assert.Equal((200 + 13) * 3, volume[3, 1, 2]);
        Assert.Equal(new Point3(-8, -17, 8), stack.Geometry.ToPatient(new Point3(1, 1, 2)));
        Assert.Equal(new Point3(1, 1, 2), stack.Geometry.ToVoxel(new Point3(-8, -17, 8)));
    }

    [Fact]
    public void A_gap_is_refused_and_named() => Refused("a slice is missing", TestSlices.Slice(0, 0), TestSlices.Slice(4, 1), TestSlices.Slice(8, 2), TestSlices.Slice(16, 3));

    [Fact]
    public void A_small_unevenness_beyond_one_percent_is_refused() => Refused("4.05 mm", TestSlices.Slice(0, 0), TestSlices.Slice(4, 1), TestSlices.Slice(8, 2), TestSlices.Slice(12.05, 3));

    [Fact]
    public void Rounded_positions_are_accepted() =>
        Assert.Equal(4, SliceStack.From(TestSlices.Files(TestSlices.Slice(0, 0), TestSlices.Slice(4.01, 1), TestSlices.Slice(8, 2), TestSlices.Slice(12.01, 3))).Geometry.CountZ);

    [Fact]
    public void A_slice_that_stands_twice_is_refused() => Refused("at the same time", TestSlices.Slice(0, 0), TestSlices.Slice(4, 1), TestSlices.Slice(4, 2), TestSlices.Slice(8, 3));

    [Fact]
    public void Another_series_is_refused() => Refused("different series", TestSlices.Slice(0, 0), TestSlices.Slice(4, 1, "9.9"));

    [Fact]
    public void Another_orientation_is_refused() =>
        Refused("oriented otherwise", TestSlices.Slice(0, 0), TestSlices.Slice(4, 1).AddOrUpdate(DicomTag.ImageOrientationPatient, 0.0, 1, 0, 0, 0, -1));

    [Fact]
    public void A_slice_without_its_pixels_is_refused_before_an_image_is_allocated()
    {
        DicomDataset slice = TestSlices.Slice(0, 0).AddOrUpdate(DicomTag.Rows, 16_000).AddOrUpdate(DicomTag.Columns, 16_000);
        SliceStack stack = SliceStack.From(TestSlices.Files(slice));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.ThrowsAny<DicomException>(() => stack.Read());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void A_tilted_gantry_is_refused() => Refused(
        "tilted gantry", TestSlices.Slice(0, 0), TestSlices.Slice(4, 1).AddOrUpdate(DicomTag.ImagePositionPatient, -10.0, -19.0, 4), TestSlices.Slice(8, 2).AddOrUpdate(DicomTag.ImagePositionPatient, -10.0, -18.0, 8));

    [Fact]
    public void A_single_slice_takes_its_thickness() => Assert.Equal(4, SliceStack.From(TestSlices.Files(TestSlices.Slice(0, 0))).Geometry.Spacing.Z);

    [Fact]
    public void Time_frames_are_told_apart_and_ordered()
    {
        IEnumerable<DicomDataset> slices = from time in new[] { 2, 1 } from z in new[] { 1, 0 } select TestSlices.Slice(4 * z, 10 * time + z).AddOrUpdate(DicomTag.FrameReferenceTime, 60_000.0 * time);
        IReadOnlyList<SliceStack> frames = SliceStack.TimeFrames(TestSlices.Files(slices));
        Assert.Equal(["1.2.3.10", "1.2.3.11", "1.2.3.20", "1.2.3.21"], frames.SelectMany(f => f.Slices).Select(s => s.Dataset.GetString(DicomTag.SOPInstanceUID)), StringComparer.Ordinal);
        Assert.Contains("2 time frames", Assert.Throws<VolumeException>(() => SliceStack.From(TestSlices.Files(slices))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_frame_with_a_missing_slice_is_refused()
    {
        IEnumerable<DicomDataset> slices = (from time in new[] { 1, 2 } from z in new[] { 0, 1, 2 } select TestSlices.Slice(4 * z, 10 * time + z).AddOrUpdate(DicomTag.FrameReferenceTime, 60_000.0 * time)).SkipLast(1);
        Assert.Contains("missing", Assert.Throws<VolumeException>(() => SliceStack.TimeFrames(TestSlices.Files(slices))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Enhanced_frames_take_place_and_slope_from_their_groups()
    {
        DicomDataset Frame(double z, double slope) => new DicomDataset()
            .AddOrUpdate(DicomTag.PlanePositionSequence, new DicomDataset().AddOrUpdate(DicomTag.ImagePositionPatient, 0.0, 0, z))
            .AddOrUpdate(DicomTag.PixelValueTransformationSequence, new DicomDataset().AddOrUpdate(DicomTag.RescaleSlope, slope).AddOrUpdate(DicomTag.RescaleIntercept, 0.5));
        DicomDataset shared = new DicomDataset()
            .AddOrUpdate(DicomTag.PlaneOrientationSequence, new DicomDataset().AddOrUpdate(DicomTag.ImageOrientationPatient, 1.0, 0, 0, 0, 1, 0))
            .AddOrUpdate(DicomTag.PixelMeasuresSequence, new DicomDataset().AddOrUpdate(DicomTag.PixelSpacing, 1.0, 1).AddOrUpdate(DicomTag.SliceThickness, 2.0));
        DicomDataset image = new DicomDataset().AddOrUpdate(DicomTag.SOPClassUID, DicomUID.EnhancedPETImageStorage).AddOrUpdate(DicomTag.SOPInstanceUID, "1.2").AddOrUpdate(DicomTag.SeriesInstanceUID, "1")
            .AddOrUpdate(DicomTag.SharedFunctionalGroupsSequence, shared).AddOrUpdate(DicomTag.PerFrameFunctionalGroupsSequence, Frame(2, 10), Frame(0, 100))
            .AddOrUpdate(DicomTag.NumberOfFrames, 2).AddOrUpdate(DicomTag.Rows, 1).AddOrUpdate(DicomTag.Columns, 1).AddOrUpdate(DicomTag.BitsAllocated, 16).AddOrUpdate(DicomTag.PixelData, (ushort)3, (ushort)4);
        Volume volume = SliceStack.From([new DicomFile(image)]).Read();
        Assert.Equal([400.5f, 30.5f], volume.Values);
        Assert.Equal(2, volume.Geometry.Spacing.Z);
    }

    private static void Refused(string reason, params DicomDataset[] slices) =>
        Assert.Contains(reason, Assert.Throws<VolumeException>(() => SliceStack.From(TestSlices.Files(slices))).Message, StringComparison.Ordinal);
}
