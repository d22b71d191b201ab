using System.Collections.Immutable;
using System.Net;

namespace Federated.Simulator;

/// <summary>What `table` was asked to do; paths are absolute.</summary>
public sealed record TableRequest
{
    /// <summary>Feature table; null = the cohort table holds the features.</summary>
    public string? Features { get; init; }

    /// <summary>Cohort table.</summary>
    public required string Cohort { get; init; }

    /// <summary>Study file.</summary>
    public required string Study { get; init; }

    /// <summary>Folder for the results.</summary>
    public required string Out { get; init; }

    /// <summary>grpc or memory.</summary>
    public string Transport { get; init; } = "grpc";

    /// <summary>A policy file, `permissive`, or null for the plan's own minimum.</summary>
    public string? Policy { get; init; }

    /// <summary>Drives everything that is drawn at random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Seed of the faults to inject; null = none.</summary>
    public int? Faults { get; init; }

    /// <summary>Hospitals that fall silent, as SITE@STEP or SITE@STEP:ROUND.</summary>
    public ImmutableArray<string> Drops { get; init; } = [];

    /// <summary>Print the summary as JSON.</summary>
    public bool Json { get; init; }

    /// <summary>Where the coordinator shows its pages, during the study and after it until stopped; null = nowhere.</summary>
    public IPEndPoint? Pages { get; init; }

    /// <summary>Done once results are written, before the pages are left standing.</summary>
    public Func<Task> Then { get; init; } = static () => Task.CompletedTask;
}
