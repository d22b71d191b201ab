using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Federated.Coordinator;

/// <summary>Sixteen bytes, drawn at random when a study is created, that name it on the wire.</summary>
[JsonConverter(typeof(StudyUidConverter))]
public readonly record struct StudyUid
{
    /// <summary>Bytes of an identifier.</summary>
    public const int Bytes = 16;

    private StudyUid(string hex) => Hex = hex;

    /// <summary>The 32 lower-case hexadecimal digits.</summary>
    public string Hex { get => field ?? new string('0', 2 * Bytes); }

    /// <summary>From the 16 bytes.</summary>
    /// <exception cref="ArgumentException">There are not 16 of them.</exception>
    public static StudyUid From(ReadOnlySpan<byte> bytes) => bytes.Length == Bytes
        ? new StudyUid(Convert.ToHexStringLower(bytes))
        : throw new ArgumentException($"A study identifier has {Bytes} bytes, not {bytes.Length}.", nameof(bytes));

    /// <summary>From the 32 hexadecimal digits.</summary>
    /// <exception cref="FormatException">They are not hexadecimal digits, or not 32.</exception>
    public static StudyUid Parse(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        return bytes.Length == Bytes ? From(bytes) : throw new FormatException($"A study identifier has {2 * Bytes} hexadecimal digits.");
    }

    /// <summary>The 16 bytes.</summary>
    public byte[] ToBytes() => Convert.FromHexString(Hex);

    /// <inheritdoc/>
    public override string ToString() => Hex;

    private sealed class StudyUidConverter : JsonConverter<StudyUid>
    {
        public override StudyUid Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, StudyUid value, JsonSerializerOptions options) => writer.WriteStringValue(value.Hex);
    }
}

/// <summary>A SHA-256.</summary>
[JsonConverter(typeof(DigestConverter))]
public readonly record struct Digest
{
    /// <summary>Bytes of a digest.</summary>
    public const int Bytes = 32;

    private Digest(string hex) => Hex = hex;

    /// <summary>The 64 lower-case hexadecimal digits.</summary>
    public string Hex { get => field ?? new string('0', 2 * Bytes); }

    /// <summary>The digest of these bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)));

    /// <summary>From the 32 bytes of a digest.</summary>
    /// <exception cref="ArgumentException">There are not 32 of them.</exception>
    public static Digest From(ReadOnlySpan<byte> bytes) => bytes.Length == Bytes
        ? new Digest(Convert.ToHexStringLower(bytes))
        : throw new ArgumentException($"A SHA-256 has {Bytes} bytes, not {bytes.Length}.", nameof(bytes));

    /// <summary>From the 64 hexadecimal digits.</summary>
    /// <exception cref="FormatException">They are not hexadecimal digits, or not 64.</exception>
    public static Digest Parse(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        return bytes.Length == Bytes ? From(bytes) : throw new FormatException($"A SHA-256 has {2 * Bytes} hexadecimal digits.");
    }

    /// <summary>The 32 bytes.</summary>
    public byte[] ToBytes() => Convert.FromHexString(Hex);

    /// <inheritdoc/>
    public override string ToString() => Hex;

    private sealed class DigestConverter : JsonConverter<Digest>
    {
        public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.Hex);
    }
}

/// <summary>One round of a study. <paramref name="Attempt"/> counts over the whole study how often it was begun, so the pair is never used twice.</summary>
public readonly record struct TaskKey(StudyUid Study, int Round, int Attempt);

/// <summary>The names hospitals go by in a consortium.</summary>
public static class SiteName
{
    /// <summary>Whether it is 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit: fit for a certificate, a file and a line of text.</summary>
    public static bool IsValid(string name) =>
        name.Length is >= 1 and <= 63 && name[0] != '-' && name[^1] != '-' && name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');
}
