using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Federated.Imaging.Dicom;

/// <summary>Values from bytes and bytes from values, by representation.</summary>
internal static class DicomValues
{
    public static string Text(DicomElement element, DicomCharacterSet characterSet)
    {
        ReadOnlySpan<byte> bytes = element.Buffer.Span;
        DicomVR vr = element.ValueRepresentation;
        if (!vr.IsString && vr != DicomVR.UN) return string.Join('\\', Numbers(element).Select(n => n.ToString("R", CultureInfo.InvariantCulture)));
        string text = vr.IsText ? characterSet.Decode(bytes, vr == DicomVR.PN) : Encoding.Latin1.GetString(bytes);
        return vr.IsSingleValued ? text.TrimEnd(' ', '\0') : text.Trim(' ', '\0');
    }

    public static bool TryConvert<T>(DicomElement element, DicomCharacterSet characterSet, [NotNullWhen(true)] out T[]? values)
    {
        values = null;
        DicomVR vr = element.ValueRepresentation;
        if (typeof(T) == typeof(byte[]))
        {
            values = [(T)(object)element.Buffer.ToArray()];
            return true;
        }
        if (!vr.IsString && vr != DicomVR.UN) return TryConvertNumbers(element, out values);
        if (typeof(T) == typeof(double) && !vr.IsText)
        {
            if (!TryParseDoubles(element.Buffer.Span, out double[]? doubles)) return false;
            values = (T[])(object)doubles;
            return true;
        }
        string text = Text(element, characterSet);
        if (text.Length == 0) return false;
        string[] parts = vr.IsSingleValued ? [text] : text.Split('\\');
        T[] converted = new T[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            string part = vr.IsSingleValued ? parts[i] : parts[i].Trim(' ', '\0');
            if (!TryConvertText(part, out object? value, typeof(T))) return false;
            converted[i] = (T)value;
        }
        values = converted;
        return true;
    }

    public static byte[] Encode<T>(DicomTag tag, DicomVR vr, T[] values, DicomCharacterSet characterSet)
    {
        if (values is byte[][] { Length: 1 } raw) return Pad(raw[0], vr);
        if (values is byte[] bytes && vr.UnitSize == 1 && !vr.IsString) return Pad(bytes, vr);
        if (vr.IsString)
        {
            string text = string.Join('\\', values.Select(value => Describe(value, vr)));
            return Pad(vr.IsText ? characterSet.Encode(text, tag) : Encoding.Latin1.GetBytes(text), vr);
        }
        if (vr == DicomVR.AT) return Pad([.. values.Cast<DicomTag>().SelectMany(t => (byte[])[(byte)t.Group, (byte)(t.Group >> 8), (byte)t.Element, (byte)(t.Element >> 8)])], vr);
        // By type, not by pattern: the runtime lets an array of unsigned numbers pass for one of signed numbers.
        return Type.GetTypeCode(typeof(T)) switch
        {
            TypeCode.Double => EncodeNumbers(tag, vr, (double[])(object)values),
            TypeCode.Single => EncodeNumbers(tag, vr, (float[])(object)values),
            TypeCode.Int32 => EncodeNumbers(tag, vr, (int[])(object)values),
            TypeCode.UInt32 => EncodeNumbers(tag, vr, (uint[])(object)values),
            TypeCode.Int16 => EncodeNumbers(tag, vr, (short[])(object)values),
            TypeCode.UInt16 => EncodeNumbers(tag, vr, (ushort[])(object)values),
            TypeCode.Int64 => EncodeNumbers(tag, vr, (long[])(object)values),
            TypeCode.UInt64 => EncodeNumbers(tag, vr, (ulong[])(object)values),
            TypeCode.Byte => EncodeNumbers(tag, vr, (byte[])(object)values),
            _ => throw new DicomDataException($"{tag.Describe()} of type {vr} cannot hold {typeof(T).Name}: give numbers or bytes"),
        };
    }

    private static byte[] EncodeNumbers<N>(DicomTag tag, DicomVR vr, N[] numbers) where N : INumber<N>
    {
        byte[] bytes = new byte[checked(numbers.Length * vr.UnitSize)];
        try
        {
            for (int i = 0; i < numbers.Length; i++)
            {
                Span<byte> place = bytes.AsSpan(i * vr.UnitSize);
                switch (vr.Code)
                {
                    case "US" or "OW": BinaryPrimitives.WriteUInt16LittleEndian(place, ushort.CreateChecked(numbers[i])); break;
                    case "SS": BinaryPrimitives.WriteInt16LittleEndian(place, short.CreateChecked(numbers[i])); break;
                    case "UL" or "OL": BinaryPrimitives.WriteUInt32LittleEndian(place, uint.CreateChecked(numbers[i])); break;
                    case "SL": BinaryPrimitives.WriteInt32LittleEndian(place, int.CreateChecked(numbers[i])); break;
                    case "UV" or "OV": BinaryPrimitives.WriteUInt64LittleEndian(place, ulong.CreateChecked(numbers[i])); break;
                    case "SV": BinaryPrimitives.WriteInt64LittleEndian(place, long.CreateChecked(numbers[i])); break;
                    case "FL" or "OF": BinaryPrimitives.WriteSingleLittleEndian(place, float.CreateChecked(numbers[i])); break;
                    case "FD" or "OD": BinaryPrimitives.WriteDoubleLittleEndian(place, double.CreateChecked(numbers[i])); break;
                    default: throw new DicomDataException($"{tag.Describe()} of type {vr} does not hold numbers: give bytes or datasets");
                }
            }
        }
        catch (OverflowException)
        {
            throw new DicomDataException($"{tag.Describe()}: a value does not fit {vr}; choose one in its range");
        }
        return bytes;
    }

    private static string Describe<T>(T value, DicomVR vr) => value switch
    {
        string text => text,
        DateTime moment when vr == DicomVR.DA => DicomValueText.Format(DateOnly.FromDateTime(moment)),
        DateTime moment => DicomValueText.Format(moment),
        DateOnly date => DicomValueText.Format(date),
        TimeSpan time => DicomValueText.Format(time),
        double number => DicomValueText.Format(number),
        float number => DicomValueText.Format(number),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        null => "",
        _ => value.ToString() ?? "",
    };

    private static byte[] Pad(byte[] bytes, DicomVR vr)
    {
        if (bytes.Length % 2 == 0) return bytes;
        Array.Resize(ref bytes, bytes.Length + 1);
        bytes[^1] = vr.PaddingByte;
        return bytes;
    }

    private static bool TryConvertNumbers<T>(DicomElement element, [NotNullWhen(true)] out T[]? values)
    {
        values = null;
        DicomVR vr = element.ValueRepresentation;
        ReadOnlySpan<byte> bytes = element.Buffer.Span;
        if (vr.UnitSize > 1 && bytes.Length % vr.UnitSize != 0) return false;
        if (typeof(T) == typeof(DicomTag))
        {
            if (vr != DicomVR.AT || bytes.Length % 4 != 0) return false;
            DicomTag[] tags = new DicomTag[bytes.Length / 4];
            for (int i = 0; i < tags.Length; i++)
                tags[i] = new DicomTag(BinaryPrimitives.ReadUInt16LittleEndian(bytes[(4 * i)..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[(4 * i + 2)..]));
            values = (T[])(object)tags;
            return true;
        }
        if (typeof(T) == typeof(ushort) && vr.UnitSize == 2)
        {
            values = (T[])(object)MemoryMarshal.Cast<byte, ushort>(bytes).ToArray();
            return true;
        }
        T[] converted = new T[bytes.Length / vr.UnitSize];
        int next = 0;
        foreach (double number in Numbers(element))
        {
            object? value = FromNumber(number, typeof(T));
            if (value is null) return false;
            converted[next++] = (T)value;
        }
        values = converted;
        return next > 0;
    }

    // 64-bit integers beyond 2^53 are the only values a double would round; they occur in offset tables, which are read as bytes.
    private static IEnumerable<double> Numbers(DicomElement element)
    {
        ReadOnlyMemory<byte> buffer = element.Buffer;
        DicomVR vr = element.ValueRepresentation;
        for (int i = 0; i + vr.UnitSize <= buffer.Length; i += vr.UnitSize)
        {
            ReadOnlySpan<byte> bytes = buffer.Span[i..];
            yield return vr.Code switch
            {
                "US" or "OW" or "AT" => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
                "SS" => BinaryPrimitives.ReadInt16LittleEndian(bytes),
                "UL" or "OL" => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
                "SL" => BinaryPrimitives.ReadInt32LittleEndian(bytes),
                "UV" or "OV" => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
                "SV" => BinaryPrimitives.ReadInt64LittleEndian(bytes),
                "FL" or "OF" => BinaryPrimitives.ReadSingleLittleEndian(bytes),
                "FD" or "OD" => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
                _ => bytes[0],
            };
        }
    }

    private static object? FromNumber(double number, Type type)
    {
        if (type == typeof(double)) return number;
        if (type == typeof(float)) return (float)number;
        if (type == typeof(string)) return number.ToString("R", CultureInfo.InvariantCulture);
        if (number != Math.Floor(number)) return null;
        if (type == typeof(int)) return number is >= int.MinValue and <= int.MaxValue ? (int)number : null;
        if (type == typeof(uint)) return number is >= 0 and <= uint.MaxValue ? (uint)number : null;
        if (type == typeof(short)) return number is >= short.MinValue and <= short.MaxValue ? (short)number : null;
        if (type == typeof(ushort)) return number is >= 0 and <= ushort.MaxValue ? (ushort)number : null;
        if (type == typeof(byte)) return number is >= 0 and <= byte.MaxValue ? (byte)number : null;
        if (type == typeof(long)) return Math.Abs(number) < 9e18 ? (long)number : null;
        if (type == typeof(ulong)) return number is >= 0 and < 1.8e19 ? (ulong)number : null;
        if (type == typeof(decimal)) return Math.Abs(number) < 7e28 ? (decimal)number : null;
        return null;
    }

    private static bool TryConvertText(string text, [NotNullWhen(true)] out object? value, Type type)
    {
        value = null;
        if (type == typeof(string)) value = text;
        else if (type == typeof(DicomUID)) value = new DicomUID(text);
        else if (type == typeof(DateOnly)) value = DicomValueText.TryParseDate(text, out DateOnly date) ? date : null;
        else if (type == typeof(TimeSpan)) value = DicomValueText.TryParseTime(text, out TimeSpan time) ? time : null;
        else if (type == typeof(DateTime)) value = DicomValueText.TryParseDateTime(text, out DateTime moment, out _) ? moment : null;
        else if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)) value = FromNumber(number, type);
        return value is not null;
    }

    private static bool TryParseDoubles(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out double[]? values)
    {
        values = null;
        while (!bytes.IsEmpty && bytes[^1] is (byte)' ' or 0) bytes = bytes[..^1];
        if (bytes.IsEmpty) return false;
        double[] parsed = new double[bytes.Count((byte)'\\') + 1];
        foreach (ref double number in parsed.AsSpan())
        {
            int end = bytes.IndexOf((byte)'\\');
            ReadOnlySpan<byte> part = (end < 0 ? bytes : bytes[..end]).Trim(" \0"u8);
            bytes = end < 0 ? default : bytes[(end + 1)..];
            if (!double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out number) || !double.IsFinite(number)) return false;
        }
        values = parsed;
        return true;
    }
}
