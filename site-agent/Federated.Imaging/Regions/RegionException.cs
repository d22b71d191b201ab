using Federated.Imaging.Dicom;

namespace Federated.Imaging.Regions;

/// <summary>A region cannot be drawn or measured; the message is one line: what, where, how to mend.</summary>
public sealed class RegionException : Exception
{
    /// <summary>Says what, where and how to mend.</summary>
    public RegionException(string message) : base(DicomException.OneLine(message)) { }
}
