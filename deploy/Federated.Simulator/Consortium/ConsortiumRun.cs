using System.Collections.Immutable;
using System.Security.Cryptography;
using Federated.Coordinator;
using Federated.Coordinator.Service;
using Federated.Coordinator.Studies;

namespace Federated.Simulator.Consortium;

/// <summary>The study could not end: it paused, and why.</summary>
public sealed class StudyStoppedException(string reason) : Exception(reason);

/// <summary>Takes one study from its creation to its release, with every agent running as it would at a hospital.</summary>
public static class ConsortiumRun
{
    /// <summary>Runs the study of this plan; returns how its analyses ended.</summary>
    /// <exception cref="StudyStoppedException">The study paused: a site declined and the quorum was lost.</exception>
    public static async Task<ImmutableArray<AnalysisFinding>> RunAsync(ITransport transport, string id, ReadOnlyMemory<byte> plan, Progress progress, CancellationToken cancellation)
    {
        var uid = StudyUid.From(RandomNumberGenerator.GetBytes(StudyUid.Bytes));
        await transport.OperateAsync(studies => studies.CreateAsync(uid, plan, cancellation));
        await transport.OperateAsync(studies => studies.OpenAsync(id, [.. transport.Agents.Select(a => a.Site.Name)], cancellation));
        int told = 0;
        Study ended = await transport.DriveAsync(id, study => told = Tell(study, told, progress), cancellation);
        if (ended.State == StudyState.Paused) throw new StudyStoppedException(ended.Pause!.Value.Reason);
        return await transport.Studies.ResultsAsync(id, cancellation);
    }

    private static int Tell(Study study, int told, Progress progress)
    {
        foreach (Round round in study.Rounds.Where(r => r.State == RoundState.Aggregated).Skip(told))
        {
            progress.Say($"{round.Request.Analysis}, {round.Request.Step}: {round.Answers.Count} of {round.Answers.Count} hospitals answered");
            told++;
        }

        if (study.Current is { } open)
            progress.Working($"{open.Request.Analysis}, {open.Request.Step}: {open.Answers.Values.Count(a => a.IsHeld)} of {open.Answers.Count} hospitals answered");
        return told;
    }
}
