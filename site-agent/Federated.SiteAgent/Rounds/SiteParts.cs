using Federated.Analyses.Study;
using Federated.Privacy.Randomness;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Noise;
using Federated.SiteAgent.Policy;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Rounds;

/// <summary>Everything an agent is made of.</summary>
public sealed record SiteParts
{
    /// <summary>The way to the coordinator.</summary>
    public required ICoordinatorLink Link { get; init; }

    /// <summary>The way to the coordinator's own ledger, which this site then watches over and cosigns; null = it has none.</summary>
    public ICoordinatorLedgerLink? CoordinatorLedger { get; init; }

    /// <summary>The site's memory.</summary>
    public required ISiteStore Store { get; init; }

    /// <summary>The site's rows.</summary>
    public required ITableSource Tables { get; init; }

    /// <summary>The site's identity key.</summary>
    public required SiteIdentity Identity { get; init; }

    /// <summary>The key that signs receipts.</summary>
    public required CoordinatorIdentity Coordinator { get; init; }

    /// <summary>The bytes of broadcasts and reports.</summary>
    public required IPayloadCodec Codec { get; init; }

    /// <summary>The kinds this agent knows.</summary>
    public required AgentVocabulary Vocabulary { get; init; }

    /// <summary>The officer's limits.</summary>
    public SitePolicy Policy { get; init; } = SitePolicy.Default;

    /// <summary>
    /// Stands in for the officer where the runner owns the data, as in a simulation: whether to approve a plan. Null: only an officer approves.
    /// </summary>
    public Func<StudyNotice, StudyPlan, bool>? Approver { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Spreads retries of many sites; the seed is the host's choice.</summary>
    public required Random Jitter { get; init; }

    /// <summary>Where masking secrets come from.</summary>
    public IRandomness Randomness { get; init; } = new SystemRandomness();

    /// <summary>
    /// How long a step of the masking may wait for the next one before the agent turns to its other studies; zero = it never waits and hears of it with the next
    /// Sync.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Writes this site's ledger.</summary>
    internal SiteRecorder Recorder => field ??= new SiteRecorder(Store, Identity, Coordinator, Vocabulary, Time, Randomness);

    /// <summary>What was told with noise.</summary>
    internal PrivacyAccount Account => field ??= new PrivacyAccount(Store.Ledger);

    /// <summary>Hears what happens.</summary>
    public ISiteObserver Observer { get; init; } = SilentObserver.Instance;
}
