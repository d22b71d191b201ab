using System.Text.Json;
using System.Text.Json.Serialization;

namespace Federated.Coordinator.Studies;

/// <summary>Study events as they are kept: JSON, one object each.</summary>
public static class StudyEventCodec
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        RespectRequiredConstructorParameters = false,
    };

    /// <summary>The bytes of an event.</summary>
    public static byte[] Encode(StudyEvent e) => JsonSerializer.SerializeToUtf8Bytes(e, Options);

    /// <summary>An event read back.</summary>
    /// <exception cref="InvalidDataException">The bytes are not an event this release knows.</exception>
    public static StudyEvent Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<StudyEvent>(bytes.Span, Options) ?? throw new InvalidDataException("An event is null.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or FormatException)
        {
            throw new InvalidDataException("An event in the store is not one that this release can read.", e);
        }
    }
}
