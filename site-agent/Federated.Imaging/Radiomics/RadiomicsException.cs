namespace Federated.Imaging.Radiomics;

/// <summary>A region, an image or a setting from which features cannot be measured: one line saying what, where and how to mend it.</summary>
public sealed class RadiomicsException : Exception
{
    /// <summary>Creates the error from its one line.</summary>
    public RadiomicsException(string message) : base(message)
    {
    }

    /// <summary>Creates the error with the failure that caused it.</summary>
    public RadiomicsException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>Creates an error without words; use the constructor with a message.</summary>
    public RadiomicsException()
    {
    }
}
