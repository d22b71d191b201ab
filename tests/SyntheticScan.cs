using Federated.Imaging.Dicom;

namespace Federated.Testing;

/// <summary>A ball of uptake in a synthetic patient.</summary>
/// <param name="Name">Its structure's name.</param>
/// <param name="X">Centre in millimetres of patient space.</param>
/// <param name="Y">Centre.</param>
/// <param name="Z">Centre.</param>
/// <param name="Radius">Millimetres.</param>
/// <param name="Uptake">SUV at the centre; it falls to half of that at the edge.</param>
internal sealed record SyntheticLesion(string Name, double X, double Y, double Z, double Radius, double Uptake);

/// <summary>A synthetic PET series of known uptake with a structure set of its lesions, written by our own writer as one scanner would.</summary>
internal sealed record SyntheticScan
{
    public required string Series { get; init; }

    public IReadOnlyList<SyntheticLesion> Lesions { get; init; } = [new("GTV", 5, -10, 100, 18, 8)];

    public int Columns { get; init; } = 48;

    public int Rows { get; init; } = 40;

    public int Slices { get; init; } = 30;

    public double Pixel { get; init; } = 4;

    public double Thickness { get; init; } = 4;

    /// <summary>Minutes from injection to scan.</summary>
    public double UptakeMinutes { get; init; } = 60;

    public double Weight { get; init; } = 70;

    public double DoseMegabecquerel { get; init; } = 250;

    public double Background { get; init; } = 1;

    /// <summary>Standard deviation of noise in SUV.</summary>
    public double Noise { get; init; }

    public int Seed { get; init; } = 1;

    private string FrameOfReference => Series + ".9";

    private static DateTime Start => new(2024, 3, 5, 10, 30, 0, DateTimeKind.Unspecified);

    /// <summary>Writes slices as 001.dcm, 002.dcm ... into a folder, and the structure set as structures.dcm beside them or elsewhere.</summary>
    /// <returns>The file of the structure set.</returns>
    public string Write(string folder, string? structures = null)
    {
        Directory.CreateDirectory(folder);
        Random random = new(Seed);
        for (int z = 0; z < Slices; z++) Save(Slice(z, random), Path.Combine(folder, $"{z + 1:D3}.dcm"));
        string file = structures ?? Path.Combine(folder, "structures.dcm");
        Save(StructureSet(), file);
        return file;
    }

    /// <summary>SUV at a point of patient space, without noise.</summary>
    public double Uptake(double x, double y, double z)
    {
        double uptake = Background;
        foreach (SyntheticLesion lesion in Lesions)
        {
            double r = Math.Sqrt((x - lesion.X) * (x - lesion.X) + (y - lesion.Y) * (y - lesion.Y) + (z - lesion.Z) * (z - lesion.Z)) / lesion.Radius;
            if (r <= 1) uptake = Math.Max(uptake, lesion.Uptake * (1 - 0.5 * r * r));
        }
        return uptake;
    }

    private double X(int column) => (column - (Columns - 1) / 2.0) * Pixel;

    private double Y(int row) => (row - (Rows - 1) / 2.0) * Pixel;

    private double Z(int slice) => 40 + slice * Thickness;

    private DicomDataset Slice(int z, Random random)
    {
        const double halfLife = 6586.2;
        double decayedDose = DoseMegabecquerel * 1e6 * Math.Exp(-Math.Log(2) / halfLife * UptakeMinutes * 60);
        double becquerelPerSuv = decayedDose / (Weight * 1000);
        double slope = becquerelPerSuv * 20 / 32767; // stored values reach SUV 20
        ushort[] pixels = new ushort[Rows * Columns];
        for (int i = 0; i < pixels.Length; i++)
        {
            double noise = Noise * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2;
            double uptake = Math.Max(0, Uptake(X(i % Columns), Y(i / Columns), Z(z)) + noise);
            pixels[i] = (ushort)Math.Min(32767, Math.Round(uptake * becquerelPerSuv / slope));
        }
        return Common(DicomUID.PositronEmissionTomographyImageStorage, $"{Series}.1.{z + 1}", "PT", Series)
            .AddOrUpdate(DicomTag.SeriesDate, "20240305").AddOrUpdate(DicomTag.SeriesTime, Start.ToString("HHmmss"))
            .AddOrUpdate(DicomTag.AcquisitionDate, "20240305").AddOrUpdate(DicomTag.AcquisitionTime, Start.ToString("HHmmss"))
            .AddOrUpdate(DicomTag.ImagePositionPatient, X(0), Y(0), Z(z)).AddOrUpdate(DicomTag.ImageOrientationPatient, 1.0, 0, 0, 0, 1, 0)
            .AddOrUpdate(DicomTag.PixelSpacing, Pixel, Pixel).AddOrUpdate(DicomTag.SliceThickness, Thickness).AddOrUpdate(DicomTag.FrameOfReferenceUID, FrameOfReference)
            .AddOrUpdate(DicomTag.Manufacturer, "Synthetic").AddOrUpdate(DicomTag.ManufacturerModelName, "Scanner 1").AddOrUpdate(DicomTag.SoftwareVersions, "1.0")
            .AddOrUpdate(DicomTag.ReconstructionMethod, "OSEM 3i21s").AddOrUpdate(DicomTag.ConvolutionKernel, "XYZ Gauss5.00")
            .AddOrUpdate(DicomTag.Units, "BQML").AddOrUpdate(DicomTag.CorrectedImage, "ATTN", "DECY", "SCAT").AddOrUpdate(DicomTag.DecayCorrection, "START")
            .AddOrUpdate(DicomTag.ActualFrameDuration, 120_000).AddOrUpdate(DicomTag.FrameReferenceTime, 0.0)
            .AddOrUpdate(DicomTag.PatientWeight, Weight).AddOrUpdate(DicomTag.PatientSize, 1.75).AddOrUpdate(DicomTag.PatientSex, "F")
            .AddOrUpdate(
                DicomTag.RadiopharmaceuticalInformationSequence,
                new DicomDataset().AddOrUpdate(DicomTag.Radiopharmaceutical, "FDG").AddOrUpdate(DicomTag.RadionuclideTotalDose, DoseMegabecquerel * 1e6)
                    .AddOrUpdate(DicomTag.RadionuclideHalfLife, halfLife)
                    .AddOrUpdate(DicomTag.RadiopharmaceuticalStartDateTime, Start.AddMinutes(-UptakeMinutes).ToString("yyyyMMddHHmmss")))
            .AddOrUpdate(DicomTag.Rows, Rows).AddOrUpdate(DicomTag.Columns, Columns).AddOrUpdate(DicomTag.BitsAllocated, 16).AddOrUpdate(DicomTag.BitsStored, 16)
            .AddOrUpdate(DicomTag.HighBit, 15).AddOrUpdate(DicomTag.PixelRepresentation, 0).AddOrUpdate(DicomTag.SamplesPerPixel, 1)
            .AddOrUpdate(DicomTag.PhotometricInterpretation, "MONOCHROME2").AddOrUpdate(DicomTag.RescaleSlope, double.Parse(slope.ToString("G10"))).AddOrUpdate(DicomTag.RescaleIntercept, 0.0)
            .AddOrUpdate(DicomTag.PixelData, pixels);
    }

    private DicomDataset StructureSet()
    {
        List<DicomDataset> structures = [], contours = [];
        for (int n = 0; n < Lesions.Count; n++)
        {
            SyntheticLesion lesion = Lesions[n];
            structures.Add(new DicomDataset().AddOrUpdate(DicomTag.SpecificCharacterSet, "ISO_IR 192").AddOrUpdate(DicomTag.ROINumber, n + 1).AddOrUpdate(DicomTag.ReferencedFrameOfReferenceUID, FrameOfReference).AddOrUpdate(DicomTag.ROIName, lesion.Name));
            List<DicomDataset> planes = [];
            for (int z = 0; z < Slices; z++)
            {
                double square = lesion.Radius * lesion.Radius - (Z(z) - lesion.Z) * (Z(z) - lesion.Z);
                if (square <= 0) continue;
                double radius = Math.Sqrt(square);
                double[] points = [.. Enumerable.Range(0, 72).SelectMany(i => (double[])[Math.Round(lesion.X + radius * Math.Cos(i * Math.PI / 36), 3), Math.Round(lesion.Y + radius * Math.Sin(i * Math.PI / 36), 3), Z(z)])];
                planes.Add(new DicomDataset().AddOrUpdate(DicomTag.ContourGeometricType, "CLOSED_PLANAR").AddOrUpdate(DicomTag.ContourData, points));
            }
            contours.Add(new DicomDataset().AddOrUpdate(DicomTag.ReferencedROINumber, n + 1).AddOrUpdate(DicomTag.ContourSequence, [.. planes]));
        }
        return Common(DicomUID.RTStructureSetStorage, Series + ".2.1", "RTSTRUCT", Series + ".2")
            .AddOrUpdate(DicomTag.StructureSetROISequence, [.. structures]).AddOrUpdate(DicomTag.ROIContourSequence, [.. contours]);
    }

    private DicomDataset Common(DicomUID kind, string instance, string modality, string series) => new DicomDataset()
        .AddOrUpdate(DicomTag.SpecificCharacterSet, "ISO_IR 192").AddOrUpdate(DicomTag.SOPClassUID, kind).AddOrUpdate(DicomTag.SOPInstanceUID, instance).AddOrUpdate(DicomTag.SeriesInstanceUID, series)
        .AddOrUpdate(DicomTag.StudyInstanceUID, Series + ".0").AddOrUpdate(DicomTag.Modality, modality).AddOrUpdate(DicomTag.StudyDate, "20240305").AddOrUpdate(DicomTag.StudyTime, "100000")
        .AddOrUpdate(DicomTag.PatientID, "SYN-" + Series.Split('.')[^1]).AddOrUpdate(DicomTag.PatientName, "Synthetic^Patient");

    private static void Save(DicomDataset dataset, string file)
    {
        using FileStream stream = File.Create(file);
        new DicomFile(dataset).Save(stream);
    }
}
