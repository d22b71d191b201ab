using System.Runtime.InteropServices;

namespace Federated.Statistics.Survival;

/// <summary>Rows that are alike in everything a concordance asks for.</summary>
/// <param name="Stratum">Pairs are formed within a stratum.</param>
/// <param name="Start">At risk after this time; negative infinity = from the beginning.</param>
/// <param name="Stop">At risk up to this time.</param>
/// <param name="Event">Whether it ended in an event.</param>
/// <param name="Score">The larger, the earlier an event is expected.</param>
/// <param name="Weight">Sum of the rows' weights.</param>
/// <param name="SquaredWeight">Sum of their squares.</param>
/// <param name="Cluster">Rows that belong together; 0 = none.</param>
/// <param name="Clusters">How many clusters look just like this one.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ConcordanceRow(
    int Stratum, double Start, double Stop, bool Event, double Score, double Weight, double SquaredWeight, ulong Cluster = 0, double Clusters = 1);

/// <summary>
/// Harrell's concordance of a score with survival: the share of comparable pairs in which the row with the larger score had its event first, ties of the score
/// counting half; with the standard error of the infinitesimal jackknife. A pair is comparable if one had an event while the other was at risk (those censored at
/// that very time included). Counts are of weights.
/// </summary>
/// <param name="Concordant">Pairs in which the larger score came first.</param>
/// <param name="Discordant">Pairs in which it came last.</param>
/// <param name="TiedScore">Comparable pairs with one score.</param>
/// <param name="TiedTime">Pairs of events at one time with different scores.</param>
/// <param name="TiedBoth">Pairs of events at one time with one score.</param>
/// <param name="StandardError">Of <see cref="Value"/>.</param>
public sealed record Concordance(double Concordant, double Discordant, double TiedScore, double TiedTime, double TiedBoth, double StandardError)
{
    /// <summary>The concordance; NaN without comparable pairs.</summary>
    public double Value => (Concordant + (TiedScore / 2)) / Pairs;

    private double Pairs => Concordant + Discordant + TiedScore;

    /// <summary>The concordance of these rows; the order in which they come does not matter.</summary>
    public static Concordance Of(IReadOnlyList<ConcordanceRow> unordered)
    {
        ConcordanceRow[] rows =
        [
            .. unordered.OrderBy(r => r.Stratum).ThenBy(r => r.Stop).ThenBy(r => r.Event).ThenBy(r => r.Score).ThenBy(r => r.Start).ThenBy(r => r.Cluster),
        ];
        int[] rank = Ranks(rows, out int ranks);
        var counts = new Tally(rows.Length);
        for (int first = 0, next; first < rows.Length; first = next)
        {
            for (next = first + 1; next < rows.Length && rows[next].Stratum == rows[first].Stratum;) next++;
            Events(rows, rank, first, next, ranks, counts);
            AtRisk(rows, rank, first, next, ranks, counts);
        }

        return new Concordance(
            counts.Concordant, counts.Discordant, counts.TiedScore, counts.TiedTime, counts.TiedBoth, Math.Sqrt(Variance(rows, counts)));
    }

    private static int[] Ranks(ConcordanceRow[] rows, out int ranks)
    {
        double[] scores = [.. rows.Select(r => r.Score).Distinct().Order()];
        ranks = scores.Length;
        return [.. rows.Select(r => Array.BinarySearch(scores, r.Score))];
    }

    // For every event, those at risk then: a sweep from the last time to the first.
    private static void Events(ConcordanceRow[] rows, int[] rank, int first, int next, int ranks, Tally counts)
    {
        var atRisk = new CumulativeSums(ranks);
        int[] byStart = [.. Enumerable.Range(first, next - first).OrderByDescending(i => rows[i].Start)];
        int left = 0;
        for (int last = next - 1; last >= first;)
        {
            double time = rows[last].Stop;
            int events = last;
            while (events >= first && rows[events].Stop == time && rows[events].Event) events--;
            int low = events;
            while (low >= first && rows[low].Stop == time) atRisk.Add(rank[low], rows[low--].Weight); // censored then: at risk still
            for (; left < byStart.Length && rows[byStart[left]].Start >= time; left++) atRisk.Add(rank[byStart[left]], -rows[byStart[left]].Weight);
            double all = atRisk.All;
            double sameTime = 0, squares = 0;
            for (int i = events + 1; i <= last; i++)
            {
                double below = atRisk.Below(rank[i]), upTo = atRisk.Below(rank[i] + 1);
                counts.Add(i, rows[i].Weight, below, all - upTo, upTo - below);
                sameTime += rows[i].Weight;
                squares += rows[i].SquaredWeight;
            }

            double sameBoth = SameScore(rows, events + 1, last);
            counts.TiedBoth += sameBoth;
            counts.TiedTime += (((sameTime * sameTime) - squares) / 2) - sameBoth;
            for (int i = events + 1; i <= last; i++) atRisk.Add(rank[i], rows[i].Weight);
            last = low;
        }
    }

    // Pairs with one score among events at one time, which stand in the order of their scores.
    private static double SameScore(ConcordanceRow[] rows, int first, int last)
    {
        double pairs = 0;
        for (int i = first, next; i <= last; i = next)
        {
            double weight = 0, squares = 0;
            for (next = i; next <= last && rows[next].Score == rows[i].Score; next++)
            {
                weight += rows[next].Weight;
                squares += rows[next].SquaredWeight;
            }

            pairs += ((weight * weight) - squares) / 2;
        }

        return pairs;
    }

    // For every row, the events while it was at risk: those before its end less those before its beginning, a sweep from the first time to the last.
    private static void AtRisk(ConcordanceRow[] rows, int[] rank, int first, int next, int ranks, Tally counts)
    {
        var events = new CumulativeSums(ranks);
        int[] byStart = [.. Enumerable.Range(first, next - first).Where(i => rows[i].Start > double.NegativeInfinity).OrderBy(i => rows[i].Start)];
        int entered = 0;
        for (int i = first; i < next;)
        {
            double time = rows[i].Stop;
            for (; entered < byStart.Length && rows[byStart[entered]].Start < time; entered++) Count(byStart[entered], -1);
            int end = i;
            while (end < next && rows[end].Stop == time) end++;
            for (int j = i; j < end; j++)
                if (rows[j].Event) Count(j, 1); // before the events of this time
            for (int j = i; j < end; j++)
                if (rows[j].Event) events.Add(rank[j], rows[j].Weight);
            for (int j = i; j < end; j++)
                if (!rows[j].Event) Count(j, 1); // and after them
            i = end;
        }

        void Count(int row, int sign)
        {
            double below = events.Below(rank[row]), upTo = events.Below(rank[row] + 1);
            counts.Influence(row, sign * (events.All - upTo), sign * below, sign * (upTo - below));
        }
    }

    private static double Variance(ConcordanceRow[] rows, Tally counts)
    {
        double pairs = counts.Concordant + counts.Discordant + counts.TiedScore;
        double value = (counts.Concordant + (counts.TiedScore / 2)) / pairs;
        var clusters = new SortedDictionary<ulong, (double Sum, double Clusters)>();
        double variance = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            double change = counts.Change(i, value) / pairs;
            if (rows[i].Cluster == 0) variance += rows[i].SquaredWeight * change * change;
            else clusters[rows[i].Cluster] = (clusters.GetValueOrDefault(rows[i].Cluster).Sum + (rows[i].Weight * change), rows[i].Clusters);
        }

        foreach ((double sum, double alike) in clusters.Values) variance += sum * sum / alike;
        return variance;
    }

    private sealed class Tally(int rows)
    {
        private readonly double[] _concordant = new double[rows];
        private readonly double[] _discordant = new double[rows];
        private readonly double[] _tied = new double[rows];

        public double Concordant { get; private set; }

        public double Discordant { get; private set; }

        public double TiedScore { get; private set; }

        public double TiedTime { get; set; }

        public double TiedBoth { get; set; }

        public void Add(int row, double weight, double concordant, double discordant, double tied)
        {
            Concordant += weight * concordant;
            Discordant += weight * discordant;
            TiedScore += weight * tied;
            Influence(row, concordant, discordant, tied);
        }

        public void Influence(int row, double concordant, double discordant, double tied)
        {
            _concordant[row] += concordant;
            _discordant[row] += discordant;
            _tied[row] += tied;
        }

        /// <summary>How the concordance, times the number of pairs, changes with a row's weight.</summary>
        public double Change(int row, double value) =>
            _concordant[row] + (_tied[row] / 2) - (value * (_concordant[row] + _discordant[row] + _tied[row]));
    }

    /// <summary>Fenwick's tree: sums over all ranks below a rank, in logarithmic time.</summary>
    private sealed class CumulativeSums(int ranks)
    {
        private readonly double[] _tree = new double[ranks + 1];

        public double All { get; private set; }

        public void Add(int rank, double value)
        {
            All += value;
            for (int i = rank + 1; i < _tree.Length; i += i & -i) _tree[i] += value;
        }

        public double Below(int rank)
        {
            double sum = 0;
            for (int i = rank; i > 0; i -= i & -i) sum += _tree[i];
            return sum;
        }
    }
}
