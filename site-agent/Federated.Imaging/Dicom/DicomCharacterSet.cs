using System.Text;

namespace Federated.Imaging.Dicom;

/// <summary>Character repertoires of SpecificCharacterSet (0008,0005), with ISO 2022 code extensions (PS3.3, C.12.1.1.2; PS3.5, 6.1).</summary>
public sealed class DicomCharacterSet
{
    private const byte Escape = 0x1B;
    private const int Latin1 = 28591;

    private static readonly Dictionary<string, int> CodePages = new(StringComparer.Ordinal)
    {
        [""] = Latin1,
        ["ISO_IR 6"] = Latin1,
        ["ISO 2022 IR 6"] = Latin1,
        ["ISO_IR 100"] = Latin1,
        ["ISO_IR 101"] = 28592,
        ["ISO_IR 109"] = 28593,
        ["ISO_IR 110"] = 28594,
        ["ISO_IR 144"] = 28595,
        ["ISO_IR 127"] = 28596,
        ["ISO_IR 126"] = 28597,
        ["ISO_IR 138"] = 28598,
        ["ISO_IR 148"] = 28599,
        ["ISO_IR 203"] = 28605,
        ["ISO_IR 166"] = 874,
        ["ISO_IR 13"] = 932,
        ["ISO_IR 192"] = 65001,
        ["GB18030"] = 54936,
        ["GBK"] = 936,
        ["ISO 2022 IR 100"] = Latin1,
        ["ISO 2022 IR 101"] = 28592,
        ["ISO 2022 IR 109"] = 28593,
        ["ISO 2022 IR 110"] = 28594,
        ["ISO 2022 IR 144"] = 28595,
        ["ISO 2022 IR 127"] = 28596,
        ["ISO 2022 IR 126"] = 28597,
        ["ISO 2022 IR 138"] = 28598,
        ["ISO 2022 IR 148"] = 28599,
        ["ISO 2022 IR 203"] = 28605,
        ["ISO 2022 IR 166"] = 874,
        ["ISO 2022 IR 13"] = 932,
        ["ISO 2022 IR 87"] = 51932,
        ["ISO 2022 IR 159"] = 20932,
        ["ISO 2022 IR 149"] = 51949,
        ["ISO 2022 IR 58"] = 936,
    };

    // What follows ESC, the code page it selects, and how its bytes become that code page's: G0 sets of two bytes are lifted to the upper half.
    private static readonly (byte[] Sequence, int CodePage, Lift Lift)[] Extensions =
    [
        ("(B"u8.ToArray(), Latin1, Lift.None), ("(J"u8.ToArray(), 932, Lift.None), (")I"u8.ToArray(), 932, Lift.None),
        ("$B"u8.ToArray(), 51932, Lift.Both), ("$@"u8.ToArray(), 51932, Lift.Both), ("$(D"u8.ToArray(), 20932, Lift.First),
        ("$)C"u8.ToArray(), 51949, Lift.None), ("$)A"u8.ToArray(), 936, Lift.None),
        ("-A"u8.ToArray(), Latin1, Lift.None), ("-B"u8.ToArray(), 28592, Lift.None), ("-C"u8.ToArray(), 28593, Lift.None), ("-D"u8.ToArray(), 28594, Lift.None),
        ("-L"u8.ToArray(), 28595, Lift.None), ("-G"u8.ToArray(), 28596, Lift.None), ("-F"u8.ToArray(), 28597, Lift.None), ("-H"u8.ToArray(), 28598, Lift.None),
        ("-M"u8.ToArray(), 28599, Lift.None), ("-T"u8.ToArray(), 874, Lift.None), ("-b"u8.ToArray(), 28605, Lift.None),
    ];

    private readonly Encoding initial;
    private readonly bool hasExtensions;

    private DicomCharacterSet(string terms, Encoding initial, bool hasExtensions, string? unknownTerm)
    {
        Terms = terms;
        this.initial = initial;
        this.hasExtensions = hasExtensions;
        UnknownTerm = unknownTerm;
    }

    private enum Lift { None, First, Both }

    /// <summary>ASCII, as when the attribute is absent; upper bytes are read as Latin-1 rather than lost.</summary>
    public static DicomCharacterSet Default { get; } = Parse("");

    /// <summary>The attribute's value.</summary>
    public string Terms { get; }

    /// <summary>The first term that PS3.3 does not define; null when all are known.</summary>
    public string? UnknownTerm { get; }

    /// <summary>Reads the attribute's value, such as "ISO_IR 100" or "\ISO 2022 IR 87".</summary>
    public static DicomCharacterSet Parse(string terms)
    {
        string[] parts = terms.Split('\\', StringSplitOptions.TrimEntries);
        string? unknown = null;
        Encoding? first = null;
        foreach (string part in parts)
        {
            // Written by some systems with an underscore, a hyphen or no space at all.
            string term = part.Replace("ISO-IR", "ISO_IR", StringComparison.Ordinal).Replace("ISO_IR_", "ISO_IR ", StringComparison.Ordinal)
                .Replace("ISO IR", "ISO_IR", StringComparison.Ordinal);
            if (!CodePages.TryGetValue(term, out int page))
            {
                unknown ??= part;
                page = Latin1;
            }
            first ??= ByCodePage(page);
        }
        return new DicomCharacterSet(terms, first!, parts.Length > 1 || parts[0].StartsWith("ISO 2022", StringComparison.Ordinal), unknown);
    }

    /// <summary>Characters of a value.</summary>
    /// <param name="bytes">The bytes of one element.</param>
    /// <param name="isPersonName">In names, ^ and = also end a code extension.</param>
    public string Decode(ReadOnlySpan<byte> bytes, bool isPersonName = false)
    {
        if (!hasExtensions || bytes.IndexOf(Escape) < 0) return initial.GetString(bytes);
        StringBuilder text = new(bytes.Length);
        Encoding encoding = initial;
        Lift lift = Lift.None;
        while (!bytes.IsEmpty)
        {
            if (bytes[0] == Escape && Designation(bytes[1..]) is { } extension)
            {
                bytes = bytes[(1 + extension.Sequence.Length)..];
                encoding = ByCodePage(extension.CodePage);
                lift = extension.Lift;
                continue;
            }
            int end = RunLength(bytes, isPersonName, lift, out bool isDelimiter);
            text.Append(Decode(encoding, bytes[..end], lift));
            bytes = bytes[end..];
            if (!isDelimiter) continue;
            // A delimiter or control character returns to the first repertoire (PS3.5, 6.1.2.5.3).
            text.Append((char)bytes[0]);
            bytes = bytes[1..];
            encoding = initial;
            lift = Lift.None;
        }
        return text.ToString();
    }

    /// <summary>Bytes of a text; code extensions are never written.</summary>
    /// <exception cref="DicomDataException">The repertoire has no such character.</exception>
    public byte[] Encode(string text, DicomTag tag)
    {
        Encoding strict = Encoding.GetEncoding(initial.CodePage == Latin1 && Terms.Length == 0 ? 20127 : initial.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ReplacementFallback);
        try
        {
            return strict.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            throw new DicomDataException($"{tag.Describe()} holds characters outside the character set '{Terms}': set SpecificCharacterSet (0008,0005) to ISO_IR 192 first");
        }
    }

    private static (byte[] Sequence, int CodePage, Lift Lift)? Designation(ReadOnlySpan<byte> bytes)
    {
        foreach ((byte[] Sequence, int CodePage, Lift Lift) extension in Extensions)
            if (bytes.StartsWith(extension.Sequence)) return extension;
        return null;
    }

    private static int RunLength(ReadOnlySpan<byte> bytes, bool isPersonName, Lift lift, out bool isDelimiter)
    {
        isDelimiter = false;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte b = bytes[i];
            if (b == Escape && i > 0) return i;
            // In a two-byte G0 set every code is a printable pair, so only controls can be delimiters there.
            bool ends = b is (byte)'\n' or (byte)'\r' or (byte)'\t' or 0x0C || (lift == Lift.None && (b == '\\' || (isPersonName && b is (byte)'^' or (byte)'=')));
            if (!ends) continue;
            isDelimiter = true;
            return i;
        }
        return bytes.Length;
    }

    private static string Decode(Encoding encoding, ReadOnlySpan<byte> bytes, Lift lift)
    {
        if (lift == Lift.None) return encoding.GetString(bytes);
        byte[] lifted = bytes.ToArray();
        for (int i = 0; i < lifted.Length; i++)
            if (lift == Lift.Both || i % 2 == 0) lifted[i] |= 0x80;
        return encoding.GetString(lifted);
    }

    private static Encoding ByCodePage(int page) => page switch
    {
        Latin1 => Encoding.Latin1,
        65001 => Encoding.UTF8,
        _ => CodePagesEncodingProvider.Instance.GetEncoding(page)!,
    };
}
