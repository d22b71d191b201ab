using Wire = Federated.Contracts.V1;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>What a refusal means to the person in front of this agent.</summary>
public static class RefusalMeaning
{
    /// <summary>One line for a RefusalCode of enrolment.proto.</summary>
    public static string Of(int code) => (Wire.RefusalCode)code switch
    {
        Wire.RefusalCode.TokenUnknown => "The coordinator does not know this invitation; ask it for a new one",
        Wire.RefusalCode.TokenUsed => "This invitation was used before; ask the coordinator for a new one",
        Wire.RefusalCode.TokenExpired => "This invitation has expired; ask the coordinator for a new one",
        Wire.RefusalCode.ProofWrong => "The invitation's secret is wrong; copy it once more, to the last character",
        Wire.RefusalCode.CertificateRequestInvalid => "The coordinator cannot read this agent's certificate request; compare the versions of both programs",
        Wire.RefusalCode.CertificateMissing => "The coordinator saw no client certificate; a proxy on the way may open TLS",
        Wire.RefusalCode.CertificateRevoked => "This site's certificate was revoked; ask the coordinator why, and for a new invitation",
        Wire.RefusalCode.VersionUnsupported => "The coordinator does not speak this release's protocol; update the older of the two",
        Wire.RefusalCode.StudyUnknown => "The coordinator does not know this study",
        Wire.RefusalCode.PlanDiffers => "The study's plan has changed since; read and approve the new one",
        Wire.RefusalCode.NotApproved => "The coordinator holds no approval of this plan by this site",
        Wire.RefusalCode.TaskClosed => "The round moved on without this site",
        Wire.RefusalCode.PayloadInvalid => "The payload that arrived is not the one that was announced",
        Wire.RefusalCode.PayloadDiffers => "Another payload was already accepted for this round",
        Wire.RefusalCode.SignatureWrong => "The coordinator cannot verify this site's signature; was the identity key replaced?",
        Wire.RefusalCode.MaskingRefused => "The coordinator does not accept this site's part in the masking of a sum; compare the versions of both programs",
        _ => $"The coordinator refused (code {code})",
    };
}
