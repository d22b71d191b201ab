namespace Federated.Statistics.Survival;

/// <summary>How many leave at each distinct time, by an event or otherwise; everyone is at risk from the beginning.</summary>
/// <param name="Time">Distinct times, ascending.</param>
/// <param name="Events">Events at each.</param>
/// <param name="Censored">Others that leave then: still at risk at that very time.</param>
public sealed record LifeTable(double[] Time, long[] Events, long[] Censored)
{
    /// <summary>At risk just before each time.</summary>
    public long[] AtRisk { get; } = Remaining(Events, Censored);

    /// <summary>Rows.</summary>
    public long Rows => AtRisk.Length == 0 ? 0 : AtRisk[0];

    private static long[] Remaining(long[] events, long[] censored)
    {
        long[] remaining = new long[events.Length];
        long rest = 0;
        for (int t = remaining.Length - 1; t >= 0; t--) remaining[t] = rest += events[t] + censored[t];
        return remaining;
    }
}
