namespace Federated.SiteAgent.Ledgers;

/// <summary>The kinds of entries in a site's ledger. They are in ledgers for good: never renamed.</summary>
public static class EntryKinds
{
    /// <summary>A plan arrived.</summary>
    public const string PlanReceived = "plan-received";

    /// <summary>The list of hospitals behind masked sums arrived.</summary>
    public const string RosterReceived = "roster-received";

    /// <summary>What arrived is not what was announced, and was not kept: a plan or a list of hospitals with other bytes, a receipt that the coordinator did not sign.</summary>
    public const string Rejected = "rejected";

    /// <summary>Leaves: the officer's yes.</summary>
    public const string Approval = "approval";

    /// <summary>Leaves: the officer's no.</summary>
    public const string Withdrawal = "withdrawal";

    /// <summary>Leaves: a sum or a report.</summary>
    public const string Answer = "answer";

    /// <summary>Leaves: a refusal in numbers.</summary>
    public const string Decline = "decline";

    /// <summary>Leaves: keys, sealed shares, a signature or shares of a masked round; no number of a patient.</summary>
    public const string MaskingMessage = "masking-message";

    /// <summary>Leaves: signs of progress of a round, however many.</summary>
    public const string Progress = "progress";

    /// <summary>The coordinator's receipt for an answer.</summary>
    public const string Delivered = "delivered";

    /// <summary>The coordinator refused an answer for good.</summary>
    public const string Refused = "refused";

    /// <summary>An answer that was ready and did not leave, because the officer's word no longer lets it.</summary>
    public const string Withheld = "withheld";

    /// <summary>Leaves: this site's signature under a checkpoint of the coordinator's ledger.</summary>
    public const string Cosignature = "cosignature";

    /// <summary>The coordinator's ledger does not continue what this site saw of it: shortened, forked, rewritten or not signed. Both notes are kept as proof.</summary>
    public const string CoordinatorLedgerFault = "coordinator-ledger-fault";

    /// <summary>A sum is about to be told with noise: what that adds to the privacy loss of this hospital's patients.</summary>
    public const string NoiseCharged = "noise-charged";

    /// <summary>Whether something leaves with an entry of this kind.</summary>
    public static bool Leaves(string kind) => kind is Approval or Withdrawal or Answer or Decline or MaskingMessage or Progress or Cosignature;
}
