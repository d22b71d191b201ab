using System.Runtime.InteropServices;

namespace Federated.Statistics.Description;

/// <summary>
/// Equal bins [edge_j, edge_j+1) over [low, high): the same doubles wherever they are computed, so that all sites sort into the same bins.
/// </summary>
/// <param name="Low">Lowest edge: belongs to the first bin.</param>
/// <param name="High">Highest edge: belongs to no bin.</param>
/// <param name="Count">Bins.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Bins(double Low, double High, int Count)
{
    /// <summary>Edge j of 0..Count. Edges never descend; where doubles lie too far apart some coincide and the bin between them is empty.</summary>
    public double Edge(int j) => j == 0 ? Low : j == Count ? High : Math.Clamp(Low + ((High - Low) * ((double)j / Count)), Low, High);

    /// <summary>All edges, Count + 1 of them.</summary>
    public double[] Edges()
    {
        double[] edges = new double[Count + 1];
        for (int j = 0; j <= Count; j++) edges[j] = Edge(j);
        return edges;
    }

    /// <summary>Values per bin.</summary>
    /// <param name="sorted">Ascending, without missing values.</param>
    public long[] Tally(ReadOnlySpan<double> sorted)
    {
        long[] counts = new long[Count];
        ReadOnlySpan<double> inside = sorted[Below(sorted, Low)..Below(sorted, High)];
        int next = 0;
        for (int j = 0; j < Count && next < inside.Length; j++)
        {
            double edge = Edge(j + 1);
            int first = next;
            while (next < inside.Length && inside[next] < edge) next++;
            counts[j] = next - first;
        }

        return counts;
    }

    /// <summary>How many values lie below a point.</summary>
    /// <param name="sorted">Ascending, without missing values.</param>
    /// <param name="point">The point.</param>
    public static int Below(ReadOnlySpan<double> sorted, double point)
    {
        int from = 0;
        int to = sorted.Length;
        while (from < to)
        {
            int middle = from + ((to - from) / 2);
            if (sorted[middle] < point) from = middle + 1;
            else to = middle;
        }

        return from;
    }
}
