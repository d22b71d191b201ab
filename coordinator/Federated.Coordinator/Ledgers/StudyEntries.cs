using System.Security.Cryptography;
using Federated.Coordinator.Studies;
using Federated.Ledger.Entries;

namespace Federated.Coordinator.Ledgers;

/// <summary>
/// What the coordinator's ledger says of a study's events. Pure. Digests of payloads stand in it where the payload was masked; of a plain one they would be digests of
/// numbers that can be guessed, and stay out. Every entry binds the whole event by its SHA-256.
/// </summary>
internal static class StudyEntries
{
    /// <summary>The entry of one event.</summary>
    /// <param name="study">The study's id.</param>
    /// <param name="sequence">The event's place in its stream.</param>
    /// <param name="bytes">The event as it is kept.</param>
    /// <param name="happened">The event; null where this release cannot read it.</param>
    /// <param name="masked">Whether a payload of this round is masked.</param>
    public static (string Kind, LedgerFields Fields) Of(string study, long sequence, ReadOnlySpan<byte> bytes, StudyEvent? happened, bool masked)
    {
        LedgerFields common = LedgerFields.Empty.Text("study", study).Whole("sequence", sequence).Bytes("event", SHA256.HashData(bytes));
        return happened switch
        {
            StudyCreated e => ("study-created", common.Bytes("study-uid", e.Uid.ToBytes()).Text("title", e.Title).Bytes("plan", e.Plan.Digest.ToBytes())),
            StudyOpened e => ("study-opened", common.Texts("sites", e.Sites)),
            SiteApproved e => ("site-approved", common.Text("site", e.Site).Bytes("manifest", e.Manifest.ToBytes()).Bytes("signature", Convert.FromHexString(e.Signature))),
            SiteWithdrew e => ("site-withdrew", common.Text("site", e.Site).Bytes("signature", Convert.FromHexString(e.Signature))),
            RoundOpened e => ("round-opened", Round(common, e.Round, e.Attempt).Text("analysis", e.Analysis).Text("step", e.Step).Bytes("broadcast", e.Broadcast.Digest.ToBytes())),
            ContributionSubmitted e => ("contribution-submitted", Submitted(Round(common, e.Round, e.Attempt).Text("site", e.Site).Whole("bytes", e.Payload.Bytes), e, masked)),
            SiteDeclined e => ("site-declined", Round(common, e.Round, e.Attempt).Text("site", e.Site).Text("code", e.Decline.Code.ToString())),
            SiteExcluded e => ("site-excluded", Round(common, e.Round, e.Attempt).Text("site", e.Site).Text("reason", e.Reason)),
            MaskingAnswered e => (
                "masking-answered", Round(common, e.Round, e.Attempt).Text("site", e.Site).Text("step", e.Step.ToString()).Bytes("message", SHA256.HashData(e.Message.Span))),
            MaskingClosed e => ("masking-closed", Round(common, e.Round, e.Attempt).Text("step", e.Step.ToString()).Wholes("survivors", e.Survivors.Select(s => (long)s))),
            RoundAggregated e => ("round-aggregated", Round(common, e.Round, e.Attempt)),
            AnalysisConcluded e => ("analysis-concluded", common.Text("analysis", e.Analysis).Whole("attempt", e.Attempt)),
            null => ("unread-event", common),
            _ => ("study-event", common.Text("name", happened.GetType().Name)),
        };
    }

    private static LedgerFields Round(LedgerFields fields, int round, int attempt) => fields.Whole("round", round).Whole("attempt", attempt);

    private static LedgerFields Submitted(LedgerFields fields, ContributionSubmitted e, bool masked)
    {
        fields = fields.Flag("masked", masked).Whole("accepted-unix-milliseconds", e.Accepted.ToUnixTimeMilliseconds());
        return masked ? fields.Bytes("payload", e.Payload.Digest.ToBytes()) : fields;
    }
}
