namespace Federated.Imaging.Phantoms;

/// <summary>Why a phantom scan was not analysed.</summary>
public enum PhantomRefusal
{
    /// <summary>The image shows no phantom that is known here.</summary>
    NotAPhantom,

    /// <summary>The phantom is there but a sphere is not: empty, not filled, or drowned in noise.</summary>
    SphereMissing,

    /// <summary>The image does not hold the whole part of the phantom that is measured.</summary>
    CutOff,

    /// <summary>What was filled in is not stated, or the statement is impossible.</summary>
    ActivityMissing,

    /// <summary>No filter brings the scanner into the target band.</summary>
    TargetOutOfReach,
}

/// <summary>A phantom scan cannot be used; the message is one line: what, where, how to mend.</summary>
public sealed class PhantomException : Exception
{
    /// <summary>Says what, where and how to mend.</summary>
    public PhantomException(PhantomRefusal reason, string message) : base(message) => Reason = reason;

    /// <summary>The kind of refusal, for programs.</summary>
    public PhantomRefusal Reason { get; }
}
