namespace Federated.Statistics.Survival;

/// <summary>How events at one time are taken in a Cox model.</summary>
public enum TieHandling
{
    /// <summary>All against the whole risk set (Breslow 1974).</summary>
    Breslow,

    /// <summary>Each against a risk set from which its predecessors have left in part (Efron 1977).</summary>
    Efron,
}

/// <summary>The distinct times at which events happen, by stratum and then ascending, over all holders.</summary>
/// <param name="Stratum">Stratum per event time, from 0.</param>
/// <param name="Time">The times.</param>
/// <param name="Events">Number of events.</param>
/// <param name="Weight">Sum of their weights.</param>
public sealed record EventTimes(int[] Stratum, double[] Time, long[] Events, double[] Weight)
{
    /// <summary>How many there are.</summary>
    public int Count => Time.Length;

    /// <summary>The event time after the last of a stratum, per event time.</summary>
    public int[] StratumEnd()
    {
        int[] end = new int[Count];
        for (int t = Count - 1; t >= 0; t--) end[t] = t + 1 < Count && Stratum[t + 1] == Stratum[t] ? end[t + 1] : t + 1;
        return end;
    }

    /// <summary>
    /// The last event time of a stratum that is not after a time, or -1: a row that leaves then was at risk at all event times of its stratum up to this one.
    /// </summary>
    public int LastNotAfter(int stratum, double time)
    {
        int low = 0, high = Count; // first event time beyond (stratum, time)
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Stratum[middle] < stratum || (Stratum[middle] == stratum && Time[middle] <= time)) low = middle + 1;
            else high = middle;
        }

        return low > 0 && Stratum[low - 1] == stratum ? low - 1 : -1;
    }
}
