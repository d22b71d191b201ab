namespace Federated.Coordinator;

/// <summary>Why a site's call is refused. The numbers are the wire's (enrolment.proto).</summary>
public enum RefusalCode
{
    /// <summary>No invitation with that id.</summary>
    TokenUnknown = 1,

    /// <summary>The invitation was used before.</summary>
    TokenUsed = 2,

    /// <summary>The invitation is too old.</summary>
    TokenExpired = 3,

    /// <summary>The proof was not made with the invitation's secret.</summary>
    ProofWrong = 4,

    /// <summary>Not a PKCS #10 request signed by the P-256 key it names.</summary>
    CertificateRequestInvalid = 5,

    /// <summary>The call needs a client certificate.</summary>
    CertificateMissing = 6,

    /// <summary>The client certificate is on the deny-list.</summary>
    CertificateRevoked = 7,

    /// <summary>The agent speaks another major version.</summary>
    VersionUnsupported = 8,

    /// <summary>No such study, or it is not this site's to see.</summary>
    StudyUnknown = 9,

    /// <summary>The digest named is not the study's plan.</summary>
    PlanDiffers = 10,

    /// <summary>This site has not approved this plan, or withdrew.</summary>
    NotApproved = 11,

    /// <summary>The round moved on without this site.</summary>
    TaskClosed = 12,

    /// <summary>Length or digest is not what was declared.</summary>
    PayloadInvalid = 13,

    /// <summary>Another payload was already accepted for this task.</summary>
    PayloadDiffers = 14,

    /// <summary>The signature was not made by this site's identity key.</summary>
    SignatureWrong = 15,

    /// <summary>Not what a step of the masking accepts: unsigned, changed, for another step, or a second, different message.</summary>
    MaskingRefused = 16,
}

/// <summary>A site's call is refused. The text is for the coordinator's own log; only the number travels.</summary>
public sealed class SiteRefusedException(RefusalCode code, string message) : Exception(message)
{
    /// <summary>What travels.</summary>
    public RefusalCode Code { get; } = code;
}

/// <summary>An operator asked for something that cannot be done: one line that says what, where, and how to mend it.</summary>
public sealed class OperatorErrorException(string code, string message) : Exception(message)
{
    /// <summary>E1xxx: explained in coordinator/README.md.</summary>
    public string Code { get; } = code;
}
