using System.Collections.Immutable;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;
using Federated.Privacy.DifferentialPrivacy;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Policy;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Noise;

/// <summary>A sum that was told with noise: what it cost the patients of this hospital.</summary>
/// <param name="Task">The round and attempt; it is charged once, however often it is sent.</param>
/// <param name="Plan">The plan.</param>
/// <param name="Multiplier">Standard deviation of the noise in the sum over the bound of one patient's part.</param>
public sealed record NoiseCharge(TaskKey Task, Digest Plan, double Multiplier);

/// <summary>
/// What was told with noise of this hospital's patients, by all studies together: read from the site's own ledger, which only grows and is signed, so that nobody can
/// take a charge back. The tables of one hospital are one data set: charges of all studies add up, whichever of its patients each of them read.
/// </summary>
public sealed class PrivacyAccount(ISiteLedger ledger)
{
    private const string Study = "study-uid";
    private const string Multiplier = "noise-multiplier";

    private readonly Lock _reading = new();
    private ImmutableArray<NoiseCharge> _charges = [];
    private long _read;

    /// <summary>Every charge so far, oldest first.</summary>
    /// <exception cref="SiteStoreException">An entry is not what was appended: the ledger was changed by hand.</exception>
    public ImmutableArray<NoiseCharge> Charges()
    {
        lock (_reading)
        {
            if (ledger.Size < _read) throw Changed();
            ImmutableArray<MerkleHash> leaves = ledger.Leaves(_read);
            int next = 0;
            foreach (LedgerEntry entry in ledger.Entries(_read).Take(leaves.Length))
            {
                if (entry.Leaf != leaves[next++]) throw Changed();
                if (string.Equals(entry.Kind, EntryKinds.NoiseCharged, StringComparison.Ordinal)) _charges = _charges.Add(Read(entry.Fields));
            }

            _read += next;
            return _charges;
        }
    }

    /// <summary>Epsilon of these charges together at a delta, by the Rényi accountant: never less than the truth.</summary>
    public static double Epsilon(ImmutableArray<NoiseCharge> charges, double delta) => new PrivacyBudget(double.MaxValue, delta, Releases(charges)).EpsilonSpent;

    /// <summary>The budget of a policy with these charges on it.</summary>
    public static PrivacyBudget Budget(SitePolicy policy, ImmutableArray<NoiseCharge> charges) => new(policy.EpsilonCap, policy.CapDelta, Releases(charges));

    /// <summary>What an entry says of a charge.</summary>
    public static LedgerFields Fields(NoiseCharge charge, double epsilonAfter, double delta) => LedgerFields.Empty
        .Bytes(Study, charge.Task.Study.ToBytes()).Bytes("plan", charge.Plan.ToBytes()).Whole("round", charge.Task.Round).Whole("attempt", charge.Task.Attempt)
        .Real(Multiplier, charge.Multiplier).Text("unit", "patient").Text("data-set", "this hospital's tables").Real("epsilon-in-all", epsilonAfter).Real("delta", delta);

    private static ImmutableArray<GaussianReleases> Releases(ImmutableArray<NoiseCharge> charges) =>
        [.. charges.GroupBy(c => c.Multiplier).OrderBy(g => g.Key).Select(g => new GaussianReleases(g.Key, 1, g.LongCount()))];

    private static NoiseCharge Read(LedgerFields fields) =>
        fields.FindHex(Study) is { } study && fields.FindHex("plan") is { } plan && fields.FindWhole("round") is { } round && fields.FindWhole("attempt") is { } attempt
        && fields.All.GetValueOrDefault(Multiplier) is LedgerValue.Real { Value: > 0 and var multiplier }
            ? new NoiseCharge(new TaskKey(new StudyUid(study), (int)round, (int)attempt), new Digest(plan), multiplier)
            : throw Changed();

    private static SiteStoreException Changed() => new(
        "What the ledger says of noise is not what was written there: it was changed by hand. Nothing is told with noise until it is restored; `federated-site ledger verify` names the entry.");
}
