using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Federated.Imaging.Dicom;

/// <summary>The data dictionary of PS3.6, with the few private elements that decide a standardised uptake value.</summary>
public static class DicomDictionary
{
    private static readonly Lazy<FrozenDictionary<uint, (string VR, string Keyword)>> Standard = new(Load);

    // From the vendors' conformance statements; in implicit files nothing else tells how to read them.
    private static readonly FrozenDictionary<(ushort Group, ushort Element, string Creator), (string VR, string Keyword)> Private =
        new Dictionary<(ushort, ushort, string), (string, string)>
        {
            [(0x0009, 0x0D, "GEMS_PETD_01")] = ("DT", "GEScanDateTime"),
            [(0x0009, 0x0A, "GEMS_PETD_01")] = ("UL", "GEDetectorType"),
            [(0x0009, 0x3B, "GEMS_PETD_01")] = ("DT", "GEAdministrationDateTime"),
            [(0x0009, 0x3D, "GEMS_PETD_01")] = ("DT", "GEPostInjectionDateTime"),
            [(0x0071, 0x22, "SIEMENS MED PT")] = ("DT", "SiemensDecayCorrectionDateTime"),
            [(0x7053, 0x00, "Philips PET Private Group")] = ("DS", "PhilipsSUVScaleFactor"),
            [(0x7053, 0x09, "Philips PET Private Group")] = ("DS", "PhilipsActivityConcentrationScaleFactor"),
        }.ToFrozenDictionary();

    /// <summary>The keyword of a tag, such as PatientWeight.</summary>
    public static bool TryGetKeyword(DicomTag tag, [NotNullWhen(true)] out string? keyword)
    {
        keyword = Find(tag)?.Keyword;
        return keyword is not null;
    }

    /// <summary>The tag of a keyword, such as PatientWeight.</summary>
    public static bool TryGetTag(string keyword, out DicomTag tag)
    {
        foreach ((uint number, (string _, string name)) in Standard.Value)
        {
            if (!string.Equals(name, keyword, StringComparison.Ordinal)) continue;
            tag = DicomTag.FromNumber(number);
            return true;
        }
        tag = default;
        return false;
    }

    /// <summary>How to read a tag when the file does not say; ambiguous entries are settled by the pixel representation (PS3.5, A.1).</summary>
    /// <param name="tag">A standard tag, or a private one with its creator.</param>
    /// <param name="pixelRepresentation">0 or absent: unsigned; 1: signed.</param>
    /// <returns>Null for tags the dictionary does not hold.</returns>
    public static DicomVR? FindVR(DicomTag tag, int pixelRepresentation = 0)
    {
        if (tag.Element == 0) return DicomVR.UL;
        if (tag.IsPrivateCreator) return DicomVR.LO;
        return Find(tag)?.VR switch
        {
            null => null,
            "xs" => pixelRepresentation == 1 ? DicomVR.SS : DicomVR.US,
            "ox" or "xo" => DicomVR.OW,
            string code => DicomVR.Parse(code),
        };
    }

    private static (string VR, string Keyword)? Find(DicomTag tag)
    {
        if (tag.IsPrivate)
            return tag.PrivateCreator is { } creator && Private.TryGetValue((tag.Group, (ushort)(tag.Element & 0xFF), creator), out (string, string) own) ? own : null;
        uint number = tag.Number;
        if (tag.Group is (>= 0x5000 and <= 0x50FF) or (>= 0x6000 and <= 0x60FF)) number &= 0xFF00FFFF;
        return Standard.Value.TryGetValue(number, out (string, string) entry) ? entry : null;
    }

    private static FrozenDictionary<uint, (string VR, string Keyword)> Load()
    {
        using Stream stream = typeof(DicomDictionary).Assembly.GetManifestResourceStream("DicomDictionary.txt")!;
        using StreamReader reader = new(stream);
        Dictionary<uint, (string, string)> entries = new(5000);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            entries.Add(uint.Parse(line.AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), (string.Intern(line.Substring(9, 2)), line[12..]));
        }
        return entries.ToFrozenDictionary();
    }
}
