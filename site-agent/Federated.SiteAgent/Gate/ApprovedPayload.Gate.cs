using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Tables;
using Federated.Privacy.Disclosure;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Noise;
using Federated.SiteAgent.Policy;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Gate;

public sealed partial class ApprovedPayload
{
    /// <summary>
    /// The one place every payload passes on its way out. It looks at the question and the rows (<see cref="Admit"/>), at the answer
    /// (<see cref="Release"/>), and once more at the officer's word before each sending (<see cref="Reopen"/>). It decides; it keeps and sends nothing.
    /// </summary>
    /// <param name="policy">The officer's limits.</param>
    /// <param name="identity">Checks the officer's signature and seals what passed, so that bytes put into the outbox by other means never leave.</param>
    /// <param name="codec">How a report becomes bytes.</param>
    public sealed class Gate(SitePolicy policy, SiteIdentity identity, IPayloadCodec codec)
    {
        // A table is asked about many times; its records are hashed once.
        private readonly ConditionalWeakTable<StudyTable, KeyedCohort> _cohorts = [];

        /// <summary>The checks that need no answer, so that nothing is computed for a question that may not be answered.</summary>
        public GateRecord Admit(GateRequest request)
        {
            GateCheck approved = AdmissionRules.PlanApproved(request, request.Decision?.SignedBy(identity) ?? false);
            return Record(request, approved.Passed ? [approved, AdmissionRules.RosterApproved(request, identity), .. Foresee(request, policy), AdmissionRules.Differencing(request, policy, CohortOf(request)), AdmissionRules.StudyBudget(request), AdmissionRules.PrivacyBudget(request, policy)] : [approved]);
        }

        /// <summary>The records of this request's rows under a key of this site: what the differencing ledger keeps once they were released.</summary>
        public ReleasedCohort CohortOf(GateRequest request) => new(
            request.Variables, _cohorts.GetValue(request.Table, table => KeyedCohort.Of(identity.DeriveKey("federated-differencing-v1"), table.RowIds)));

        /// <summary>Every check that needs neither the officer's word nor an answer: what an officer can be told before approving.</summary>
        public static ImmutableArray<GateCheck> Foresee(GateRequest request, SitePolicy policy) =>
        [
            AdmissionRules.KindAllowed(request, policy),
            AdmissionRules.StepDeclared(request),
            AdmissionRules.SinglePatientsAllowed(request, policy),
            AdmissionRules.ProtectionAsPromised(request, policy),
            AdmissionRules.RowsHeld(request.Table),
            AdmissionRules.RowsPerScanner(request, policy),
            AdmissionRules.RowsPerLevel(request, policy),
            AdmissionRules.ParametersPerRow(request, policy),
        ];

        /// <summary>Every check; and, when all pass, the payload sealed for the outbox.</summary>
        public (GateRecord Record, SealedPayload? Payload) Release(GateRequest request, SiteAnswer answer)
        {
            GateRecord admitted = Admit(request);
            if (!admitted.Passed) return (admitted, null);
            GateRecord record = Record(
                request,
                [
                    .. admitted.Checks,
                    ReleaseRules.AnswerAsDeclared(request, answer),
                    ReleaseRules.RoomForSites(request, answer),
                    ReleaseRules.HistogramBins(request, answer, policy),
                    ReleaseRules.ReportCounts(request, answer),
                    ReleaseRules.ScannerEffectsShared(request, answer, policy),
                    ReleaseRules.PatientsPerUpdate(request, answer, policy),
                    ReleaseRules.PatientBound(request, answer),
                    ReleaseRules.PhantomsAsDeclared(request, answer),
                ]);
            if (!record.Passed) return (record, null);
            byte[] bytes = request.Noise is { } noise ? NoiseDraw.Noised(request, noise, answer.Bounded!, identity) : answer.Sum?.ToPayload() ?? codec.EncodeReport(answer.Report!);
            Digest digest = Digest.Of(bytes);
            return (record, new SealedPayload(digest, bytes, identity.Sign(SignedStatement.Passage(request.Task.Key, request.Task.Plan, digest))));
        }

        /// <summary>
        /// The same payload under masks, sealed for the outbox: only what passed this gate in clear is ever masked.
        /// </summary>
        /// <exception cref="InvalidOperationException">The clear payload does not carry this gate's seal.</exception>
        public SealedPayload Masked(GateRequest request, SealedPayload clear, ReadOnlyMemory<byte> masked)
        {
            bool intact = Digest.Of(clear.Bytes.Span) == clear.Digest && identity.Verifies(SignedStatement.Passage(request.Task.Key, request.Task.Plan, clear.Digest), clear.Seal);
            if (!intact || masked.Length != clear.Bytes.Length) throw new InvalidOperationException("What is to be masked did not pass the gate.");
            Digest digest = Digest.Of(masked.Span);
            return new SealedPayload(digest, masked, identity.Sign(SignedStatement.Passage(request.Task.Key, request.Task.Plan, digest)));
        }

        /// <summary>
        /// What lies in the outbox, ready to leave: null unless the officer's approval still stands, every recorded check passed, and the bytes carry this
        /// gate's seal.
        /// </summary>
        public ApprovedPayload? Reopen(OutboxEntry entry, OfficerDecision? decision)
        {
            if (entry.Payload is not { } payload || decision is not { LetsOut: true } || decision.Plan != entry.Plan || decision.Study != entry.Task.Study)
                return null;
            bool intact = entry.Checks.All(check => check.Passed) && Digest.Of(payload.Bytes.Span) == payload.Digest
                && identity.Verifies(SignedStatement.Passage(entry.Task, entry.Plan, payload.Digest), payload.Seal);
            return intact && decision.SignedBy(identity) ? new ApprovedPayload(entry, payload) : null;
        }

        /// <summary>The codes that may leave when a number of the site does not fit the agreed scale.</summary>
        public static Decline OutOfRange(GateRequest request, OutOfRangeException tooLarge) =>
            new(DeclineCode.OutOfRange, ReleaseRules.FeatureOf(tooLarge, request) is { } feature ? [feature] : [], []);

        private static GateRecord Record(GateRequest request, ImmutableArray<GateCheck> checks) =>
            new(checks, checks.FirstOrDefault(check => !check.Passed) is { } failed ? DeclineFor(failed, request) : null);

        private static Decline DeclineFor(GateCheck failed, GateRequest request)
        {
            ImmutableArray<int> where = failed.Where is { } index ? [index] : [];
            return failed.Rule switch
            {
                GateRule.PlanApproved or GateRule.RosterApproved => new Decline(DeclineCode.PlanNotApproved, [], []),
                GateRule.RowsHeld => new Decline(DeclineCode.NoData, [], []),
                GateRule.RowsPerScanner => new Decline(DeclineCode.TooFewRows, where, [(long)failed.Limit!]),
                GateRule.RoomForSites => new Decline(DeclineCode.OutOfRange, where, []),
                GateRule.StepDeclared when request.Analysis is not null => new Decline(DeclineCode.BroadcastInvalid, [], []),
                GateRule.AnswerAsDeclared or GateRule.ReportCounts or GateRule.PatientBound or GateRule.PhantomsAsDeclared => new Decline(DeclineCode.Internal, [], []),
                _ => new Decline(DeclineCode.Policy, [], []),
            };
        }
    }
}
