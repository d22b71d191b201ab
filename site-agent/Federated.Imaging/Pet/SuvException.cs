using Federated.Imaging.Dicom;

namespace Federated.Imaging.Pet;

/// <summary>A standardised uptake value would have to be guessed; the message is one line: what, where, how to mend.</summary>
public sealed class SuvException : Exception
{
    /// <summary>Says what, where and how to mend.</summary>
    public SuvException(string message) : base(DicomException.OneLine(message)) { }
}
