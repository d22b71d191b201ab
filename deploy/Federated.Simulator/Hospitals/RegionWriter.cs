using Federated.Imaging.Dicom;
using Federated.Imaging.Volumes;

namespace Federated.Simulator.Hospitals;

/// <summary>Writes lesions as physicians draw them for a threshold to work in: generously, one region for each.</summary>
public static class RegionWriter
{
    /// <summary>Millimetres between a lesion's edge and what is drawn around it: half the resolution of the widest image that is measured, and a voxel.</summary>
    public const double Generosity = 8;

    private const int Corners = 64;

    /// <summary>An RT structure set.</summary>
    public static DicomDataset StructureSet(IReadOnlyList<Lesion> lesions, VolumeGeometry grid, SeriesIdentity identity, DateTime start)
    {
        List<DicomDataset> structures = [], contours = [];
        for (int n = 0; n < lesions.Count; n++)
        {
            structures.Add(new DicomDataset().AddOrUpdate(DicomTag.ROINumber, n + 1).AddOrUpdate(DicomTag.ReferencedFrameOfReferenceUID, identity.FrameOfReference).AddOrUpdate(DicomTag.ROIName, $"lesion {n + 1}"));
            List<DicomDataset> planes = [];
            for (int z = 0; z < grid.CountZ; z++)
            {
                double height = PetSeriesWriter.Position(grid, z)[2], radius = lesions[n].Radius + Generosity, square = radius * radius - (height - lesions[n].Centre.Z) * (height - lesions[n].Centre.Z);
                if (square <= 1) continue;
                double around = Math.Sqrt(square);
                double[] points = new double[3 * Corners];
                for (int i = 0; i < Corners; i++)
                {
                    points[3 * i] = Math.Round(lesions[n].Centre.X + around * Math.Cos(2 * Math.PI * i / Corners), 3);
                    points[3 * i + 1] = Math.Round(lesions[n].Centre.Y + around * Math.Sin(2 * Math.PI * i / Corners), 3);
                    points[3 * i + 2] = height;
                }
                planes.Add(new DicomDataset().AddOrUpdate(DicomTag.ContourGeometricType, "CLOSED_PLANAR").AddOrUpdate(DicomTag.ContourData, points));
            }
            contours.Add(new DicomDataset().AddOrUpdate(DicomTag.ReferencedROINumber, n + 1).AddOrUpdate(DicomTag.ContourSequence, [.. planes]));
        }
        return Object(identity, start, DicomUID.RTStructureSetStorage, "RTSTRUCT")
            .AddOrUpdate(DicomTag.StructureSetROISequence, [.. structures]).AddOrUpdate(DicomTag.ROIContourSequence, [.. contours]);
    }

    /// <summary>A binary segmentation on the image's grid, a segment per lesion; frames without voxels are left out.</summary>
    public static DicomDataset Segmentation(IReadOnlyList<Lesion> lesions, VolumeGeometry grid, SeriesIdentity identity, DateTime start)
    {
        List<DicomDataset> frames = [];
        List<bool> bits = [];
        for (int n = 0; n < lesions.Count; n++)
        {
            double reach = lesions[n].Radius + Generosity;
            for (int z = 0; z < grid.CountZ; z++)
            {
                bool[] frame = new bool[grid.SliceCount];
                for (int i = 0; i < frame.Length; i++)
                    frame[i] = (grid.ToPatient(new Point3(i % grid.CountX, i / grid.CountX, z)) - lesions[n].Centre).Length <= reach;
                if (!frame.Contains(true)) continue;
                bits.AddRange(frame);
                frames.Add(new DicomDataset()
                    .AddOrUpdate(DicomTag.PlanePositionSequence, new DicomDataset().AddOrUpdate(DicomTag.ImagePositionPatient, PetSeriesWriter.Position(grid, z)))
                    .AddOrUpdate(DicomTag.SegmentIdentificationSequence, new DicomDataset().AddOrUpdate(DicomTag.ReferencedSegmentNumber, n + 1)));
            }
        }
        byte[] packed = new byte[(bits.Count + 15) / 16 * 2];
        for (int i = 0; i < bits.Count; i++)
            if (bits[i]) packed[i / 8] |= (byte)(1 << (i % 8));
        DicomDataset shared = new DicomDataset()
            .AddOrUpdate(DicomTag.PlaneOrientationSequence, new DicomDataset().AddOrUpdate(DicomTag.ImageOrientationPatient, 1.0, 0, 0, 0, 1, 0))
            .AddOrUpdate(DicomTag.PixelMeasuresSequence, new DicomDataset().AddOrUpdate(DicomTag.PixelSpacing, grid.Spacing.Y, grid.Spacing.X).AddOrUpdate(DicomTag.SliceThickness, grid.Spacing.Z));
        return Object(identity, start, DicomUID.SegmentationStorage, "SEG").AddOrUpdate(DicomTag.FrameOfReferenceUID, identity.FrameOfReference)
            .AddOrUpdate(DicomTag.SegmentationType, "BINARY")
            .AddOrUpdate(DicomTag.SegmentSequence, [.. lesions.Select((_, n) => new DicomDataset().AddOrUpdate(DicomTag.SegmentNumber, n + 1).AddOrUpdate(DicomTag.SegmentLabel, $"lesion {n + 1}"))])
            .AddOrUpdate(DicomTag.SharedFunctionalGroupsSequence, shared).AddOrUpdate(new DicomSequence(DicomTag.PerFrameFunctionalGroupsSequence, frames))
            .AddOrUpdate(DicomTag.NumberOfFrames, frames.Count).AddOrUpdate(DicomTag.Rows, grid.CountY).AddOrUpdate(DicomTag.Columns, grid.CountX).AddOrUpdate(DicomTag.SamplesPerPixel, 1)
            .AddOrUpdate(DicomTag.PhotometricInterpretation, "MONOCHROME2").AddOrUpdate(DicomTag.PixelRepresentation, 0)
            .AddOrUpdate(DicomTag.BitsAllocated, 1).AddOrUpdate(DicomTag.BitsStored, 1).AddOrUpdate(DicomTag.HighBit, 0)
            .AddOrUpdate(new DicomElement(DicomTag.PixelData, DicomVR.OB, packed));
    }

    private static DicomDataset Object(SeriesIdentity identity, DateTime start, DicomUID kind, string modality) => PetSeriesWriter.Common(identity, start)
        .AddOrUpdate(DicomTag.SOPClassUID, kind).AddOrUpdate(DicomTag.SOPInstanceUID, DicomUID.FromName($"{identity.Key}/region"))
        .AddOrUpdate(DicomTag.SeriesInstanceUID, DicomUID.FromName($"{identity.Key}/region-series")).AddOrUpdate(DicomTag.Modality, modality).AddOrUpdate(DicomTag.SeriesNumber, 3);
}
