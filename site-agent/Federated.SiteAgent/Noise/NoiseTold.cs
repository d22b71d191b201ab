using System.Collections.Immutable;
using Federated.Analyses.Noise;
using Federated.Analyses.Study;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Policy;

namespace Federated.SiteAgent.Noise;

/// <summary>Where a study with differential privacy stands at this hospital, for its officer: never epsilon without its unit, its delta and the running total.</summary>
/// <param name="Unit">Whose presence is protected.</param>
/// <param name="Epsilon">Of this study.</param>
/// <param name="Delta">Of this study.</param>
/// <param name="SumsTold">Sums of this study that were told.</param>
/// <param name="SumsAtMost">Sums that its epsilon covers.</param>
/// <param name="EpsilonInAll">Told so far by all studies with noise, at <paramref name="CapDelta"/>.</param>
/// <param name="EpsilonAfterStudy">The same once this study has told everything it may.</param>
/// <param name="EpsilonCap">The officer's cap; null = none.</param>
/// <param name="CapDelta">The delta of the running total.</param>
public sealed record NoiseTold(string Unit, double Epsilon, double Delta, int SumsTold, long SumsAtMost, double EpsilonInAll, double EpsilonAfterStudy, double? EpsilonCap, double CapDelta)
{
    /// <summary>In one line.</summary>
    public string Line => FormattableString.Invariant(
        $"differential privacy, unit patient: this study epsilon {Epsilon:G3} at delta {Delta:G3}, {SumsTold} of {SumsAtMost} sums told; all studies of this hospital's tables epsilon {EpsilonInAll:G4} so far, {EpsilonAfterStudy:G4} after this one, at delta {CapDelta:G3}; ")
        + (EpsilonCap is { } cap ? FormattableString.Invariant($"your cap is {cap:G4}{(EpsilonAfterStudy > cap ? ", so this study would be refused before its end" : "")}") : "no cap: the data are the runner's own");

    /// <summary>Of a plan at this hospital; null where the plan has no noise.</summary>
    public static NoiseTold? Of(ISiteLedger ledger, SitePolicy policy, StudyUid study, Digest digest, StudyPlan plan)
    {
        if (NoiseTerms.Of(plan) is not { } noise) return null;
        ImmutableArray<NoiseCharge> charges = new PrivacyAccount(ledger).Charges();
        int told = charges.Count(c => c.Plan == digest && c.Task.Study == study);
        long left = Math.Max(0, noise.Releases - told);
        ImmutableArray<NoiseCharge> all = charges.AddRange(Enumerable.Repeat(new NoiseCharge(new TaskKey(study, 0, 0), digest, noise.Multiplier), (int)left));
        return new NoiseTold(
            "patient", noise.Terms.Epsilon, noise.Terms.Delta, told, noise.Releases, PrivacyAccount.Epsilon(charges, policy.CapDelta), PrivacyAccount.Epsilon(all, policy.CapDelta),
            policy.OwnData ? null : policy.EpsilonCap, policy.CapDelta);
    }
}
