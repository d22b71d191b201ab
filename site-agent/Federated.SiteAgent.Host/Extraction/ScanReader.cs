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
    private const int UsualInflation = 8;

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
            bytes += file.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase) ? info.Length * UsualInflation : info.Length;
        }
        return new ScanFiles(images, region, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(words.ToString()))), bytes);
    }
}

/// <summary>A scan in memory: its slices in order, or a NIfTI image, and the bytes of its region.</summary>
public sealed record ScanImages
{
    private readonly SliceStack? _stack;
    private readonly Volume? _plain;

    private ScanImages(SliceStack? stack, Volume? plain, ReadOnlyMemory<byte> region) => (_stack, _plain, Region) = (stack, plain, region);

    /// <summary>The object that holds the region; empty when none is needed.</summary>
    public ReadOnlyMemory<byte> Region { get; }

    /// <summary>The grid.</summary>
    public VolumeGeometry Geometry => _stack?.Geometry ?? _plain!.Geometry;

    /// <summary>Headers of every slice, from z = 0 on; none for a NIfTI image.</summary>
    public IReadOnlyList<DicomDataset> Slices => _stack is null ? [] : [.. _stack.Slices.Select(s => s.Dataset)];

    /// <summary>The first slice's headers; null for a NIfTI image.</summary>
    public DicomDataset? Header => _stack?.Slices[0].Dataset;

    /// <summary>What a reader should know of how the image was taken; null: nothing.</summary>
    public string? Remark => _stack is null ? "a NIfTI image says nothing of its units: its values were taken as they are" : null;

    /// <summary>Reads a scan, compressed pixels decoded.</summary>
    /// <exception cref="VolumeException">The files form no series of the modality asked for.</exception>
    /// <exception cref="RegionException">There is no region object, or more than one to choose from.</exception>
    public static async Task<ScanImages> ReadAsync(ScanFiles files, MeasurementProtocol protocol, StoredImages opener, CancellationToken cancellation)
    {
        if (files.Images is [{ } single] && ImageLibrary.IsNifti(single)) return await PlainAsync(single, files.Region, protocol, cancellation);
        var images = new List<DicomFile>();
        var drawn = new List<string>();
        string? other = null;
        foreach (string path in files.Images)
        {
            if (ImageLibrary.IsNifti(path))
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
        if (files.Region is not null) return new ScanImages(stack, null, await File.ReadAllBytesAsync(files.Region, cancellation));
        bool needed = protocol.Region.Source != RegionSource.Threshold;
        return drawn switch
        {
            [{ } only] => new ScanImages(stack, null, await File.ReadAllBytesAsync(only, cancellation)),
            [] when !needed => new ScanImages(stack, null, default),
            [] => throw new RegionException("no region object stands beside the images: name it in the list's column 'region'"),
            _ => throw new RegionException($"{drawn.Count} region objects stand beside the images: name one in the list's column 'region'"),
        };
    }

    /// <summary>The image in the protocol's units, with what was decided on the way.</summary>
    /// <exception cref="SuvException">Uptake would have to be guessed.</exception>
    public (Volume Image, SuvSeries? Uptake) Volume(MeasurementProtocol protocol)
    {
        if (_stack is null) return (_plain!, null);
        if (protocol.Modality != ImageModality.PT) return (_stack.Read(), null);
        SuvSeries uptake = SuvSeries.Of(_stack, protocol.Uptake);
        return (uptake.Read(_stack), uptake);
    }

    // Research collections and the IBSI patients come as NIfTI, already in units of uptake by body weight, Hounsfield units, or as the MR scanner stored them.
    private static async Task<ScanImages> PlainAsync(string path, string? region, MeasurementProtocol protocol, CancellationToken cancellation)
    {
        if (protocol is { Modality: ImageModality.PT, Uptake: { Strict: true } or { Normalization: not SuvNormalization.BodyWeight } })
            throw new SuvException("a NIfTI image does not say its units, and the study asks for uptake that is strict or not by body weight: measure the DICOM series");
        if (region is null && protocol.Region.Source != RegionSource.Threshold) throw new RegionException("a NIfTI image needs its region named: write the mask's file in the list's column 'region'");
        Volume image = NiftiReader.Read(await File.ReadAllBytesAsync(path, cancellation));
        return new ScanImages(null, image, region is null ? default : await File.ReadAllBytesAsync(region, cancellation));
    }
}
