using System.Collections.Immutable;
using System.Security.Cryptography;
using Federated.Coordinator;
using Federated.Coordinator.Service;
using Federated.Coordinator.Studies;
using Federated.Simulator.Output;

namespace Federated.Simulator.Consortium;

/// <summary>The study could not end: it paused, and why.</summary>
public sealed class StudyStoppedException(string reason) : Exception(reason);

/// <summary>Takes one study from its creation to its release, with every agent running as it would at a hospital.</summary>
public static class ConsortiumRun
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Runs the study of this plan; returns how its analyses ended.</summary>
    /// <exception cref="StudyStoppedException">The study paused: a site declined and the quorum was lost.</exception>
    public static async Task<ImmutableArray<AnalysisFinding>> RunAsync(ITransport transport, string id, ReadOnlyMemory<byte> plan, Progress progress, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await transport.Studies.CreateAsync(StudyUid.From(RandomNumberGenerator.GetBytes(StudyUid.Bytes)), plan, cancellation);
        await transport.Studies.OpenAsync(id, [.. transport.Agents.Select(a => a.Site.Name)], cancellation);
        Task[] agents = [.. transport.Agents.Select(a => Task.Run(() => a.Runtime.RunAsync(Period, stop.Token), stop.Token))];
        try
        {
            await FollowAsync(transport.Studies, id, progress, cancellation);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(agents).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await transport.Studies.ResultsAsync(id, cancellation);
    }

    private static async Task FollowAsync(StudyService studies, string id, Progress progress, CancellationToken cancellation)
    {
        long seen = -1;
        int told = 0;
        while (true)
        {
            seen = await studies.Changes.WaitAsync(seen, cancellation);
            Study study = await studies.FindAsync(id, cancellation);
            foreach (Round round in study.Rounds.Where(r => r.State == RoundState.Aggregated).Skip(told))
            {
                progress.Say($"{round.Request.Analysis}, {round.Request.Step}: {round.Answers.Count} of {round.Answers.Count} hospitals answered");
                told++;
            }

            if (study.Current is { } open)
                progress.Working($"{open.Request.Analysis}, {open.Request.Step}: {open.Answers.Values.Count(a => a.IsHeld)} of {open.Answers.Count} hospitals answered");
            if (study.State == StudyState.Released) return;
            if (study.State == StudyState.Paused) throw new StudyStoppedException(study.Pause!.Value.Reason);
        }
    }
}
