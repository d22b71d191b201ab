using System.Security.Cryptography;
using System.Text;
using Federated.Imaging.Dicom;
using Federated.Imaging.Measurement;
using Federated.Imaging.Pet;
using Federated.Imaging.Regions;
using Federated.Imaging.Volumes;
using Federated.SiteAgent.Host.Archives;

namespace Federated.SiteAgent.Host.Extraction;

/// <summary>The files of a scan: its images, and the object that holds its region.</summary>
/// <param name="Images">Files of the series' folder.</param>
/// <param name="Region">File of the region; null: among the images' files, or none needed.</param>
/// <param name="Fingerprint">Digest of the list's words and of the files' names, sizes and times: the same digest, the same inputs.</param>
/// <param name="Bytes">Size of all files.</param>
public sealed record ScanFiles(IReadOnlyList<string> Images, string? Region, string Fingerprint, long Bytes)
{
    /// <summary>Finds the files of a scan.</summary>
    /// <exception cref="IOException">A series or object is not there.</exception>
    public static ScanFiles Of(ListedScan scan, ImageLibrary library)
    {
        IReadOnlyList<string> images = library.Series(scan.Series);
        string? region = scan.Region.Length == 0 ? null : library.RegionFile(scan.Region);
        var words = new StringBuilder($"{scan.Series}\n{scan.Region}\n{scan.Roi}\n{scan.Glucose:R}\n");
        long bytes = 0;
        foreach (string file in region is null ? images : [.. images, region])
        {
            var info = new FileInfo(file);
            words.Append(System.Globalization.CultureInfo.InvariantCulture, $"{info.Name} {info.Length} {info.LastWriteTimeUtc.Ticks}\n");
            bytes += info.Length;
        }
        return new ScanFiles(images, region, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(words.ToString()))), bytes);
    }
}

/// <summary>A scan in memory: its slices in order, and the bytes of its region.</summary>
/// <param name="Stack">Slices of one series.</param>
/// <param name="Region">The object that holds the region; empty when none is needed.</param>
public sealed record ScanImages(SliceStack Stack, ReadOnlyMemory<byte> Region)
{
    /// <summary>The first slice's headers.</summary>
    public DicomDataset Header => Stack.Slices[0].Dataset;

    /// <summary>Reads a scan, compressed pixels decoded.</summary>
    /// <exception cref="VolumeException">The files form no series of the modality asked for.</exception>
    /// <exception cref="RegionException">There is no region object, or more than one to choose from.</exception>
    public static async Task<ScanImages> ReadAsync(ScanFiles files, MeasurementProtocol protocol, StoredImages opener, CancellationToken cancellation)
    {
        var images = new List<DicomFile>();
        var drawn = new List<string>();
        string? other = null;
        foreach (string path in files.Images)
        {
            if (IsNifti(path))
            {
                drawn.Add(path);
                continue;
            }
            DicomFile file = await opener.OpenAsync(path, cancellation);
            string modality = file.Dataset.GetStringOrNull(DicomTag.Modality) ?? "";
            if (string.Equals(modality, protocol.Modality.ToString(), StringComparison.Ordinal)) images.Add(file);
            else if (modality is "RTSTRUCT" or "SEG") drawn.Add(path);
            else other = modality;
        }
        if (images.Count == 0) throw new VolumeException($"the series holds no {protocol.Modality} images{(other is null ? "" : $" but {other}")}: choose another series");
        SliceStack stack = SliceStack.From(images);
        if (files.Region is not null) return new ScanImages(stack, await File.ReadAllBytesAsync(files.Region, cancellation));
        bool needed = protocol.Region.Source != RegionSource.Threshold;
        return drawn switch
        {
            [{ } only] => new ScanImages(stack, await File.ReadAllBytesAsync(only, cancellation)),
            [] when !needed => new ScanImages(stack, default),
            [] => throw new RegionException("no region object stands beside the images: name it in the list's column 'region'"),
            _ => throw new RegionException($"{drawn.Count} region objects stand beside the images: name one in the list's column 'region'"),
        };
    }

    /// <summary>The image in the protocol's units, with what was decided on the way.</summary>
    /// <exception cref="SuvException">Uptake would have to be guessed.</exception>
    public (Volume Image, SuvSeries? Uptake) Volume(MeasurementProtocol protocol)
    {
        if (protocol.Modality != ImageModality.PT) return (Stack.Read(), null);
        SuvSeries uptake = SuvSeries.Of(Stack, protocol.Uptake);
        return (uptake.Read(Stack), uptake);
    }

    private static bool IsNifti(string path) => path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase);
}
