namespace Federated.Imaging.Dicom;

/// <summary>A DICOM object could not be used; the message is one line: what, where, how to mend.</summary>
public class DicomException : Exception
{
    /// <summary>Says what, where and how to mend.</summary>
    public DicomException(string message) : base(OneLine(message)) { }

    /// <summary>Says what, where and how to mend, and keeps the cause.</summary>
    public DicomException(string message, Exception inner) : base(OneLine(message), inner) { }

    // Messages may quote a damaged file; its control characters must reach neither a terminal nor a log.
    internal static string OneLine(string message) => string.Create(message.Length, message, (characters, text) =>
    {
        for (int i = 0; i < characters.Length; i++) characters[i] = char.IsControl(text[i]) ? '?' : text[i];
    });
}

/// <summary>The bytes contradict the DICOM format.</summary>
public sealed class DicomFormatException : DicomException
{
    /// <summary>Says what, where and how to mend.</summary>
    public DicomFormatException(string message) : base(message) { }

    /// <summary>Says what, where and how to mend, and keeps the cause.</summary>
    public DicomFormatException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>The bytes ask for more than the limits of <see cref="DicomReadOptions"/> allow.</summary>
public sealed class DicomLimitException : DicomException
{
    /// <summary>Says what, where and how to mend.</summary>
    public DicomLimitException(string message) : base(message) { }
}

/// <summary>A valid object uses something this reader does not decode, such as a compressed transfer syntax.</summary>
public sealed class DicomUnsupportedException : DicomException
{
    /// <summary>Says what, where and how to mend.</summary>
    public DicomUnsupportedException(string message) : base(message) { }
}

/// <summary>An attribute is absent, empty, or not of the type asked for.</summary>
public sealed class DicomDataException : DicomException
{
    /// <summary>Says what, where and how to mend.</summary>
    public DicomDataException(string message) : base(message) { }
}
