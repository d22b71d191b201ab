namespace Federated.SiteAgent.Link;

/// <summary>The refusals of enrolment.proto that the agent acts on.</summary>
public static class RefusalCodes
{
    /// <summary>The call needs a client certificate.</summary>
    public const int CertificateMissing = 6;

    /// <summary>The certificate was revoked.</summary>
    public const int CertificateRevoked = 7;

    /// <summary>This release of the agent is too old, or too new.</summary>
    public const int VersionUnsupported = 8;

    /// <summary>No such study.</summary>
    public const int StudyUnknown = 9;

    /// <summary>The digest named is not the study's plan.</summary>
    public const int PlanDiffers = 10;

    /// <summary>This site has not approved this plan, or withdrew.</summary>
    public const int NotApproved = 11;

    /// <summary>The round moved on without this site.</summary>
    public const int TaskClosed = 12;

    /// <summary>Another payload was already accepted for this task.</summary>
    public const int PayloadDiffers = 14;

    /// <summary>Not what a step of the masking accepts.</summary>
    public const int MaskingRefused = 16;

    /// <summary>Whether nothing can be done for any study until someone acts.</summary>
    public static bool ConcernsTheSite(int code) => code is CertificateMissing or CertificateRevoked or VersionUnsupported;

    /// <summary>Whether sending the same answer again can never be accepted.</summary>
    public static bool IsFinalForTask(int code) => code is StudyUnknown or PlanDiffers or TaskClosed or PayloadDiffers;
}
