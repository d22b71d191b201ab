using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Ledger.Entries;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Ledgers;

/// <summary>
/// What an entry says. Pure. Together the fields answer article 30 of the GDPR, 45 CFR 164.528 of HIPAA and article 50 of the EHDS regulation: to whom, why, under which
/// approval and by whom, about how many, which variables, how much, under which checks, at which loss of privacy. Counts of patients are rounded to tens, and what a
/// check found stays out: a ledger is shown to auditors.
/// </summary>
internal static class SiteEntries
{
    private const int MostVariables = 500;

    /// <summary>Which study, whose results they are, and why. <paramref name="plan"/> is null where this release cannot read it.</summary>
    public static LedgerFields Study(StudyUid study, Digest digest, StudyPlan? plan, ReadOnlySpan<byte> coordinator)
    {
        LedgerFields fields = LedgerFields.Empty
            .Bytes("study-uid", study.ToBytes())
            .Bytes("plan", digest.ToBytes())
            .Bytes("coordinator", System.Security.Cryptography.SHA256.HashData(coordinator));
        return plan is null
            ? fields
            : fields.Text("study", plan.Id).Text("title", plan.Title).Text("recipient", plan.Recipient).Text("purpose", plan.Purpose).Text("approval-reference", plan.Approval);
    }

    /// <summary>By whom it was approved, and when; nothing where nobody has.</summary>
    public static LedgerFields Approved(this LedgerFields fields, OfficerDecision? decision)
    {
        if (decision is null) return fields;
        fields = fields
            .Text("officer", decision.Officer ?? "not stated")
            .Text("decided-at", decision.At.ToString("u", System.Globalization.CultureInfo.InvariantCulture))
            .Bytes("manifest", decision.Manifest.ToBytes());
        return decision.Roster is { } roster ? fields.Bytes("roster", roster.ToBytes()) : fields;
    }

    /// <summary>The officer's word itself.</summary>
    public static LedgerFields Decided(this LedgerFields fields, OfficerDecision? decision, byte[] signature) =>
        fields.Approved(decision).Bytes("signature", signature);

    /// <summary>Which round.</summary>
    public static LedgerFields Task(this LedgerFields fields, TaskKey task) => fields.Whole("round", task.Round).Whole("attempt", task.Attempt);

    /// <summary>An answer or a decline as it lies in the outbox: what was asked, what the gate looked at, and about how many rows.</summary>
    public static LedgerFields Asked(this LedgerFields fields, OutboxEntry entry)
    {
        fields = fields
            .Text("analysis", entry.Analysis).Text("step", entry.Step).Text("exchange", entry.Kind == ExchangeKind.Sum ? "sum" : "report")
            .Groups("checks", entry.Checks.Select(Check));
        double? rows = entry.Checks.FirstOrDefault(c => c.Rule == GateRule.RowsHeld)?.Found;
        return rows is { } held ? fields.Whole("cohort-rows-about", (long)Math.Round(held / 10, MidpointRounding.AwayFromZero) * 10) : fields;
    }

    /// <summary>What leaves: shapes, bytes, digest, protection.</summary>
    public static LedgerFields Payload(this LedgerFields fields, OutboxEntry entry, long bytes, StudyPlan? plan, IAnalysis? analysis)
    {
        SealedPayload payload = entry.Payload!;
        bool masked = entry.Clear is not null;
        fields = fields
            .Whole("bytes", bytes).Bytes("payload", payload.Digest.ToBytes())
            .Text("protection", entry.Kind == ExchangeKind.Report ? "seen per hospital" : masked ? "masked" : "plain")
            .Text("privacy-loss", Loss(entry, plan));
        // The bytes in clear are guessable, so their digest is nowhere; that of their encrypted form binds what the officer can open to this entry.
        if (entry.Clear is { } clear) fields = fields.Bytes("sealed-clear", Digest.Of(clear.Span).ToBytes());
        if (plan is null) return fields;
        ImmutableArray<string> variables = [.. plan.Covariates.Select(c => c.Name), .. plan.Features];
        fields = fields.Whole("variables-count", variables.Length).Texts("variables", variables.Take(MostVariables));
        AnalysisSpecification? specification = Rounds.AgentVocabulary.Find(plan, entry.Analysis);
        StepDeclaration? step = specification is null ? null : analysis?.Declare(plan, specification).FirstOrDefault(s => string.Equals(s.Name, entry.Step, StringComparison.Ordinal));
        return step is null
            ? fields
            : fields.Text("step-purpose", step.Purpose).Groups("items", step.Items.Select(i => LedgerFields.Empty.Text("name", i.Name).Wholes("shape", i.Shape.Select(e => (long)e)).Text("meaning", i.Meaning)));
    }

    private static string Loss(OutboxEntry entry, StudyPlan? plan)
    {
        if (entry.Checks.FirstOrDefault(c => c.Rule == GateRule.PrivacyBudget) is not { Found: { } spent }) return "no noise was added: the numbers are exact";
        string study = plan?.Privacy.Differential is { } terms ? FormattableString.Invariant($"epsilon {terms.Epsilon:G3} at delta {terms.Delta:G3} for the whole study; ") : "";
        return FormattableString.Invariant($"noise was added; unit patient; {study}in all studies of this hospital's tables epsilon {spent:G4} of at most {entry.Checks.First(c => c.Rule == GateRule.PrivacyBudget).Limit:G4}, at the delta of the hospital's cap");
    }

    /// <summary>A refusal in numbers.</summary>
    public static LedgerFields Declined(this LedgerFields fields, Decline decline)
    {
        fields = fields.Text("code", decline.Code.ToString()).Wholes("where", decline.Where.Select(w => (long)w)).Wholes("counts", decline.Counts);
        // Why this site went no further in a masked round, in the protocol's own word: where a coordinator cheated, this is the record of it.
        return decline is { Code: DeclineCode.Masking, Counts: [var reason] } ? fields.Text("masking-refusal", ((Privacy.SecureAggregation.RefusalReason)reason).ToString()) : fields;
    }

    /// <summary>The coordinator's receipt.</summary>
    public static LedgerFields Receipt(this LedgerFields fields, Receipt receipt) =>
        fields.Bytes("payload", receipt.Payload.ToBytes()).Whole("accepted-unix-milliseconds", receipt.Accepted.ToUnixTimeMilliseconds()).Bytes("signature", receipt.Signature);

    private static LedgerFields Check(GateCheck check)
    {
        LedgerFields fields = LedgerFields.Empty.Text("rule", check.Rule.ToString()).Flag("passed", check.Passed);
        if (check.Limit is { } limit && !double.IsNaN(limit)) fields = fields.Real("limit", limit);
        return check.Where is { } where ? fields.Whole("where", where) : fields;
    }
}
