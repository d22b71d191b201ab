using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Federated.Imaging.Dicom;

/// <summary>A value representation: how the bytes of an element are read (PS3.5, table 6.2-1).</summary>
public sealed class DicomVR
{
    private static readonly FrozenDictionary<string, DicomVR> ByCode;

    /// <summary>Application Entity.</summary>
    public static readonly DicomVR AE = new("AE", 1, isString: true);
    /// <summary>Age String, such as 045Y.</summary>
    public static readonly DicomVR AS = new("AS", 1, isString: true);
    /// <summary>Attribute Tag: pairs of 16-bit numbers.</summary>
    public static readonly DicomVR AT = new("AT", 2);
    /// <summary>Code String.</summary>
    public static readonly DicomVR CS = new("CS", 1, isString: true);
    /// <summary>Date, YYYYMMDD.</summary>
    public static readonly DicomVR DA = new("DA", 1, isString: true);
    /// <summary>Decimal String.</summary>
    public static readonly DicomVR DS = new("DS", 1, isString: true);
    /// <summary>Date Time, YYYYMMDDHHMMSS.FFFFFF&amp;ZZXX.</summary>
    public static readonly DicomVR DT = new("DT", 1, isString: true);
    /// <summary>Floating point, 32 bits.</summary>
    public static readonly DicomVR FL = new("FL", 4);
    /// <summary>Floating point, 64 bits.</summary>
    public static readonly DicomVR FD = new("FD", 8);
    /// <summary>Integer String.</summary>
    public static readonly DicomVR IS = new("IS", 1, isString: true);
    /// <summary>Long String, 64 characters.</summary>
    public static readonly DicomVR LO = new("LO", 1, isString: true, isText: true);
    /// <summary>Long Text, a single value.</summary>
    public static readonly DicomVR LT = new("LT", 1, isString: true, isText: true, isSingle: true);
    /// <summary>Other Byte.</summary>
    public static readonly DicomVR OB = new("OB", 1, isLong: true);
    /// <summary>Other Double.</summary>
    public static readonly DicomVR OD = new("OD", 8, isLong: true);
    /// <summary>Other Float.</summary>
    public static readonly DicomVR OF = new("OF", 4, isLong: true);
    /// <summary>Other Long.</summary>
    public static readonly DicomVR OL = new("OL", 4, isLong: true);
    /// <summary>Other 64-bit Very Long.</summary>
    public static readonly DicomVR OV = new("OV", 8, isLong: true);
    /// <summary>Other Word.</summary>
    public static readonly DicomVR OW = new("OW", 2, isLong: true);
    /// <summary>Person Name.</summary>
    public static readonly DicomVR PN = new("PN", 1, isString: true, isText: true);
    /// <summary>Short String, 16 characters.</summary>
    public static readonly DicomVR SH = new("SH", 1, isString: true, isText: true);
    /// <summary>Signed Long, 32 bits.</summary>
    public static readonly DicomVR SL = new("SL", 4);
    /// <summary>Sequence of items.</summary>
    public static readonly DicomVR SQ = new("SQ", 1, isLong: true);
    /// <summary>Signed Short, 16 bits.</summary>
    public static readonly DicomVR SS = new("SS", 2);
    /// <summary>Short Text, a single value.</summary>
    public static readonly DicomVR ST = new("ST", 1, isString: true, isText: true, isSingle: true);
    /// <summary>Signed 64-bit Very Long.</summary>
    public static readonly DicomVR SV = new("SV", 8, isLong: true);
    /// <summary>Time, HHMMSS.FFFFFF.</summary>
    public static readonly DicomVR TM = new("TM", 1, isString: true);
    /// <summary>Unlimited Characters.</summary>
    public static readonly DicomVR UC = new("UC", 1, isString: true, isText: true, isLong: true);
    /// <summary>Unique Identifier.</summary>
    public static readonly DicomVR UI = new("UI", 1, isString: true);
    /// <summary>Unsigned Long, 32 bits.</summary>
    public static readonly DicomVR UL = new("UL", 4);
    /// <summary>Unknown: bytes whose meaning was lost on the way.</summary>
    public static readonly DicomVR UN = new("UN", 1, isLong: true);
    /// <summary>Universal Resource Identifier, a single value.</summary>
    public static readonly DicomVR UR = new("UR", 1, isString: true, isSingle: true, isLong: true);
    /// <summary>Unsigned Short, 16 bits.</summary>
    public static readonly DicomVR US = new("US", 2);
    /// <summary>Unlimited Text, a single value.</summary>
    public static readonly DicomVR UT = new("UT", 1, isString: true, isText: true, isSingle: true, isLong: true);
    /// <summary>Unsigned 64-bit Very Long.</summary>
    public static readonly DicomVR UV = new("UV", 8, isLong: true);

    static DicomVR()
    {
        DicomVR[] all = [AE, AS, AT, CS, DA, DS, DT, FL, FD, IS, LO, LT, OB, OD, OF, OL, OV, OW, PN, SH, SL, SQ, SS, ST, SV, TM, UC, UI, UL, UN, UR, US, UT, UV];
        ByCode = all.ToFrozenDictionary(vr => vr.Code, StringComparer.Ordinal);
    }

    private DicomVR(string code, int unitSize, bool isString = false, bool isText = false, bool isSingle = false, bool isLong = false)
    {
        Code = code;
        UnitSize = unitSize;
        IsString = isString;
        IsText = isText;
        IsSingleValued = isSingle;
        HasLongLength = isLong;
    }

    /// <summary>The two letters.</summary>
    public string Code { get; }

    /// <summary>Bytes of one number, the unit of byte order; 1 for text and bytes.</summary>
    public int UnitSize { get; }

    /// <summary>True for values written as characters.</summary>
    public bool IsString { get; }

    /// <summary>True when SpecificCharacterSet (0008,0005) applies.</summary>
    public bool IsText { get; }

    /// <summary>True for texts in which a backslash is a backslash.</summary>
    public bool IsSingleValued { get; }

    /// <summary>True when the explicit header has two reserved bytes and a 32-bit length.</summary>
    public bool HasLongLength { get; }

    /// <summary>The byte that makes an odd length even: NUL for UI and bytes, a space for text.</summary>
    public byte PaddingByte => IsString && this != UI ? (byte)' ' : (byte)0;

    /// <summary>The representation written as these two letters.</summary>
    /// <exception cref="DicomFormatException">No such representation.</exception>
    public static DicomVR Parse(string code) =>
        TryParse(code, out DicomVR? vr) ? vr : throw new DicomFormatException($"'{code}' is not a value representation of DICOM PS3.5: use two letters such as DS");

    /// <summary>False when the letters name no representation.</summary>
    public static bool TryParse(string code, [NotNullWhen(true)] out DicomVR? vr) => ByCode.TryGetValue(code, out vr);

    /// <summary>The two letters.</summary>
    public override string ToString() => Code;

    internal static DicomVR? FromBytes(byte first, byte second)
    {
        Span<char> code = [(char)first, (char)second];
        return ByCode.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(code, out DicomVR? vr) ? vr : null;
    }
}
