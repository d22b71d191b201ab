using System.Security.Cryptography;

namespace Federated.Imaging.Dicom;

/// <summary>A unique identifier: digits and dots, at most 64 characters (PS3.5, chapter 9).</summary>
/// <param name="UID">The dotted text.</param>
public sealed record DicomUID(string UID)
{
    /// <summary>PET Image Storage.</summary>
    public static readonly DicomUID PositronEmissionTomographyImageStorage = new("1.2.840.10008.5.1.4.1.1.128");
    /// <summary>Enhanced PET Image Storage.</summary>
    public static readonly DicomUID EnhancedPETImageStorage = new("1.2.840.10008.5.1.4.1.1.130");
    /// <summary>Legacy Converted Enhanced PET Image Storage.</summary>
    public static readonly DicomUID LegacyConvertedEnhancedPETImageStorage = new("1.2.840.10008.5.1.4.1.1.128.1");
    /// <summary>CT Image Storage.</summary>
    public static readonly DicomUID CTImageStorage = new("1.2.840.10008.5.1.4.1.1.2");
    /// <summary>Enhanced CT Image Storage.</summary>
    public static readonly DicomUID EnhancedCTImageStorage = new("1.2.840.10008.5.1.4.1.1.2.1");
    /// <summary>MR Image Storage.</summary>
    public static readonly DicomUID MRImageStorage = new("1.2.840.10008.5.1.4.1.1.4");
    /// <summary>Enhanced MR Image Storage.</summary>
    public static readonly DicomUID EnhancedMRImageStorage = new("1.2.840.10008.5.1.4.1.1.4.1");
    /// <summary>RT Structure Set Storage.</summary>
    public static readonly DicomUID RTStructureSetStorage = new("1.2.840.10008.5.1.4.1.1.481.3");
    /// <summary>Segmentation Storage.</summary>
    public static readonly DicomUID SegmentationStorage = new("1.2.840.10008.5.1.4.1.1.66.4");
    /// <summary>Label Map Segmentation Storage.</summary>
    public static readonly DicomUID LabelMapSegmentationStorage = new("1.2.840.10008.5.1.4.1.1.66.7");
    /// <summary>Comprehensive SR Storage.</summary>
    public static readonly DicomUID ComprehensiveSRStorage = new("1.2.840.10008.5.1.4.1.1.88.33");
    /// <summary>Secondary Capture Image Storage.</summary>
    public static readonly DicomUID SecondaryCaptureImageStorage = new("1.2.840.10008.5.1.4.1.1.7");

    /// <summary>True for one to 64 characters of digits and single dots, no component with a leading zero.</summary>
    public bool IsValid
    {
        get
        {
            if (UID.Length is 0 or > 64) return false;
            foreach (string component in UID.Split('.'))
            {
                if (component.Length == 0 || !component.All(char.IsAsciiDigit)) return false;
                if (component.Length > 1 && component[0] == '0') return false;
            }
            return true;
        }
    }

    /// <summary>A UID under 2.25 made of a 128-bit number (PS3.5, B.2).</summary>
    /// <param name="uuid">16 bytes of identity: random ones, or a digest of what the object is made of.</param>
    public static DicomUID FromUuid(ReadOnlySpan<byte> uuid)
    {
        if (uuid.Length != 16) throw new ArgumentException("a UUID has 16 bytes", nameof(uuid));
        return new DicomUID("2.25." + new UInt128(
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(uuid), System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(uuid[8..])));
    }

    /// <summary>The same name gives the same UID: the first 128 bits of its SHA-256 under 2.25.</summary>
    public static DicomUID FromName(string name) => FromUuid(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    /// <summary>The dotted text.</summary>
    public override string ToString() => UID;
}
