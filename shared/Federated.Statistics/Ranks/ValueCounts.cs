namespace Federated.Statistics.Ranks;

/// <summary>The distinct values of two groups, ascending, with how often each occurs in either: all that ranks depend on.</summary>
/// <param name="Values">Distinct values, ascending.</param>
/// <param name="First">How often each occurs in the first group.</param>
/// <param name="Second">How often each occurs in the second group.</param>
public sealed record ValueCounts(double[] Values, long[] First, long[] Second)
{
    /// <summary>Rows of the first group.</summary>
    public long FirstRows { get; } = Sum(First);

    /// <summary>Rows of the second group.</summary>
    public long SecondRows { get; } = Sum(Second);

    /// <summary>Whether some value occurs more than once.</summary>
    public bool HasTies => Enumerable.Range(0, Values.Length).Any(i => First[i] + Second[i] > 1);

    /// <summary>Sum over distinct values of t^3 - t, t the number of rows that share one.</summary>
    public double TieTerm
    {
        get
        {
            double sum = 0;
            for (int i = 0; i < Values.Length; i++)
            {
                double t = First[i] + Second[i];
                sum += (t * t * t) - t;
            }

            return sum;
        }
    }

    /// <summary>Pairs of a row of the first and one of the second group in which the first is larger, half for equal ones: Mann and Whitney's U of the first group.</summary>
    public double Wins
    {
        get
        {
            double wins = 0, below = 0;
            for (int i = 0; i < Values.Length; i++)
            {
                wins += First[i] * (below + (0.5 * Second[i]));
                below += Second[i];
            }

            return wins;
        }
    }

    private static long Sum(long[] counts)
    {
        long sum = 0;
        foreach (long count in counts) sum += count;
        return sum;
    }
}
