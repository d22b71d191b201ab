namespace Federated.Imaging.Dicom;

/// <summary>How a dataset is laid out in bytes, and whether its pixels are compressed (PS3.5, chapter 10).</summary>
/// <param name="UID">Identifier as found in TransferSyntaxUID (0002,0010).</param>
/// <param name="Name">Name for messages.</param>
/// <param name="IsExplicit">Each element states its value representation.</param>
/// <param name="IsBigEndian">Numbers have their high byte first.</param>
/// <param name="IsDeflated">The dataset is one DEFLATE stream.</param>
/// <param name="IsEncapsulated">Pixel data is a sequence of compressed fragments.</param>
public sealed record DicomTransferSyntax(DicomUID UID, string Name, bool IsExplicit, bool IsBigEndian, bool IsDeflated, bool IsEncapsulated)
{
    /// <summary>Implicit VR Little Endian, the default of DICOM.</summary>
    public static readonly DicomTransferSyntax ImplicitVRLittleEndian = new(new("1.2.840.10008.1.2"), "Implicit VR Little Endian", false, false, false, false);
    /// <summary>Explicit VR Little Endian.</summary>
    public static readonly DicomTransferSyntax ExplicitVRLittleEndian = new(new("1.2.840.10008.1.2.1"), "Explicit VR Little Endian", true, false, false, false);
    /// <summary>Deflated Explicit VR Little Endian.</summary>
    public static readonly DicomTransferSyntax DeflatedExplicitVRLittleEndian = new(new("1.2.840.10008.1.2.1.99"), "Deflated Explicit VR Little Endian", true, false, true, false);
    /// <summary>Explicit VR Big Endian, retired but still in archives.</summary>
    public static readonly DicomTransferSyntax ExplicitVRBigEndian = new(new("1.2.840.10008.1.2.2"), "Explicit VR Big Endian", true, true, false, false);
    /// <summary>RLE Lossless.</summary>
    public static readonly DicomTransferSyntax RLELossless = new(new("1.2.840.10008.1.2.5"), "RLE Lossless", true, false, false, true);

    private static readonly Dictionary<string, DicomTransferSyntax> Known = new DicomTransferSyntax[]
    {
        ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless,
        Compressed("1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian"),
        Compressed("1.2.840.10008.1.2.4.50", "JPEG Baseline"), Compressed("1.2.840.10008.1.2.4.51", "JPEG Extended 12-bit"),
        Compressed("1.2.840.10008.1.2.4.57", "JPEG Lossless"), Compressed("1.2.840.10008.1.2.4.70", "JPEG Lossless, First-Order Prediction"),
        Compressed("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless"), Compressed("1.2.840.10008.1.2.4.81", "JPEG-LS Near-Lossless"),
        Compressed("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless"), Compressed("1.2.840.10008.1.2.4.91", "JPEG 2000"),
        Compressed("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 Lossless"), Compressed("1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2"),
        Compressed("1.2.840.10008.1.2.4.100", "MPEG2"), Compressed("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264"),
        Compressed("1.2.840.10008.1.2.4.107", "HEVC/H.265"), Compressed("1.2.840.10008.1.2.4.110", "JPEG XL Lossless"),
        Compressed("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Lossless"), Compressed("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000"),
    }.ToDictionary(syntax => syntax.UID.UID, StringComparer.Ordinal);

    /// <summary>The syntax of a UID. Syntaxes this table does not hold are read as explicit little endian with fragments, which every one since 1993 is.</summary>
    public static DicomTransferSyntax FromUID(string uid) => Known.TryGetValue(uid, out DicomTransferSyntax? syntax) ? syntax : Compressed(uid, "an unknown transfer syntax");

    /// <summary>Name and identifier: "JPEG 2000 (1.2.840.10008.1.2.4.91)".</summary>
    public override string ToString() => $"{Name} ({UID})";

    private static DicomTransferSyntax Compressed(string uid, string name) => new(new DicomUID(uid), name, true, false, false, true);
}
