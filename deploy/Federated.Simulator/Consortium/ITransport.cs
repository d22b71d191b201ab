using System.Collections.Immutable;
using Federated.Coordinator.Service;
using Federated.Coordinator.Studies;
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

    /// <summary>Does something an operator does, as often as it takes until it is done.</summary>
    Task OperateAsync(Func<StudyService, Task> operation);

    /// <summary>Lets every agent run until the study is released or paused; <paramref name="changed"/> sees it whenever it changed.</summary>
    Task<Study> DriveAsync(string study, Action<Study> changed, CancellationToken cancellation);
}

/// <summary>Agents in loops of their own, as in hospitals.</summary>
internal static class LiveConsortium
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    public static async Task<Study> DriveAsync(ITransport transport, string id, Action<Study> changed, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] agents = [.. transport.Agents.Select(a => Task.Run(() => a.Runtime.RunAsync(Period, stop.Token), stop.Token))];
        try
        {
            for (long seen = -1; ;)
            {
                seen = await transport.Studies.Changes.WaitAsync(seen, cancellation);
                Study study = await transport.Studies.FindAsync(id, cancellation);
                changed(study);
                if (study.State is StudyState.Released or StudyState.Paused) return study;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(agents).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
