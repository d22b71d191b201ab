using System.Text;
using System.Text.Json;

namespace Federated.Analyses.Study.Documents;

/// <summary>
/// JSON as the same tree of text as YAML; columns are byte positions from 1. Bounded in bytes, depth and values before anything is held.
/// </summary>
internal static class JsonReader
{
    public const int MaxBytes = 64 << 20;
    private const int MaxDepth = 32;
    private const int MaxNodes = 2_000_000;

    public static DocumentNode Read(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxBytes) throw new DocumentUnreadableException(1, 1, $"it has {json.Length:N0} bytes, and at most {MaxBytes:N0} are allowed");
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            reader.Read();
            int nodes = 0;
            DocumentNode root = ReadNode(ref reader, ref nodes);
            reader.Read(); // refuses anything that follows
            return root;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not well-formed UTF-8 or UTF-16.
            throw new DocumentUnreadableException(1, (int)reader.TokenStartIndex + 1, "it is not JSON in UTF-8");
        }
    }

    private static DocumentNode ReadNode(ref Utf8JsonReader reader, ref int nodes)
    {
        int at = (int)reader.TokenStartIndex + 1;
        if (++nodes > MaxNodes) throw new DocumentUnreadableException(1, at, $"it has more than {MaxNodes:N0} values");
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray:
                var items = new List<DocumentNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) items.Add(ReadNode(ref reader, ref nodes));
                return new ListNode(items, 1, at);
            case JsonTokenType.StartObject:
                var entries = new List<(ScalarNode, DocumentNode)>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var key = new ScalarNode(reader.GetString()!, false, 1, (int)reader.TokenStartIndex + 1);
                    reader.Read();
                    entries.Add((key, ReadNode(ref reader, ref nodes)));
                }

                return new MapNode(entries, 1, at);
            case JsonTokenType.String:
                return new ScalarNode(reader.GetString()!, false, 1, at);
            default:
                return new ScalarNode(Encoding.ASCII.GetString(reader.ValueSpan), true, 1, at); // a number, true, false or null
        }
    }
}
