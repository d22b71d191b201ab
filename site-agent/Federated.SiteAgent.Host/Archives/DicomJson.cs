using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Federated.Imaging.Dicom;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>An object of the DICOM JSON model (PS3.18, annex F): the attributes of an answer of QIDO-RS or STOW-RS.</summary>
public sealed class DicomJson
{
    private const int Deepest = 64;
    private readonly ImmutableDictionary<uint, JsonElement> _attributes;

    private DicomJson(ImmutableDictionary<uint, JsonElement> attributes) => _attributes = attributes;

    /// <summary>Reads an array of objects, or a single one; nothing at all is an empty array.</summary>
    /// <exception cref="ArchiveAnswerException">Not the DICOM JSON model.</exception>
    public static ImmutableArray<DicomJson> Read(ReadOnlyMemory<byte> utf8)
    {
        utf8 = Repaired(utf8);
        if (utf8.Span.Trim(" \t\r\n"u8).IsEmpty) return [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = Deepest });
            JsonElement root = document.RootElement.Clone();
            return root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray().Select(Of)] : [Of(root)];
        }
        catch (JsonException wrong)
        {
            throw new ArchiveAnswerException($"the answer is not DICOM JSON (line {wrong.LineNumber + 1})", wrong);
        }
        catch (InvalidOperationException halfCharacter)
        {
            throw new ArchiveAnswerException("the answer names attributes in half characters", halfCharacter);
        }
    }

    /// <summary>The first value of an attribute as text; null when absent or empty.</summary>
    public string? Text(DicomTag tag)
    {
        if (First(tag) is not { } value) return null;
        string? text = value.ValueKind switch
        {
            JsonValueKind.String => Characters(value),
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.Object when value.TryGetProperty("Alphabetic", out JsonElement name) && name.ValueKind == JsonValueKind.String => Characters(name),
            _ => null,
        };
        text = text?.Trim(' ', '\0');
        return string.IsNullOrEmpty(text) ? null : text;
    }

    /// <summary>The first value of an attribute as a whole number; null when it is none.</summary>
    public int? Number(DicomTag tag) => int.TryParse(Text(tag), NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>The items of a sequence.</summary>
    /// <exception cref="ArchiveAnswerException">An item is not an object.</exception>
    public ImmutableArray<DicomJson> Items(DicomTag tag) =>
        Values(tag) is { } values ? [.. values.EnumerateArray().Select(Of)] : [];

    /// <summary>The same bytes, where they are UTF-8; otherwise with U+FFFD in the place of what is not. Some archives send names in the character set of the object.</summary>
    public static ReadOnlyMemory<byte> Repaired(ReadOnlyMemory<byte> bytes) => Utf8.IsValid(bytes.Span) ? bytes : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes.Span));

    private static string? Characters(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // half of a surrogate pair, escaped
        }
    }

    private JsonElement? First(DicomTag tag)
    {
        if (Values(tag) is not { } values || values.GetArrayLength() == 0) return null;
        return values[0];
    }

    private JsonElement? Values(DicomTag tag) =>
        _attributes.TryGetValue(tag.Number, out JsonElement attribute) && attribute.ValueKind == JsonValueKind.Object
        && attribute.TryGetProperty("Value", out JsonElement values) && values.ValueKind == JsonValueKind.Array ? values : null;

    private static DicomJson Of(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new ArchiveAnswerException("the answer is JSON, but not of DICOM objects");
        ImmutableDictionary<uint, JsonElement>.Builder attributes = ImmutableDictionary.CreateBuilder<uint, JsonElement>();
        foreach (JsonProperty property in element.EnumerateObject())
            if (property.Name.Length == 8 && uint.TryParse(property.Name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number)) attributes[number] = property.Value;
        return new DicomJson(attributes.ToImmutable());
    }
}
