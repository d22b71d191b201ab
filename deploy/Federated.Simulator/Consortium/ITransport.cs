using System.Collections.Immutable;
using Federated.Coordinator.Service;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;

namespace Federated.Simulator.Consortium;

/// <summary>One agent of the simulation, ready to run.</summary>
public sealed record SimulatedAgent(SimulatedSite Site, SiteRuntime Runtime, ISiteStore Store, ITableSource Tables);

/// <summary>A coordinator and its enrolled agents, however they are connected.</summary>
public interface ITransport : IAsyncDisposable
{
    /// <summary>grpc or memory.</summary>
    string Name { get; }

    /// <summary>The coordinator's studies.</summary>
    StudyService Studies { get; }

    /// <summary>The agents, enrolled, with their rows.</summary>
    ImmutableArray<SimulatedAgent> Agents { get; }
}
