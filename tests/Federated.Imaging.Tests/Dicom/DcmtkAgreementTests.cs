using System.Text.Json;
using Federated.Imaging.Dicom;

namespace Federated.Imaging.Tests.Dicom;

/// <summary>Every value of the corpus that DCMTK can print as JSON is the value read here.</summary>
public class DcmtkAgreementTests
{
    [Fact]
    public void Values_equal_those_of_DCMTK()
    {
        string root = ImagingReference.Require("dicom/visible");
        Assert.SkipUnless(ImagingReference.Installed("dcm2json"), "needs dcm2json of the package dcmtk");
        List<string> differences = [];
        int values = 0;
        foreach (string path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            if (path.EndsWith(".xz", StringComparison.Ordinal)) continue;
            byte[] json = ImagingReference.Run("dcm2json", "-fc", path);
            if (json.Length == 0 || json[^1] is not ((byte)'}' or (byte)'\n')) continue;
            using JsonDocument? document = Parse(json);
            if (document is null) continue;
            Compare(document.RootElement, DicomFile.Open(File.ReadAllBytes(path)).Dataset, Path.GetFileName(path), differences, ref values);
        }
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
        TestContext.Current.SendDiagnosticMessage($"{values} values compared");
        Assert.True(values > 21_000, $"only {values} values were compared");
    }

    // DCMTK copies decimal strings such as "1." into JSON, where they are no numbers.
    private static JsonDocument? Parse(byte[] json)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { AllowTrailingCommas = true });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Compare(JsonElement expected, DicomDataset actual, string where, List<string> differences, ref int values)
    {
        foreach (JsonProperty property in expected.EnumerateObject())
        {
            Assert.True(DicomTag.TryParse(property.Name, out DicomTag tag));
            string place = $"{where} {tag}";
            if (tag.Element == 0 || tag == DicomTag.SpecificCharacterSet) continue; // JSON is always UTF-8.
            if (!actual.TryGetItem(tag, out DicomItem? item))
            {
                differences.Add($"{place}: absent");
                continue;
            }
            string vr = property.Value.GetProperty("vr").GetString()!;
            // Each program knows private elements the other does not; what is unknown to DCMTK it gives as bytes, which must be the bytes here. Bytes of a sequence have no such form here.
            if (item.ValueRepresentation == DicomVR.UN && vr is not "UN" || item is DicomSequence && vr is "UN") continue;
            bool hasValue = property.Value.TryGetProperty("Value", out JsonElement list);
            if (item is DicomSequence sequence)
            {
                JsonElement[] items = hasValue ? [.. list.EnumerateArray()] : [];
                if (items.Length != sequence.Items.Count) differences.Add($"{place}: {sequence.Items.Count} items, not {items.Length}");
                else for (int i = 0; i < items.Length; i++) Compare(items[i], sequence.Items[i], $"{place}[{i}]", differences, ref values);
                continue;
            }
            values++;
            if (property.Value.TryGetProperty("InlineBinary", out JsonElement binary))
            {
                byte[] bytes = binary.GetBytesFromBase64();
                ReadOnlySpan<byte> found = ((DicomElement)item).Buffer.Span;
                if (!found.TrimEnd((byte)0).SequenceEqual(bytes.AsSpan().TrimEnd((byte)0))) differences.Add($"{place}: bytes differ");
                continue;
            }
            if (!hasValue)
            {
                if (actual.GetStringOrNull(tag)?.Trim('^') is { Length: > 0 } text) differences.Add($"{place}: '{text}' where nothing is expected");
                continue;
            }
            string[] wanted = [.. list.EnumerateArray().Select(value => Text(value, vr))];
            string[] read = vr is "AT" ? [.. actual.GetValues<DicomTag>(tag).Select(t => $"{t.Group:X4}{t.Element:X4}")]
                : item.ValueRepresentation is { IsString: true, IsSingleValued: false } ? [.. actual.GetString(tag).Split('\\').Select(v => v.Trim())]
                : actual.GetValues<string>(tag);
            if (vr is "DS" or "IS" or "FL" or "FD" or "OF" or "OD" or "US" or "SS" or "UL" or "SL")
            {
                if (!read.Select(Number).SequenceEqual(wanted.Select(Number), StringComparer.Ordinal)) differences.Add($"{place}: {string.Join('\\', read)}, not {string.Join('\\', wanted)}");
            }
            else if (!read.Select(v => v.TrimEnd().TrimEnd('=', '^')).SequenceEqual(wanted.Select(v => v.TrimEnd().TrimEnd('=', '^')), StringComparer.Ordinal))
            {
                differences.Add($"{place} {vr}: {string.Join('\\', read)}, not {string.Join('\\', wanted)}");
            }
        }
    }

    private static string Text(JsonElement value, string vr) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => vr is "UT" or "LT" or "ST" ? value.GetString()!.TrimEnd() : value.GetString()!.Trim(),
        JsonValueKind.Object => string.Join('=', new[] { "Alphabetic", "Ideographic", "Phonetic" }.Select(part => value.TryGetProperty(part, out JsonElement name) ? name.GetString() : "")).TrimEnd('='),
        _ => value.GetRawText(),
    };

    // DCMTK prints single precision with the digits that identify it.
    private static string Number(string text) => double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double number) ? ((float)number + 0f).ToString("R") : text;
}
