using System.Buffers.Binary;
using Federated.Imaging.Dicom;

namespace Federated.Fuzz;

/// <summary>Damages inputs: bytes anywhere, or single values of an object that is then written anew, so that damage reaches behind the parser.</summary>
internal sealed class Mutation(int seed)
{
    private static readonly byte[][] Words =
    [
        [0xFF, 0xFF, 0xFF, 0xFF], [0xFE, 0xFF, 0x00, 0xE0], [0xFE, 0xFF, 0x0D, 0xE0], [0xFE, 0xFF, 0xDD, 0xE0], [0xE0, 0x7F, 0x10, 0x00], [0x28, 0x00, 0x10, 0x00], [0x02, 0x00, 0x10, 0x00],
        [.. "DICM"u8], [.. "SQ"u8], [.. "UN"u8], [.. "OB"u8], [.. "OW"u8], [.. "1.2.840.10008.1.2.1.99"u8], [.. "1.2.840.10008.1.2.5"u8], [.. "ISO 2022 IR 87"u8],
    ];

    private static readonly string[] Values =
    [
        "", " ", "0", "-1", "1", "2", "3", "65535", "65536", "2147483647", "-2147483648", "4294967295", "9223372036854775807", "1e308", "-1e308", "1e-308", "NaN", "Infinity", "0.00001", "1\\1", "0\\0\\0",
        "1\\0\\0\\0\\1\\0", "0\\0\\0\\0\\0\\0", "1e20\\1e20\\1e20", "-0", "99991231235959", "00010101000000", "20250101", "240000", "235960.999999", "20250230", "+1400", "GML", "CNTS", "BINARY", "LABELMAP", "FRACTIONAL", "YES", "NO", "NONE", "ADMIN",
    ];

    private readonly Random random = new(seed);

    /// <summary>A damaged copy.</summary>
    /// <param name="input">What to start from.</param>
    /// <param name="other">Another input that parts may come from.</param>
    /// <param name="isDicom">Whether values of elements may be changed.</param>
    public byte[] Of(byte[] input, byte[] other, bool isDicom)
    {
        if (isDicom && random.Next(3) == 0 && Element(input) is { Length: <= CurrentInput.Most } written) return written;
        List<byte> bytes = [.. input];
        for (int n = 1 << random.Next(5); n > 0 && bytes.Count > 0; n--) Havoc(bytes, other);
        if (bytes.Count > CurrentInput.Most) bytes.RemoveRange(CurrentInput.Most, bytes.Count - CurrentInput.Most);
        return [.. bytes];
    }

    private void Havoc(List<byte> bytes, byte[] other)
    {
        // Half of all damage goes where headers are.
        int at = random.Next(random.Next(2) == 0 ? bytes.Count : Math.Min(bytes.Count, 512));
        switch (random.Next(9))
        {
            case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: bytes[at] = (byte)random.Next(256); break;
            case 2: bytes[at] = (byte)(bytes[at] + random.Next(-16, 17)); break;
            case 3: Put(bytes, at, Words[random.Next(Words.Length)]); break;
            case 4:
                byte[] number = new byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(number, random.Next(6) switch { 0 => int.MaxValue, 1 => int.MinValue, 2 => -2, 3 => bytes.Count, 4 => random.Next(70_000), _ => 1 << random.Next(31) });
                if (random.Next(2) == 0) Array.Reverse(number);
                Put(bytes, at, random.Next(2) == 0 ? number : number[..2]);
                break;
            case 5: bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + random.Next(64))); break;
            case 6: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, 1 + random.Next(256)))); break;
            case 7:
                int from = random.Next(other.Length);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + 1 + random.Next(256))]);
                break;
            default: bytes.RemoveRange(at, random.Next(20) == 0 ? bytes.Count - at : 0); break;
        }
    }

    private static void Put(List<byte> bytes, int at, ReadOnlySpan<byte> value)
    {
        for (int i = 0; i < value.Length && at + i < bytes.Count; i++) bytes[at + i] = value[i];
    }

    private byte[]? Element(byte[] input)
    {
        try
        {
            DicomFile file = DicomFile.Open(input);
            for (int n = 1 + random.Next(3); n > 0; n--) Change(file.Dataset);
            using MemoryStream stream = new();
            file.Save(stream);
            return stream.ToArray();
        }
        catch (DicomException)
        {
            return null;
        }
    }

    private void Change(DicomDataset dataset)
    {
        DicomItem[] items = [.. dataset];
        if (items.Length == 0) return;
        DicomItem item = items[random.Next(items.Length)];
        switch (item)
        {
            case DicomSequence { Items.Count: > 0 } sequence when random.Next(4) > 0:
                Change(sequence.Items[random.Next(sequence.Items.Count)]);
                break;
            case DicomSequence { Items.Count: > 0 } sequence:
                List<DicomDataset> fewer = [.. sequence.Items];
                if (random.Next(2) == 0) fewer.RemoveAt(random.Next(fewer.Count));
                else fewer.Add(fewer[random.Next(fewer.Count)]);
                dataset.AddOrUpdate(new DicomSequence(item.Tag, fewer));
                break;
            case DicomElement element when random.Next(8) > 0:
                byte[] value = element.ValueRepresentation.IsString ? System.Text.Encoding.ASCII.GetBytes(Values[random.Next(Values.Length)]) : Binary(element);
                dataset.AddOrUpdate(new DicomElement(item.Tag, element.ValueRepresentation, value));
                break;
            default:
                dataset.Remove(item.Tag);
                break;
        }
    }

    private byte[] Binary(DicomElement element)
    {
        byte[] value = element.Buffer.ToArray();
        if (value.Length == 0 || random.Next(8) == 0) return new byte[random.Next(12)];
        if (random.Next(2) == 0) value[random.Next(value.Length)] = (byte)random.Next(256);
        else value.AsSpan().Fill((byte)(random.Next(3) switch { 0 => 0, 1 => 255, _ => 127 }));
        return value;
    }
}
