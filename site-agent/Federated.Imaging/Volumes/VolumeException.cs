using Federated.Imaging.Dicom;

namespace Federated.Imaging.Volumes;

/// <summary>Images do not form a volume, or two volumes do not go together; the message is one line: what, where, how to mend.</summary>
public sealed class VolumeException : Exception
{
    /// <summary>Says what, where and how to mend.</summary>
    public VolumeException(string message) : base(DicomException.OneLine(message)) { }
}
