using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Federated.Analyses.Study.Documents;

/// <summary>
/// JSON with one spelling for each value (RFC 8785): members sorted by UTF-16 code units, no white space, the least escaping, numbers as ECMAScript
/// writes them.
/// </summary>
public static class CanonicalJson
{
    /// <summary>The canonical bytes of a document, UTF-8.</summary>
    /// <exception cref="ArgumentException">A number is not finite, or text is not well-formed UTF-16: it has no spelling.</exception>
    public static byte[] Write(JsonNode? node)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        WriteNode(node, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>A finite number as ECMAScript's Number::toString writes it: the shortest digits that read back the same.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value)) throw new ArgumentException($"{value} has no spelling in JSON.", nameof(value));
        if (value == 0) return "0";
        (string digits, int point) = Decompose(Math.Abs(value).ToString("R", CultureInfo.InvariantCulture));
        string sign = value < 0 ? "-" : "";
        if (digits.Length <= point && point <= 21) return sign + digits + new string('0', point - digits.Length);
        if (point is > 0 and <= 21) return sign + digits[..point] + "." + digits[point..];
        if (point is > -6 and <= 0) return sign + "0." + new string('0', -point) + digits;
        string exponent = (point - 1 < 0 ? "-" : "+") + Math.Abs(point - 1).ToString(CultureInfo.InvariantCulture);
        return sign + digits[..1] + (digits.Length > 1 ? "." + digits[1..] : "") + "e" + exponent;
    }

    // Significant digits d1 d2 .. and the point p, so that the number is 0.d1 d2 .. * 10^p.
    private static (string Digits, int Point) Decompose(string text)
    {
        int e = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = e < 0 ? text : text[..e];
        int dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        int point = (dot < 0 ? mantissa.Length : dot) + exponent;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        int leading = digits.Length - digits.TrimStart('0').Length;
        return (digits.Trim('0'), point - leading);
    }

    private static void WriteNode(JsonNode? node, ArrayBufferWriter<byte> bytes)
    {
        switch (node)
        {
            case null:
                bytes.Write("null"u8);
                break;
            case JsonObject document:
                string separator = "{";
                foreach ((string name, JsonNode? value) in document.OrderBy(m => m.Key, StringComparer.Ordinal))
                {
                    WriteAscii(separator, bytes);
                    WriteText(name, bytes);
                    bytes.Write(":"u8);
                    WriteNode(value, bytes);
                    separator = ",";
                }

                WriteAscii(document.Count == 0 ? "{}" : "}", bytes);
                break;
            case JsonArray list:
                bytes.Write("["u8);
                for (int i = 0; i < list.Count; i++)
                {
                    if (i > 0) bytes.Write(","u8);
                    WriteNode(list[i], bytes);
                }

                bytes.Write("]"u8);
                break;
            default:
                WriteValue(node, bytes);
                break;
        }
    }

    private static void WriteValue(JsonNode value, ArrayBufferWriter<byte> bytes)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                WriteText(value.GetValue<string>(), bytes);
                break;
            case JsonValueKind.Number:
                WriteAscii(Number(value.Deserialize<double>()), bytes);
                break;
            default:
                WriteAscii(value.GetValueKind() switch { JsonValueKind.True => "true", JsonValueKind.False => "false", _ => "null" }, bytes);
                break;
        }
    }

    private static void WriteText(string text, ArrayBufferWriter<byte> bytes)
    {
        var escaped = new StringBuilder(text.Length + 2).Append('"');
        foreach (char unit in text)
        {
            switch (unit)
            {
                case '"': escaped.Append("\\\""); break;
                case '\\': escaped.Append("\\\\"); break;
                case '\b': escaped.Append("\\b"); break;
                case '\t': escaped.Append("\\t"); break;
                case '\n': escaped.Append("\\n"); break;
                case '\f': escaped.Append("\\f"); break;
                case '\r': escaped.Append("\\r"); break;
                case < ' ': escaped.Append("\\u").Append(((int)unit).ToString("x4", CultureInfo.InvariantCulture)); break;
                default: escaped.Append(unit); break;
            }
        }

        bytes.Write(Strict.GetBytes(escaped.Append('"').ToString()));
    }

    private static void WriteAscii(string text, ArrayBufferWriter<byte> bytes) => bytes.Write(Encoding.ASCII.GetBytes(text));

    // EncoderFallbackException is an ArgumentException.
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
