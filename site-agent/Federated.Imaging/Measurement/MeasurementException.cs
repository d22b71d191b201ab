namespace Federated.Imaging.Measurement;

/// <summary>A measurement protocol that cannot be followed; the message is one line: what, where, how to mend.</summary>
public sealed class MeasurementException : Exception
{
    /// <summary>Says what, where and how to mend.</summary>
    public MeasurementException(string message) : base(message) { }

    /// <summary>The same, with the failure behind it.</summary>
    public MeasurementException(string message, Exception cause) : base(message, cause) { }
}
