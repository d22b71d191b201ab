using System.Globalization;
using Federated.Imaging.Dicom;
using Federated.Imaging.Volumes;

namespace Federated.Simulator.Hospitals;

/// <summary>Writes an image of uptake as the single-slice PET objects of a scanner.</summary>
public static class PetSeriesWriter
{
    private const int LargestStored = 32767;

    /// <summary>The slices in order.</summary>
    /// <param name="uptake">Image in units of SUV.</param>
    /// <param name="scanner">Who wrote it.</param>
    /// <param name="habit">How.</param>
    /// <param name="scan">Injection and clocks.</param>
    /// <param name="identity">Names.</param>
    public static IReadOnlyList<DicomDataset> Slices(Volume uptake, HospitalScanner scanner, VendorHabit habit, PetAcquisition scan, SeriesIdentity identity)
    {
        VolumeGeometry grid = uptake.Geometry;
        var slices = new DicomDataset[grid.CountZ];
        for (int z = 0; z < slices.Length; z++)
        {
            double bed = PetAcquisition.BedSeconds(z, grid.CountZ);
            DicomDataset slice = Common(identity, scan.Start)
                .AddOrUpdate(DicomTag.SOPClassUID, DicomUID.PositronEmissionTomographyImageStorage).AddOrUpdate(DicomTag.SOPInstanceUID, identity.Slice(z))
                .AddOrUpdate(DicomTag.SeriesInstanceUID, identity.Series).AddOrUpdate(DicomTag.Modality, "PT").AddOrUpdate(DicomTag.SeriesNumber, 2).AddOrUpdate(DicomTag.InstanceNumber, z + 1)
                .AddOrUpdate(DicomTag.SeriesDescription, identity.Description).AddOrUpdate(DicomTag.FrameOfReferenceUID, identity.FrameOfReference)
                .AddOrUpdate(DicomTag.Manufacturer, habit.Manufacturer).AddOrUpdate(DicomTag.ManufacturerModelName, scanner.Model).AddOrUpdate(DicomTag.SoftwareVersions, scanner.Software)
                .AddOrUpdate(DicomTag.StationName, scanner.Label.ToUpperInvariant()).AddOrUpdate(DicomTag.ReconstructionMethod, scanner.Reconstruction)
                .AddOrUpdate(DicomTag.DeviceSerialNumber, DicomUID.FromName(scanner.Label).UID[^8..])
                .AddOrUpdate(DicomTag.Units, habit.Units).AddOrUpdate(DicomTag.DecayCorrection, habit.DecayCorrection)
                .AddOrUpdate<string>(DicomTag.CorrectedImage, habit.DecayCorrection == "NONE" ? ["NORM", "DTIM", "ATTN", "SCAT"] : ["NORM", "DTIM", "ATTN", "SCAT", "DECY"])
                .AddOrUpdate(DicomTag.ActualFrameDuration, (int)(PetAcquisition.FrameSeconds * 1000))
                .AddOrUpdate(DicomTag.PatientWeight, scan.WeightKilograms).AddOrUpdate(DicomTag.PatientSex, identity.Sex)
                .AddOrUpdate(
                    DicomTag.RadiopharmaceuticalInformationSequence,
                    new DicomDataset().AddOrUpdate(DicomTag.Radiopharmaceutical, "FDG").AddOrUpdate(DicomTag.RadionuclideTotalDose, scan.DoseBecquerel)
                        .AddOrUpdate(DicomTag.RadionuclideHalfLife, PetAcquisition.HalfLifeSeconds).AddOrUpdate(DicomTag.RadionuclidePositronFraction, 0.9673)
                        .AddOrUpdate(DicomTag.RadiopharmaceuticalStartDateTime, scan.Injection.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture))
                        .AddOrUpdate(DicomTag.RadiopharmaceuticalStartTime, scan.Injection.ToString("HHmmss", CultureInfo.InvariantCulture)))
                .AddOrUpdate(DicomTag.ImagePositionPatient, Position(grid, z)).AddOrUpdate(DicomTag.ImageOrientationPatient, 1.0, 0, 0, 0, 1, 0)
                .AddOrUpdate(DicomTag.PixelSpacing, grid.Spacing.Y, grid.Spacing.X).AddOrUpdate(DicomTag.SliceThickness, grid.Spacing.Z);
            if (identity.HeightMetres > 0) slice.AddOrUpdate(DicomTag.PatientSize, identity.HeightMetres);
            habit.Write(slice, scan, bed);
            Pixels(slice, uptake, z, habit.PerUptake(scan, bed));
            slices[z] = slice;
        }
        return slices;
    }

    /// <summary>What all objects of a study share.</summary>
    internal static DicomDataset Common(SeriesIdentity identity, DateTime start) => new DicomDataset()
        .AddOrUpdate(DicomTag.SpecificCharacterSet, "ISO_IR 192").AddOrUpdate(DicomTag.StudyInstanceUID, identity.Study)
        .AddOrUpdate(DicomTag.StudyDate, start.ToString("yyyyMMdd", CultureInfo.InvariantCulture)).AddOrUpdate(DicomTag.StudyTime, start.AddMinutes(-5).ToString("HHmmss", CultureInfo.InvariantCulture))
        .AddOrUpdate(DicomTag.PatientID, identity.Patient).AddOrUpdate(DicomTag.PatientName, $"Synthetic^{identity.Patient}").AddOrUpdate(DicomTag.PatientBirthDate, "")
        .AddOrUpdate(DicomTag.InstitutionName, identity.Institution).AddOrUpdate(DicomTag.StudyID, identity.Patient);

    /// <summary>Position of a slice's first voxel, in the digits that DICOM holds.</summary>
    internal static double[] Position(VolumeGeometry grid, int z)
    {
        Point3 first = grid.ToPatient(new Point3(0, 0, z));
        return [Math.Round(first.X, 4), Math.Round(first.Y, 4), Math.Round(first.Z, 4)];
    }

    // Every slice has the slope that uses all of its fifteen bits, as scanners do.
    private static void Pixels(DicomDataset slice, Volume uptake, int z, double perUptake)
    {
        VolumeGeometry grid = uptake.Geometry;
        ReadOnlySpan<float> values = uptake.Values.AsSpan(z * grid.SliceCount, grid.SliceCount);
        double largest = 1e-6;
        foreach (float value in values) largest = Math.Max(largest, value);
        double slope = double.Parse((largest * perUptake / LargestStored * 1.0000001).ToString("E7", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        ushort[] stored = new ushort[values.Length];
        for (int i = 0; i < stored.Length; i++) stored[i] = (ushort)Math.Clamp(Math.Round(values[i] * perUptake / slope), 0, LargestStored);
        slice.AddOrUpdate(DicomTag.SamplesPerPixel, 1).AddOrUpdate(DicomTag.PhotometricInterpretation, "MONOCHROME2").AddOrUpdate(DicomTag.Rows, grid.CountY).AddOrUpdate(DicomTag.Columns, grid.CountX)
            .AddOrUpdate(DicomTag.BitsAllocated, 16).AddOrUpdate(DicomTag.BitsStored, 16).AddOrUpdate(DicomTag.HighBit, 15).AddOrUpdate(DicomTag.PixelRepresentation, 0)
            .AddOrUpdate(DicomTag.RescaleIntercept, 0.0).AddOrUpdate(DicomTag.RescaleSlope, slope).AddOrUpdate(DicomTag.PixelData, stored);
    }
}
