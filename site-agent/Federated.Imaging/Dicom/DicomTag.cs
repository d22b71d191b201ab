using System.Globalization;

namespace Federated.Imaging.Dicom;

/// <summary>The address of a data element: group and element, and for a private element the creator who reserved its block (PS3.5, 7.1 and 7.8).</summary>
/// <remarks>A private tag with a creator names the element by its low byte: the block is looked up in the dataset, as vendors may reserve any block from 0x10 to 0xFF.</remarks>
public readonly partial record struct DicomTag : IComparable<DicomTag>
{
    /// <summary>A standard tag, or a private tag exactly as it stands in a file.</summary>
    public DicomTag(ushort group, ushort element)
    {
        Group = group;
        Element = element;
        PrivateCreator = null;
    }

    /// <summary>A private tag in whatever block <paramref name="privateCreator"/> holds; only the low byte of <paramref name="element"/> counts.</summary>
    public DicomTag(ushort group, ushort element, string privateCreator)
    {
        if ((group & 1) == 0) throw new ArgumentException($"group {group:X4} is even: only odd groups are private", nameof(group));
        Group = group;
        Element = (ushort)(element & 0xFF);
        PrivateCreator = privateCreator;
    }

    /// <summary>The group number; odd for private elements.</summary>
    public ushort Group { get; }

    /// <summary>The element number within the group.</summary>
    public ushort Element { get; }

    /// <summary>Who reserved the private block; null for a tag that stands as written.</summary>
    public string? PrivateCreator { get; }

    /// <summary>True for odd groups.</summary>
    public bool IsPrivate => (Group & 1) == 1;

    /// <summary>True for the element that reserves a private block: (odd group, 0010 to 00FF).</summary>
    public bool IsPrivateCreator => IsPrivate && Element is >= 0x10 and <= 0xFF;

    /// <summary>Group and element as one number, the order of elements in a file.</summary>
    public uint Number => ((uint)Group << 16) | Element;

    /// <inheritdoc/>
    public int CompareTo(DicomTag other)
    {
        int order = Number.CompareTo(other.Number);
        return order != 0 ? order : string.CompareOrdinal(PrivateCreator, other.PrivateCreator);
    }

    /// <summary>Earlier in a file.</summary>
    public static bool operator <(DicomTag left, DicomTag right) => left.CompareTo(right) < 0;

    /// <summary>Later in a file.</summary>
    public static bool operator >(DicomTag left, DicomTag right) => left.CompareTo(right) > 0;

    /// <summary>Not later in a file.</summary>
    public static bool operator <=(DicomTag left, DicomTag right) => left.CompareTo(right) <= 0;

    /// <summary>Not earlier in a file.</summary>
    public static bool operator >=(DicomTag left, DicomTag right) => left.CompareTo(right) >= 0;

    /// <summary>Reads "0010,1030", "(0010,1030)" or "00101030".</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DicomTag tag)
    {
        tag = default;
        text = text.Trim().TrimStart('(').TrimEnd(')');
        if (text.Length == 9 && text[4] == ',')
        {
            if (!ushort.TryParse(text[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort group)) return false;
            if (!ushort.TryParse(text[5..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort element)) return false;
            tag = new DicomTag(group, element);
            return true;
        }
        if (text.Length != 8 || !uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number)) return false;
        tag = FromNumber(number);
        return true;
    }

    /// <summary>The keyword of PS3.6 and the number, as users meet it in messages: "PatientWeight (0010,1030)".</summary>
    public string Describe() => DicomDictionary.TryGetKeyword(this, out string? keyword) ? $"{keyword} {this}" : ToString();

    /// <summary>"(0010,1030)", or "(0009,xx0D:GEMS_PETD_01)" for a private tag by creator.</summary>
    public override string ToString() => PrivateCreator is null ? $"({Group:X4},{Element:X4})" : $"({Group:X4},xx{Element:X2}:{PrivateCreator})";

    internal static DicomTag FromNumber(uint number) => new((ushort)(number >> 16), (ushort)number);

    internal static readonly DicomTag Item = new(0xFFFE, 0xE000);
    internal static readonly DicomTag ItemDelimitation = new(0xFFFE, 0xE00D);
    internal static readonly DicomTag SequenceDelimitation = new(0xFFFE, 0xE0DD);
}
