namespace Federated.Imaging.Dicom;

/// <summary>Turns compressed pixel data into uncompressed, outside this library: by an archive, or by a program in a process of its own.</summary>
public interface IPixelTranscoder
{
    /// <summary>True when this transcoder expects to decode the syntax.</summary>
    bool CanDecode(DicomTransferSyntax syntax);

    /// <summary>The same object in an uncompressed syntax, pixel values unchanged.</summary>
    /// <exception cref="DicomUnsupportedException">It could not be decoded after all; the message says why.</exception>
    Task<DicomFile> DecodeAsync(DicomFile file, CancellationToken cancellation);
}
