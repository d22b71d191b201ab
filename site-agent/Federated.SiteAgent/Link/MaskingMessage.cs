using System.Collections.Immutable;
using Federated.Privacy.SecureAggregation;

namespace Federated.SiteAgent.Link;

/// <summary>The step of a masked Sum that waits for this site.</summary>
/// <param name="Step">The step.</param>
/// <param name="Members">Who masks together, as numbers in the study's roster, ascending.</param>
public sealed record MaskingTask(CoordinatorStep Step, ImmutableArray<int> Members);

/// <summary>
/// A message of the masking that may leave: keys, ciphertexts, a signature or shares, and no number of the site. Only the runner makes one, after the state that
/// it follows from is on disk; <see cref="ICoordinatorLink.SendAsync"/> takes nothing else.
/// </summary>
public sealed class MaskingMessage
{
    internal MaskingMessage(TaskKey task, Digest plan, SiteMessage content)
    {
        Task = task;
        Plan = plan;
        Content = content;
    }

    /// <summary>The round.</summary>
    public TaskKey Task { get; }

    /// <summary>The plan under which it leaves.</summary>
    public Digest Plan { get; }

    /// <summary>What it says.</summary>
    public SiteMessage Content { get; }
}
