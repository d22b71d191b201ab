using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Coordinator.Identity;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Service;

/// <summary>Everything a <see cref="StudyService"/> needs from outside.</summary>
public sealed record StudyServiceOptions
{
    /// <summary>Where the studies' events are.</summary>
    public required IEventStore Events { get; init; }

    /// <summary>Where plans, broadcasts, contributions, sums and results are.</summary>
    public required IBlobStore Blobs { get; init; }

    /// <summary>The roster.</summary>
    public required ISiteDirectory Sites { get; init; }

    /// <summary>Signs receipts.</summary>
    public required IReceiptSigner Signer { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The bytes of payloads.</summary>
    public required IPayloadCodec Codec { get; init; }

    /// <summary>Reads the canonical bytes of a plan.</summary>
    public Func<ReadOnlyMemory<byte>, StudyPlan> ReadPlan { get; init; } = static bytes => PlanDocument.Read(bytes.Span);

    /// <summary>The closed vocabulary of analyses.</summary>
    public Func<string, IAnalysis?> Catalogue { get; init; } = AnalysisCatalogue.Find;

    /// <summary>A participant that was not heard of for this long while a round waits for it is no longer waited for. Default 30 minutes.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// Whether this process makes the studies' own moves (starting, adding up, going on). A command line beside a running server leaves them to the server.
    /// </summary>
    public bool Drives { get; init; } = true;

    /// <summary>Threads that take the masks off a sum; its bits do not depend on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Version written into results.</summary>
    public string Version { get; init; } = typeof(StudyServiceOptions).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>Told of what this process wrote to a study: the study before, after, and what happened. Must be quick and must not throw.</summary>
    public Action<Study, Study, IReadOnlyList<StudyEvent>> Written { get; init; } = static (_, _, _) => { };

    /// <summary>Told of defects, with their details; only a code reaches the study.</summary>
    public Action<string, Exception> Defect { get; init; } = static (_, _) => { };
}
