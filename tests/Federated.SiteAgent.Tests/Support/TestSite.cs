using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Policy;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;
using Microsoft.Extensions.Time.Testing;

namespace Federated.SiteAgent.Tests.Support;

/// <summary>An agent over a scripted coordinator; `Restarted` gives a new process over the same store.</summary>
internal sealed class TestSite : IDisposable, ISiteObserver
{
    public ScriptedCoordinator Coordinator { get; } = new();

    public InMemorySiteStore Store { get; } = new();

    public ProbeAnalysis Analysis { get; } = new();

    public SiteIdentity Identity { get; } = SiteIdentity.Create();

    public FakeTimeProvider Time { get; } = new(TestStudy.Start);

    public List<SiteEvent> Events { get; } = [];

    public StudyTable Table { get; set; } = TestStudy.Table();

    public TableInvalidException? TableFault { get; set; }

    public StudyPlan Plan { get; set; } = TestStudy.Plan;

    public SitePolicy Policy { get; set; } = SitePolicy.Default;

    public ICoordinatorLedgerLink? CoordinatorLedger { get; set; }

    public bool Approves { get; set; } = true;

    /// <summary>A runtime as a newly started process has it.</summary>
    public SiteRuntime Restarted(ISiteStore? store = null) => new(new SiteParts
    {
        Link = Coordinator,
        CoordinatorLedger = CoordinatorLedger,
        Store = store ?? Store,
        Tables = new InMemoryTableSource(_ => TableFault is null ? Table : throw TableFault),
        Identity = Identity,
        Coordinator = Coordinator.Identity,
        Codec = new TextCodec(),
        Vocabulary = TestStudy.Vocabulary(Analysis, Plan),
        Policy = Policy,
        Approver = Approves ? (_, _) => true : null,
        Time = Time,
        Jitter = new Random(1),
        Observer = this,
    });

    public void Observe(SiteEvent happened)
    {
        lock (Events) Events.Add(happened);
    }

    public void Dispose()
    {
        Coordinator.Dispose();
        Identity.Dispose();
    }
}
