namespace Federated.Coordinator.Pages;

/// <summary>
/// How often those who watch are told that something changed: a single viewer once a second, a crowd the more slowly the larger it is, so that all of them together ask for at most 25 pages a second.
/// </summary>
public sealed class LiveCrowd
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Each = TimeSpan.FromMilliseconds(40);
    private int _watching;

    /// <summary>How many watch.</summary>
    public int Watching => Volatile.Read(ref _watching);

    /// <summary>How long a viewer rests after it was told.</summary>
    public TimeSpan Rest => Each * Watching is var share && share > Least ? share : Least;

    /// <summary>One more, until disposed.</summary>
    public IDisposable Enter()
    {
        Interlocked.Increment(ref _watching);
        return new Seat(this);
    }

    private sealed class Seat(LiveCrowd crowd) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) Interlocked.Decrement(ref crowd._watching);
        }
    }
}
