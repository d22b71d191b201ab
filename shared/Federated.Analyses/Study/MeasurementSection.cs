using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Federated.Analyses.Study.Documents;

namespace Federated.Analyses.Study;

/// <summary>
/// How a study's features are measured in the images: carried here as canonical JSON with every default filled in, understood at the hospital alone. Two sections with one
/// digest are one definition, letter for letter, so features measured under it may stand in one column.
/// </summary>
public sealed class MeasurementSection
{
    private readonly byte[] _canonical;

    /// <summary>The section of a document that fits its shape.</summary>
    internal MeasurementSection(JsonObject document)
    {
        _canonical = CanonicalJson.Write(document);
        Digest = Convert.ToHexStringLower(SHA256.HashData(_canonical));
    }

    /// <summary>Canonical JSON (RFC 8785) in UTF-8.</summary>
    public ReadOnlyMemory<byte> Canonical => _canonical;

    /// <summary>SHA-256 of <see cref="Canonical"/>, 64 lower-case hexadecimal digits.</summary>
    public string Digest { get; }

    /// <summary>The section as a document of its own, which may be changed.</summary>
    public JsonObject Document() => JsonNode.Parse(_canonical)!.AsObject();

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(_canonical);
}
