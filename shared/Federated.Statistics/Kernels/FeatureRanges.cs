namespace Federated.Statistics.Kernels;

/// <summary>Work split over features only: what is done for a feature never depends on the split, so neither do its bits.</summary>
public static class FeatureRanges
{
    /// <summary>
    /// Calls <paramref name="body"/> with (worker state, first feature, count) for consecutive ranges of at most <paramref name="width"/> features.
    /// </summary>
    /// <param name="features">Features in all.</param>
    /// <param name="width">Features per range.</param>
    /// <param name="threads">Most threads at once; 1 runs on the caller's.</param>
    /// <param name="state">Makes a worker's scratch memory.</param>
    /// <param name="body">Work on one range.</param>
    public static void ForEach<TState>(int features, int width, int threads, Func<TState> state, Action<TState, int, int> body)
    {
        int ranges = (features + width - 1) / width;
        if (threads <= 1 || ranges <= 1)
        {
            if (ranges == 0) return;
            TState own = state();
            for (int r = 0; r < ranges; r++) body(own, r * width, Math.Min(width, features - (r * width)));
            return;
        }

        Parallel.For(0, ranges, new ParallelOptions { MaxDegreeOfParallelism = threads }, state, (r, _, own) =>
        {
            body(own, r * width, Math.Min(width, features - (r * width)));
            return own;
        }, _ => { });
    }
}
