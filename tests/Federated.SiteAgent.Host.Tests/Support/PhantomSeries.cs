using System.Globalization;
using Federated.Imaging.Dicom;
using Federated.Imaging.Phantoms;
using Federated.Imaging.Volumes;

namespace Federated.SiteAgent.Host.Tests.Support;

/// <summary>An upright image-quality phantom of 2,000 Bq/ml with spheres ten times as hot, as a scanner of stated resolution and calibration error writes it.</summary>
internal sealed record PhantomSeries
{
    public double FwhmMillimetres { get; init; } = 6;

    public double Factor { get; init; } = 1;

    public int Slices { get; init; } = int.MaxValue;

    public string Day { get; init; } = "20261102";

    public string Model { get; init; } = "Model 1";

    public string Software { get; init; } = "4.1";

    public string Reconstruction { get; init; } = "PSF+TOF 3i21s";

    public string Kernel { get; init; } = "";

    public string Write(string folder)
    {
        PhantomPose pose = new(new Point3(5, -8, 12), new Point3(1, 0, 0), new Point3(0, 1, 0), new Point3(0, 0, 1));
        SyntheticScanner scanner = new() { FwhmMillimetres = FwhmMillimetres, CalibrationFactor = Factor, Noise = 0.03, NoiseReference = 2000 };
        Volume image = scanner.Scan(SyntheticPhantom.Nema(pose, new PhantomActivity(2000, 20_000)), SyntheticPhantom.Around(pose, new Point3(4, 4, 4)), 1);
        VolumeGeometry grid = image.Geometry;
        string series = DicomUID.FromName(folder).UID;
        Directory.CreateDirectory(folder);
        for (int z = 0; z < Math.Min(Slices, grid.CountZ); z++)
        {
            float[] values = image.Values[grid.Index(0, 0, z)..(grid.Index(0, 0, z) + grid.CountX * grid.CountY)];
            double slope = Math.Max(1, values.Max()) / 32767;
            Point3 corner = grid.ToPatient(new Point3(0, 0, z));
            DicomDataset slice = new DicomDataset()
                .AddOrUpdate(DicomTag.SOPClassUID, DicomUID.PositronEmissionTomographyImageStorage).AddOrUpdate(DicomTag.SOPInstanceUID, DicomUID.FromName($"{folder} {z}").UID)
                .AddOrUpdate(DicomTag.StudyInstanceUID, "1.2.1").AddOrUpdate(DicomTag.SeriesInstanceUID, series).AddOrUpdate(DicomTag.Modality, "PT").AddOrUpdate(DicomTag.SeriesDate, Day)
                .AddOrUpdate(DicomTag.Manufacturer, "Synthetic").AddOrUpdate(DicomTag.ManufacturerModelName, Model).AddOrUpdate(DicomTag.SoftwareVersions, Software)
                .AddOrUpdate(DicomTag.ReconstructionMethod, Reconstruction).AddOrUpdate(DicomTag.ConvolutionKernel, Kernel)
                .AddOrUpdate(DicomTag.Units, "BQML").AddOrUpdate(DicomTag.ImagePositionPatient, corner.X, corner.Y, corner.Z).AddOrUpdate(DicomTag.ImageOrientationPatient, 1.0, 0, 0, 0, 1, 0)
                .AddOrUpdate(DicomTag.PixelSpacing, 4.0, 4).AddOrUpdate(DicomTag.SliceThickness, 4.0)
                .AddOrUpdate(DicomTag.Rows, grid.CountY).AddOrUpdate(DicomTag.Columns, grid.CountX).AddOrUpdate(DicomTag.BitsAllocated, 16).AddOrUpdate(DicomTag.BitsStored, 16)
                .AddOrUpdate(DicomTag.HighBit, 15).AddOrUpdate(DicomTag.PixelRepresentation, 0).AddOrUpdate(DicomTag.SamplesPerPixel, 1).AddOrUpdate(DicomTag.PhotometricInterpretation, "MONOCHROME2")
                .AddOrUpdate(DicomTag.RescaleSlope, double.Parse(slope.ToString("G10", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)).AddOrUpdate(DicomTag.RescaleIntercept, 0.0)
                .AddOrUpdate(DicomTag.PixelData, Array.ConvertAll(values, value => (ushort)Math.Round(value / slope)));
            using FileStream file = File.Create(Path.Combine(folder, $"{z + 1:D3}.dcm"));
            new DicomFile(slice).Save(file);
        }

        return folder;
    }
}
