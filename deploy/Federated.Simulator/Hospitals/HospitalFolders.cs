using Federated.Imaging.Dicom;
using Federated.Imaging.Volumes;

namespace Federated.Simulator.Hospitals;

/// <summary>Scans a planned consortium and writes it: a folder per hospital with images, list of scans, cohort table and phantoms; beside them the truth, which no hospital has.</summary>
public static class HospitalFolders
{
    /// <summary>Kilograms of water in the image-quality phantom, as its header states; the dose then makes its background SUV 1.</summary>
    private const double PhantomKilograms = 9.7;

    /// <summary>Becquerel per millilitre in the body of a phantom at its scan.</summary>
    public const double PhantomActivity = 5000;

    /// <summary>Writes everything.</summary>
    /// <param name="plan">What.</param>
    /// <param name="directory">Where.</param>
    /// <param name="workers">Scans at a time; the bytes are the same for any number.</param>
    /// <param name="done">Hears how many series of how many are written.</param>
    /// <param name="cancellation">Stops.</param>
    public static void Write(ConsortiumPlan plan, string directory, int workers, Action<int, int> done, CancellationToken cancellation)
    {
        Action[] work =
        [
            .. plan.Phantoms.OrderByDescending(p => p.IsNema).Select(phantom => (Action)(() => WritePhantom(plan, phantom, directory))),
            .. plan.Scans.Select(scan => (Action)(() => WriteScan(plan, scan, directory))), .. plan.Travelling.Select(scan => (Action)(() => WriteScan(plan, scan, directory))),
        ];
        int finished = 0;
        Parallel.ForEach(work, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation }, write =>
        {
            write();
            done(Interlocked.Increment(ref finished), work.Length);
        });
        HospitalTables.Write(plan, directory);
    }

    /// <summary>Writes the images and the region of one scan below its hospital's folder.</summary>
    public static void WriteScan(ConsortiumPlan plan, PlannedScan scan, string directory)
    {
        VirtualPatient patient = scan.Patient;
        Volume image = plan.Image(scan);
        PetAcquisition acquisition = new(scan.Start.AddMinutes(-patient.UptakeMinutes), scan.Start, patient.DoseMegabecquerel * 1e6, patient.WeightKilograms);
        SeriesIdentity identity = new($"{plan.Seeds.Seed("uid")}/{scan.RowId}", patient.Id, patient.IsMale ? "M" : "F", patient.HeightMetres, "PET AC", scan.Site);
        List<DicomDataset> slices = [.. PetSeriesWriter.Slices(image, scan.Scanner, scan.Scanner.Habit, acquisition, identity)];
        // Half of the hospitals contour in their planning system, half segment.
        DicomDataset region = DrawsContours(scan.Site)
            ? RegionWriter.StructureSet(patient.Lesions, image.Geometry, identity, scan.Start)
            : RegionWriter.Segmentation(patient.Lesions, image.Geometry, identity, scan.Start);
        scan.Broken?.Break(slices, region);
        string folder = Directory.CreateDirectory(Path.Combine(directory, scan.Site, "images", scan.RowId)).FullName;
        for (int z = 0; z < slices.Count; z++) Save(slices[z], Path.Combine(folder, $"{z + 1:000}.dcm"), z == slices.Count - 1 ? scan.Broken?.BytesLost ?? 0 : 0);
        Save(region, Path.Combine(folder, "region.dcm"), 0);
    }

    /// <summary>Whether a hospital keeps RT structure sets, else segmentations.</summary>
    public static bool DrawsContours(string site) => site is "aalborg" or "coimbra" or "evora";

    /// <summary>Writes one phantom below its hospital's folder.</summary>
    public static void WritePhantom(ConsortiumPlan plan, PlannedPhantom phantom, string directory)
    {
        Volume image = plan.Image(phantom);
        DateTime injection = phantom.Start.AddMinutes(-40);
        double dose = PhantomActivity * PhantomKilograms * 1000 * Math.Exp(PetAcquisition.Decay * 40 * 60);
        // The header states what was measured into the phantom: its image shows what truly came to be in it.
        PetAcquisition acquisition = new(injection, phantom.Start, Math.Round(dose), PhantomKilograms);
        SeriesIdentity identity = new(
            $"{plan.Seeds.Seed("uid")}/{phantom.Folder}", phantom.IsNema ? "NEMA-IQ" : "QC-CYLINDER", "O", 0, phantom.IsNema ? "NEMA IQ" : "QC cylinder", phantom.Site);
        IReadOnlyList<DicomDataset> slices = PetSeriesWriter.Slices(image, phantom.Scanner, phantom.Scanner.PhantomHabit, acquisition, identity);
        string folder = Directory.CreateDirectory(Path.Combine(directory, phantom.Site, phantom.Folder)).FullName;
        for (int z = 0; z < slices.Count; z++) Save(slices[z], Path.Combine(folder, $"{z + 1:000}.dcm"), 0);
    }

    private static void Save(DicomDataset dataset, string path, int bytesLost)
    {
        using MemoryStream bytes = new();
        new DicomFile(dataset).Save(bytes);
        using FileStream file = File.Create(path);
        file.Write(bytes.GetBuffer().AsSpan(0, (int)bytes.Length - bytesLost));
    }
}
