using System.Collections.Immutable;
using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Service;

/// <summary>Something a caller wants decided, among others that are written in the same moment.</summary>
internal interface IDecision
{
    /// <summary>What follows on this state; nothing when it is refused, or no longer wanted. May run again on newer state.</summary>
    ImmutableArray<StudyEvent> Decide(Study study);

    /// <summary>What was decided is on disk: the caller hears its answer, or its refusal.</summary>
    void Settle();

    /// <summary>Nothing was written.</summary>
    void Fail(Exception cause);
}

/// <summary>One caller's decision and its answer.</summary>
internal sealed class Decision<T>(Func<Study, (ImmutableArray<StudyEvent> Events, T Answer)> decide) : IDecision
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _decided;
    private Exception? _refusal;

    /// <summary>The answer, once it was settled.</summary>
    public Task<T> Answer => _answer.Task;

    /// <summary>Whether another caller's write settled it.</summary>
    public bool IsSettled => _answer.Task.IsCompleted;

    /// <summary>The caller hung up before anything was decided.</summary>
    public void Abandon() => _answer.TrySetCanceled();

    /// <inheritdoc/>
    public ImmutableArray<StudyEvent> Decide(Study study)
    {
        if (IsSettled) return [];
        _refusal = null;
        try
        {
            (ImmutableArray<StudyEvent> events, _decided) = decide(study);
            return events;
        }
        catch (Exception e)
        {
            _refusal = e; // this caller's alone: the others' decisions stand
            return [];
        }
    }

    /// <inheritdoc/>
    public void Settle()
    {
        if (_refusal is { } refusal) _answer.TrySetException(refusal);
        else _answer.TrySetResult(_decided!);
    }

    /// <inheritdoc/>
    public void Fail(Exception cause) => _answer.TrySetException(cause);
}
