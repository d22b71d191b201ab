using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Gate;

/// <summary>What an officer can say of a plan.</summary>
public enum OfficerVerdict
{
    /// <summary>Yes.</summary>
    Approved = 1,

    /// <summary>No, or no more.</summary>
    Withdrawn = 2,
}

/// <summary>
/// The officer's word on one plan, signed with the site's identity key and kept before it is sent, so that a lost connection never loses it.
/// </summary>
/// <param name="Study">The study.</param>
/// <param name="Plan">SHA-256 of the plan's canonical bytes.</param>
/// <param name="Manifest">SHA-256 of the manifest text the officer read.</param>
/// <param name="Verdict">Yes or no.</param>
/// <param name="Signature">Over <see cref="SignedStatement.Approval(StudyUid, Digest, Digest)"/> or <see cref="SignedStatement.Withdrawal"/>.</param>
/// <param name="At">When.</param>
/// <param name="Paused">Stopped for now, at this site alone: the approval stands, nothing leaves.</param>
public sealed record OfficerDecision(
    StudyUid Study, Digest Plan, Digest Manifest, OfficerVerdict Verdict, byte[] Signature, DateTimeOffset At, bool Paused = false)
{
    /// <summary>The hospitals the officer compared, where sums are masked.</summary>
    public Digest? Roster { get; init; }

    /// <summary>Who decided, as the officer's command said; stays at the site.</summary>
    public string? Officer { get; init; }

    /// <summary>Whether numbers may leave under it.</summary>
    public bool LetsOut => Verdict == OfficerVerdict.Approved && !Paused;

    /// <summary>A signed yes.</summary>
    public static OfficerDecision Approve(SiteIdentity identity, StudyUid study, Digest plan, Digest manifest, DateTimeOffset at, Digest? roster = null) =>
        new(study, plan, manifest, OfficerVerdict.Approved, identity.Sign(Statement(study, plan, manifest, roster)), at) { Roster = roster };

    /// <summary>A signed no to a plan that was approved before, or never.</summary>
    public static OfficerDecision Withdraw(SiteIdentity identity, StudyUid study, Digest plan, Digest manifest, DateTimeOffset at) =>
        new(study, plan, manifest, OfficerVerdict.Withdrawn, identity.Sign(SignedStatement.Withdrawal(study, plan)), at);

    /// <summary>Whether this site's key signed it: a row edited by hand in the local store lets nothing out.</summary>
    public bool SignedBy(SiteIdentity identity) => identity.Verifies(
        Verdict == OfficerVerdict.Approved ? Statement(Study, Plan, Manifest, Roster) : SignedStatement.Withdrawal(Study, Plan), Signature);

    private static byte[] Statement(StudyUid study, Digest plan, Digest manifest, Digest? roster) =>
        roster is { } hospitals ? SignedStatement.Approval(study, plan, manifest, hospitals) : SignedStatement.Approval(study, plan, manifest);
}
