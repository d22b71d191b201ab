using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Federated.Ledger.Entries;

namespace Federated.Ledger.Exports;

/// <summary>An entry for people: the same facts as its canonical bytes, as JSON. Bytes are hexadecimal; numbers that JSON does not have are words.</summary>
public static class EntryJson
{
    private static readonly JsonWriterOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The fields as one line of JSON, names ascending.</summary>
    public static string Fields(LedgerFields fields) => Write(writer => Fields(writer, fields));

    /// <summary>Runs a writer that gives one line.</summary>
    internal static string Write(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Format)) write(writer);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    internal static void Fields(Utf8JsonWriter writer, LedgerFields fields)
    {
        writer.WriteStartObject();
        foreach ((string name, LedgerValue value) in fields.All)
        {
            writer.WritePropertyName(name);
            Value(writer, value);
        }

        writer.WriteEndObject();
    }

    private static void Value(Utf8JsonWriter writer, LedgerValue value)
    {
        switch (value)
        {
            case LedgerValue.Text text:
                writer.WriteStringValue(text.Value);
                break;
            case LedgerValue.Whole whole:
                writer.WriteNumberValue(whole.Value);
                break;
            case LedgerValue.Real { Value: var real } when double.IsFinite(real):
                writer.WriteNumberValue(real);
                break;
            case LedgerValue.Real { Value: var infinite }:
                writer.WriteStringValue(infinite > 0 ? "infinite" : "minus infinite");
                break;
            case LedgerValue.Bytes bytes:
                writer.WriteStringValue(Convert.ToHexStringLower(bytes.Value.AsSpan()));
                break;
            case LedgerValue.Flag flag:
                writer.WriteBooleanValue(flag.Value);
                break;
            case LedgerValue.Group group:
                Fields(writer, group.Value);
                break;
            case LedgerValue.List list:
                writer.WriteStartArray();
                foreach (LedgerValue item in list.Value) Value(writer, item);
                writer.WriteEndArray();
                break;
        }
    }
}
