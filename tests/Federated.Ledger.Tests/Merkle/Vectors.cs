using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Federated.Ledger.Tests.Merkle;

/// <summary>The published proofs in tests/reference/merkle.</summary>
internal static class Vectors
{
    public static JsonElement Read(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Checkout.Reference, "merkle", name)));
        return document.RootElement.Clone();
    }

    public static IEnumerable<JsonElement> Cases(string name)
    {
        JsonElement file = Read(name);
        return [.. file.GetProperty("public").EnumerateArray(), .. file.GetProperty("generated").EnumerateArray()];
    }

    /// <summary>The bytes of a base64 field; none when it is absent.</summary>
    public static byte[] Base64(JsonElement field) => field.ValueKind == JsonValueKind.Null ? [] : Convert.FromBase64String(field.GetString()!);

    /// <summary>
    /// The vectors write "don't care" where any root would do: such a text stands for the root of a log of which it is the only entry.
    /// </summary>
    public static byte[] Root(JsonElement field)
    {
        byte[] bytes = Base64(field);
        return Encoding.ASCII.GetString(bytes).StartsWith("don't care", StringComparison.Ordinal) ? SHA256.HashData(bytes) : bytes;
    }
}
