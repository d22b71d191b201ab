using CsCheck;
using Federated.Imaging.Dicom;
using Federated.Imaging.Regions;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Regions;

public class RegionTests
{
    private static readonly VolumeGeometry Grid = VolumeGeometry.Upright(20, 16, 5, new Point3(2, 2, 3));

    [Fact]
    public void Inner_contours_are_holes_and_islands_within_them_count_again()
    {
        RegionMask mask = ContourMask.Draw([Square(2, 14, 6), Square(4, 12, 6), Square(6, 10, 6)], Grid);
        Assert.Equal(12 * 12 - 8 * 8 + 4 * 4, mask.Count);
        Assert.False(mask.Inside[Grid.Index(5, 5, 2)]);
        Assert.True(mask.Inside[Grid.Index(7, 7, 2)]);
    }

    [Fact]
    public void Contours_of_the_plane_nearest_to_a_slice_count() =>
        Assert.Equal(4 * 4, ContourMask.Draw([Square(2, 6, 6.2), Square(2, 12, 7.2)], Grid).Count);

    [Fact]
    public void A_contour_across_slices_is_refused() => Assert.Contains(
        "other planes", Assert.Throws<RegionException>(() => ContourMask.Draw([[new Point3(4, 4, 0), new Point3(8, 4, 3), new Point3(8, 8, 6)]], Grid)).Message, StringComparison.Ordinal);

    [Fact]
    public void Voxels_are_inside_when_their_centres_are() => Gen.Select(Gen.Double[2, 30], Gen.Double[2, 26], Gen.Double[1, 9]).Sample((cx, cy, r) =>
    {
        const int corners = 720;
        Point3[] circle = [.. Enumerable.Range(0, corners).Select(i => new Point3(cx + r * Math.Cos(2 * Math.PI * i / corners), cy + r * Math.Sin(2 * Math.PI * i / corners), 6))];
        RegionMask mask = ContourMask.Draw([circle], Grid);
        for (int y = 0; y < Grid.CountY; y++)
        {
            for (int x = 0; x < Grid.CountX; x++)
            {
                double distance = Math.Sqrt((2 * x - cx) * (2 * x - cx) + (2 * y - cy) * (2 * y - cy));
                if (Math.Abs(distance - r) > 1e-3) Assert.Equal(distance < r, mask.Inside[Grid.Index(x, y, 2)]);
            }
        }
    });

    [Fact]
    public void A_contour_that_stands_twice_does_not_cancel_itself()
    {
        DicomDataset Contour() => new DicomDataset().AddOrUpdate(DicomTag.ContourGeometricType, "CLOSED_PLANAR").AddOrUpdate(DicomTag.ContourData, [.. Square(2, 6, 6).SelectMany(p => new[] { p.X, p.Y, p.Z })]);
        DicomDataset point = new DicomDataset().AddOrUpdate(DicomTag.ContourGeometricType, "POINT").AddOrUpdate(DicomTag.ContourData, 1.0, 2, 3);
        DicomDataset structures = new DicomDataset()
            .AddOrUpdate(DicomTag.StructureSetROISequence, new DicomDataset().AddOrUpdate(DicomTag.ROINumber, 7).AddOrUpdate(DicomTag.ROIName, "lesion"))
            .AddOrUpdate(DicomTag.ROIContourSequence, new DicomDataset().AddOrUpdate(DicomTag.ReferencedROINumber, 7).AddOrUpdate(DicomTag.ContourSequence, Contour(), point, Contour()));
        StructureRegion region = StructureSet.Read(structures).Single();
        Assert.Equal(("lesion", 16, 2), (region.Name, region.ToMask(Grid).Count, region.Remarks.Count));
    }

    [Fact]
    public void Odd_bit_packing_overlap_and_absent_frames_are_read()
    {
        // Frames of 15 bits share bytes; segment 2 overlaps segment 1 and skips the middle slice.
        bool[][] frames = [.. Enumerable.Range(0, 5).Select(f => Enumerable.Range(0, 15).Select(i => (i * 7 + f * 3) % 4 == 0).ToArray())];
        (int Segment, double Z)[] places = [(1, 0), (1, 2), (1, 4), (2, 0), (2, 4)];
        Segmentation segmentation = Segmentation.Read(Object("BINARY", Pack(frames), 1, places));
        for (int f = 0; f < 5; f++)
        {
            RegionMask mask = segmentation.Mask(places[f].Segment);
            Assert.Equal(frames[f], mask.Inside[((int)(places[f].Z / 2) * 15)..((int)(places[f].Z / 2) * 15 + 15)]);
        }
        Assert.Equal(3, segmentation.Geometry.CountZ);
        Assert.DoesNotContain(true, segmentation.Mask(2).Inside[15..30]);
    }

    [Fact]
    public void Fractional_and_label_map_segmentations_are_read()
    {
        byte[] shares = [.. Enumerable.Range(0, 15).Select(i => (byte)(i * 15))];
        Segmentation fractional = Segmentation.Read(Object("FRACTIONAL", shares, 8, [(1, 0)]));
        Assert.Equal(shares.Count(s => s >= 100), fractional.Mask(1).Count);
        Assert.Equal(shares.Count(s => s >= 180), fractional.Mask(1, 0.9).Count);
        byte[] labels = [.. Enumerable.Range(0, 15).Select(i => (byte)(i % 3))];
        Segmentation map = Segmentation.Read(Object("LABELMAP", labels, 8, [(0, 0)]));
        Assert.Equal((5, 5), (map.Mask(1).Count, map.Mask(2).Count));
        Assert.Throws<RegionException>(() => map.Mask(3));
    }

    [Fact]
    public void A_segmentation_in_colour_is_refused()
    {
        DicomFile colour = Object("FRACTIONAL", new byte[45], 8, [(1, 0)]);
        colour.Dataset.AddOrUpdate(DicomTag.SamplesPerPixel, 3);
        Assert.Contains("SamplesPerPixel", Assert.Throws<RegionException>(() => Segmentation.Read(colour)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Frames_far_apart_are_refused_before_their_grid_is_allocated()
    {
        DicomFile sparse = Object("BINARY", new byte[6 * 1024 * 1024], 1, [(1, 0), (1, 2), (1, 2 * 20_000)]);
        sparse.Dataset.AddOrUpdate(DicomTag.Rows, 4096).AddOrUpdate(DicomTag.Columns, 4096);
        Assert.Contains("in parts", Assert.Throws<RegionException>(() => Segmentation.Read(sparse)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reason_that_quotes_damaged_bytes_stays_one_line() =>
        Assert.DoesNotContain('\n', Assert.Throws<RegionException>(() => Segmentation.Read(Object("BINARY\nERROR", new byte[6], 1, [(1, 0)]))).Message);

    [Fact]
    public void Lesions_are_separate_large_enough_and_ordered()
    {
        float[] values = new float[Grid.Count];
        Set(values, 1, 4, 1, 4, 0, 4, 5); // 9 x 4 voxels = 0.432 ml
        Set(values, 4, 5, 4, 5, 4, 5, 5); // touches the first by a corner
        Set(values, 8, 18, 2, 12, 0, 5, 4); // 500 voxels = 6 ml, exactly at the threshold
        Set(values, 1, 4, 10, 13, 0, 3, 9); // 27 voxels = 0.324 ml
        Volume uptake = new(Grid, values);
        Assert.Equal([6.0], ThresholdRegions.Lesions(uptake, 4).Select(l => Math.Round(l.Millilitres, 9)));
        Assert.Equal([500, 37, 27], ThresholdRegions.Lesions(uptake, 4, null, 0).Select(l => l.Count));
    }

    [Fact]
    public void Relative_thresholds_keep_what_hangs_on_the_hottest_voxel()
    {
        float[] values = [0, 4.1f, 10, 5, 2, 0, 8, 0, 0, 0];
        VolumeGeometry line = VolumeGeometry.Upright(10, 1, 1, new Point3(1, 1, 1));
        Volume uptake = new(line, values);
        RegionMask everywhere = new(line, [.. Enumerable.Repeat(true, 10)]);
        Assert.Equal([1, 2, 3], Voxels(ThresholdRegions.ShareOfMaximum(uptake, everywhere, 0.41)));
        Assert.Equal([2, 3], Voxels(ThresholdRegions.ShareOfMaximum(uptake, everywhere, 0.5)));
        Assert.Equal([2], Voxels(ThresholdRegions.BackgroundAdapted50(uptake, everywhere, 1)));
        Assert.Throws<RegionException>(() => ThresholdRegions.BackgroundAdapted50(uptake, everywhere, 10));
    }

    [Fact]
    public void Measures_follow_their_definitions()
    {
        VolumeGeometry grid = VolumeGeometry.Upright(15, 15, 15, new Point3(2, 2, 2));
        float[] values = new float[grid.Count];
        values[grid.Index(7, 7, 7)] = 10;
        RegionMask region = new(grid, [.. values.Select((_, i) => i == grid.Index(7, 7, 7) || i == grid.Index(8, 7, 7))]);
        UptakeMeasures measures = UptakeMeasures.Of(new Volume(grid, values), region);
        // 123 centres of a 2 mm lattice lie within 6.2 mm of one of them.
        Assert.Equal((10.0, 5.0, 5.0, 5.0), (measures.Maximum, measures.Mean, measures.Median, measures.StandardDeviation));
        Assert.Equal(10.0 / 123, measures.PeakLocal, 1e-12);
        Assert.Equal(0.016, measures.Millilitres, 1e-12);
        Assert.Equal(0.08, measures.TotalLesionGlycolysis, 1e-12);
    }

    private static int[] Voxels(RegionMask mask) => [.. Enumerable.Range(0, mask.Inside.Length).Where(i => mask.Inside[i])];

    // Corners halfway between centres, so that voxels from..to-1 lie inside.
    private static Point3[] Square(int from, int to, double z) => [new(2 * from - 1, 2 * from - 1, z), new(2 * to - 1, 2 * from - 1, z), new(2 * to - 1, 2 * to - 1, z), new(2 * from - 1, 2 * to - 1, z)];

    private static void Set(float[] values, int x0, int x1, int y0, int y1, int z0, int z1, float value)
    {
        for (int z = z0; z < z1; z++)
        {
            for (int y = y0; y < y1; y++)
                for (int x = x0; x < x1; x++) values[Grid.Index(x, y, z)] = value;
        }
    }

    private static byte[] Pack(bool[][] frames)
    {
        bool[] bits = [.. frames.SelectMany(f => f)];
        byte[] bytes = new byte[(bits.Length + 7) / 8];
        for (int i = 0; i < bits.Length; i++)
            if (bits[i]) bytes[i / 8] |= (byte)(1 << (i % 8));
        return bytes;
    }

    private static DicomFile Object(string type, byte[] pixels, int bits, (int Segment, double Z)[] places)
    {
        IEnumerable<DicomDataset> frames = places.Select(place =>
        {
            DicomDataset frame = new DicomDataset().AddOrUpdate(DicomTag.PlanePositionSequence, new DicomDataset().AddOrUpdate(DicomTag.ImagePositionPatient, 0.0, 0, place.Z));
            return place.Segment == 0 ? frame : frame.AddOrUpdate(DicomTag.SegmentIdentificationSequence, new DicomDataset().AddOrUpdate(DicomTag.ReferencedSegmentNumber, place.Segment));
        });
        DicomDataset shared = new DicomDataset()
            .AddOrUpdate(DicomTag.PlaneOrientationSequence, new DicomDataset().AddOrUpdate(DicomTag.ImageOrientationPatient, 1.0, 0, 0, 0, 1, 0))
            .AddOrUpdate(DicomTag.PixelMeasuresSequence, new DicomDataset().AddOrUpdate(DicomTag.PixelSpacing, 1.0, 1).AddOrUpdate(DicomTag.SliceThickness, 2.0));
        DicomDataset Segment(int number) => new DicomDataset().AddOrUpdate(DicomTag.SegmentNumber, number).AddOrUpdate(DicomTag.SegmentLabel, $"lesion {number}");
        return new DicomFile(new DicomDataset()
            .AddOrUpdate(DicomTag.SOPClassUID, DicomUID.SegmentationStorage).AddOrUpdate(DicomTag.SOPInstanceUID, "1.2.3").AddOrUpdate(DicomTag.SegmentationType, type)
            .AddOrUpdate(DicomTag.MaximumFractionalValue, 200).AddOrUpdate(DicomTag.SegmentSequence, Segment(1), Segment(2))
            .AddOrUpdate(DicomTag.SharedFunctionalGroupsSequence, shared).AddOrUpdate(new DicomSequence(DicomTag.PerFrameFunctionalGroupsSequence, frames))
            .AddOrUpdate(DicomTag.NumberOfFrames, places.Length).AddOrUpdate(DicomTag.Rows, 3).AddOrUpdate(DicomTag.Columns, 5)
            .AddOrUpdate(DicomTag.BitsAllocated, bits).AddOrUpdate(new DicomElement(DicomTag.PixelData, DicomVR.OB, pixels)));
    }
}
