using System.Buffers.Binary;
using System.IO.Compression;

namespace Federated.Imaging.Dicom;

/// <summary>A DICOM object from or for a Part 10 file: meta information, dataset, and what was forgiven while reading.</summary>
public sealed class DicomFile
{
    private const int PreambleLength = 128;

    /// <summary>A new object in explicit little endian, or another uncompressed or RLE syntax.</summary>
    /// <exception cref="DicomDataException">SOPClassUID or SOPInstanceUID is missing.</exception>
    public DicomFile(DicomDataset dataset, DicomTransferSyntax? syntax = null)
    {
        Dataset = dataset;
        TransferSyntax = syntax ?? DicomTransferSyntax.ExplicitVRLittleEndian;
        FileMetaInfo = DicomWriter.MetaInformation(dataset, TransferSyntax);
        Remarks = [];
    }

    private DicomFile(DicomDataset meta, DicomDataset dataset, DicomTransferSyntax syntax, IReadOnlyList<string> remarks)
    {
        FileMetaInfo = meta;
        Dataset = dataset;
        TransferSyntax = syntax;
        Remarks = remarks;
    }

    /// <summary>Group 0002; empty when the file had none.</summary>
    public DicomDataset FileMetaInfo { get; }

    /// <summary>The object itself.</summary>
    public DicomDataset Dataset { get; }

    /// <summary>As stated, or recognised from the first bytes when nothing states it.</summary>
    public DicomTransferSyntax TransferSyntax { get; }

    /// <summary>Departures from the standard that did not change a value, one line each.</summary>
    public IReadOnlyList<string> Remarks { get; }

    /// <summary>Reads a stream to its end; at most <see cref="DicomReadOptions.MaximumFileBytes"/>.</summary>
    public static async Task<DicomFile> OpenAsync(Stream stream, DicomReadOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= DicomReadOptions.Default;
        using MemoryStream buffer = new(stream.CanSeek ? (int)Math.Clamp(stream.Length - stream.Position, 0, options.MaximumFileBytes) : 0);
        byte[] chunk = new byte[81920];
        for (int read; (read = await stream.ReadAsync(chunk, cancellation)) > 0;)
        {
            if (buffer.Length + read > options.MaximumFileBytes) throw TooLarge(options);
            buffer.Write(chunk, 0, read);
        }
        return Open(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), options);
    }

    /// <summary>Reads a stream to its end; at most <see cref="DicomReadOptions.MaximumFileBytes"/>.</summary>
    public static DicomFile Open(Stream stream, DicomReadOptions? options = null)
    {
        options ??= DicomReadOptions.Default;
        using MemoryStream buffer = new(stream.CanSeek ? (int)Math.Clamp(stream.Length - stream.Position, 0, options.MaximumFileBytes) : 0);
        byte[] chunk = new byte[81920];
        for (int read; (read = stream.Read(chunk)) > 0;)
        {
            if (buffer.Length + read > options.MaximumFileBytes) throw TooLarge(options);
            buffer.Write(chunk, 0, read);
        }
        return Open(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), options);
    }

    /// <summary>Reads bytes in memory, which the object keeps and which must not change.</summary>
    /// <exception cref="DicomException">Not DICOM, damaged, or over a limit; the message says which and where.</exception>
    public static DicomFile Open(ReadOnlyMemory<byte> bytes, DicomReadOptions? options = null)
    {
        options ??= DicomReadOptions.Default;
        if (bytes.Length > options.MaximumFileBytes) throw TooLarge(options);
        List<string> remarks = [];
        int start = FindStart(bytes.Span, remarks);
        DicomReader reader = new(bytes, start, options, remarks);
        (DicomDataset meta, int body) = reader.ReadMetaInformation();
        DicomTransferSyntax syntax;
        if (meta.GetStringOrNull(DicomTag.TransferSyntaxUID) is { } uid)
        {
            syntax = DicomTransferSyntax.FromUID(uid);
        }
        else
        {
            syntax = Recognise(bytes.Span[body..]);
            remarks.Add($"no transfer syntax is stated: read as {syntax.Name}");
        }
        if (syntax.IsDeflated)
        {
            bytes = Inflate(bytes[body..], options);
            body = 0;
        }
        else if (syntax == DicomTransferSyntax.ImplicitVRLittleEndian || syntax == DicomTransferSyntax.ExplicitVRLittleEndian)
        {
            syntax = CheckStatement(bytes.Span[body..], syntax, remarks);
        }
        DicomDataset dataset = new DicomReader(bytes, body, options, remarks).ReadDataset(syntax);
        if (dataset.Count == 0 && meta.Count == 0) throw NotDicom();
        return new DicomFile(meta, dataset, syntax, remarks);
    }

    /// <summary>True when the bytes start as a Part 10 file does, or as a dataset without its header may.</summary>
    public static bool HasValidHeader(ReadOnlySpan<byte> bytes) => bytes.Length >= PreambleLength + 4 && bytes.Slice(PreambleLength, 4).SequenceEqual("DICM"u8);

    /// <summary>The same object with another dataset, in the same syntax.</summary>
    public DicomFile WithDataset(DicomDataset dataset) => new(dataset, TransferSyntax);

    /// <summary>Writes preamble, meta information and dataset.</summary>
    public void Save(Stream stream) => DicomWriter.Write(stream, Dataset, TransferSyntax);

    private static int FindStart(ReadOnlySpan<byte> bytes, List<string> remarks)
    {
        if (HasValidHeader(bytes)) return PreambleLength + 4;
        if (bytes.StartsWith("DICM"u8))
        {
            remarks.Add("the preamble of 128 bytes is missing");
            return 4;
        }
        if (bytes.Length < 8) throw NotDicom();
        ushort group = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        // Without a header only the first tag can tell: group 0002 or 0008, or 0008 with its bytes exchanged.
        if (group is not (0x0002 or 0x0004 or 0x0008 or 0x0800 or 0x0010)) throw NotDicom();
        remarks.Add("the file has neither preamble nor DICM prefix");
        return 0;
    }

    private static DicomTransferSyntax Recognise(ReadOnlySpan<byte> body)
    {
        if (body.Length < 8) return DicomTransferSyntax.ImplicitVRLittleEndian;
        bool isExplicit = DicomVR.FromBytes(body[4], body[5]) is not null;
        if (!isExplicit) return DicomTransferSyntax.ImplicitVRLittleEndian;
        ushort group = BinaryPrimitives.ReadUInt16LittleEndian(body);
        return group >= 0x0100 && (group & 0xFF) == 0 ? DicomTransferSyntax.ExplicitVRBigEndian : DicomTransferSyntax.ExplicitVRLittleEndian;
    }

    // Some gateways convert a dataset and leave its header as it was.
    private static DicomTransferSyntax CheckStatement(ReadOnlySpan<byte> body, DicomTransferSyntax stated, List<string> remarks)
    {
        if (body.Length < 8 || DicomTag.FromNumber(BinaryPrimitives.ReadUInt32LittleEndian(body)).Number == 0) return stated;
        bool looksExplicit = DicomVR.FromBytes(body[4], body[5]) is not null;
        bool looksImplicit = !looksExplicit && BinaryPrimitives.ReadUInt32LittleEndian(body[4..]) <= body.Length - 8;
        DicomTransferSyntax? found = !stated.IsExplicit && looksExplicit && BinaryPrimitives.ReadUInt32LittleEndian(body[4..]) > body.Length - 8 ? DicomTransferSyntax.ExplicitVRLittleEndian
            : stated.IsExplicit && looksImplicit && !char.IsAsciiLetterUpper((char)body[4]) ? DicomTransferSyntax.ImplicitVRLittleEndian : null;
        if (found is null) return stated;
        remarks.Add($"the header states {stated.Name} but the dataset is {found.Name}");
        return found;
    }

    private static byte[] Inflate(ReadOnlyMemory<byte> deflated, DicomReadOptions options)
    {
        using DeflateStream inflate = new(new MemoryStream(deflated.ToArray(), writable: false), CompressionMode.Decompress);
        using MemoryStream plain = new();
        byte[] chunk = new byte[81920];
        try
        {
            for (int read; (read = inflate.Read(chunk)) > 0;)
            {
                if (plain.Length + read > options.MaximumInflatedBytes)
                    throw new DicomLimitException($"the deflated dataset is larger than {options.MaximumInflatedBytes} bytes: raise MaximumInflatedBytes if this file is genuine");
                plain.Write(chunk, 0, read);
            }
        }
        catch (InvalidDataException damaged)
        {
            throw new DicomFormatException("the deflated dataset cannot be inflated: the file is damaged; fetch it again", damaged);
        }
        return plain.ToArray();
    }

    private static DicomFormatException NotDicom() => new("this is not a DICOM file: neither DICM at byte 128 nor a data element at its start; choose DICOM files only");

    private static DicomLimitException TooLarge(DicomReadOptions options) => new($"the file is larger than {options.MaximumFileBytes} bytes: raise MaximumFileBytes if it is genuine");
}
