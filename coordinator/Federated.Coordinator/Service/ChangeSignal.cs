namespace Federated.Coordinator.Service;

/// <summary>"Something changed": a counter that can be waited on. A hint, never a truth; missing one costs latency only.</summary>
public sealed class ChangeSignal
{
    private readonly Lock _lock = new();
    private long _sequence;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many changes there were.</summary>
    public long Sequence
    {
        get
        {
            lock (_lock) return _sequence;
        }
    }

    /// <summary>Ends as soon as there was a change after <paramref name="seen"/>; returns the present count.</summary>
    public async Task<long> WaitAsync(long seen, CancellationToken cancellation)
    {
        Task next;
        lock (_lock)
        {
            if (_sequence > seen) return _sequence;
            next = _next.Task;
        }

        await next.WaitAsync(cancellation);
        return Sequence;
    }

    /// <summary>Wakes everybody who waits.</summary>
    public void Raise()
    {
        TaskCompletionSource woken;
        lock (_lock)
        {
            _sequence++;
            woken = _next;
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        woken.SetResult();
    }
}
