using System.Collections.Immutable;
using System.Net;
using Federated.Analyses.Study;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Policy;

namespace Federated.Simulator.Consortium;

/// <summary>What a consortium is made of, before it is connected.</summary>
/// <param name="Plan">The study that will run.</param>
/// <param name="Sites">The hospitals and their rows.</param>
/// <param name="Policy">The officers' limits, the same at every site.</param>
/// <param name="Seed">Spreads retries.</param>
/// <param name="Record">Wraps each site's link, to write down what crosses it.</param>
public sealed record ConsortiumSetting(
    StudyPlan Plan, ImmutableArray<SimulatedSite> Sites, SitePolicy Policy, int Seed, Func<ICoordinatorLink, string, ICoordinatorLink> Record)
{
    /// <summary>Where the coordinator shows its pages; null = nowhere.</summary>
    public IPEndPoint? Pages { get; init; }
}
