using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Statistics.Survival;

namespace Federated.Analyses.Survival;

/// <summary>
/// The public constants of a Cox model once its times are known: how columns are centred and scaled, the units of sums, and the event times. Travels with every
/// broadcast, so a site half needs no memory.
/// </summary>
/// <param name="Centre">Taken off each column: its mean.</param>
/// <param name="Exponent">Each column is divided by this power of two then.</param>
/// <param name="RiskUnit">Unit of sums over risk sets.</param>
/// <param name="ScoreUnit">Unit of score and information.</param>
/// <param name="Stratum">Stratum of each event time.</param>
/// <param name="Time">The event times, ascending within a stratum.</param>
/// <param name="Tied">Event times at which several events are taken one after another.</param>
/// <param name="Edges">Edges of the grid that hold; null = exact times.</param>
internal sealed record CoxFrame(
    double[] Centre, ImmutableArray<int> Exponent, int RiskUnit, int ScoreUnit, int[] Stratum, double[] Time, ImmutableArray<int> Tied, double[]? Edges)
{
    /// <summary>Largest linear predictor, in octaves, about the mean of all rows: beyond, a point is too far to be looked at.</summary>
    public const double Limit = 32 * 0.69314718055994531;

    private const int LimitOctaves = 32;
    private const int MostTimes = 1 << 21;

    // Bits of an element that the largest possible sum may fill: what is left is room for every site to come near it.
    private const int FilledBits = 112;
    private const int FractionBits = 64;

    /// <summary>Whether every number is the same.</summary>
    public bool Equals(CoxFrame? other) =>
        other is not null && Centre.AsSpan().SequenceEqual(other.Centre) && Exponent.AsSpan().SequenceEqual(other.Exponent.AsSpan())
        && RiskUnit == other.RiskUnit && ScoreUnit == other.ScoreUnit && Stratum.AsSpan().SequenceEqual(other.Stratum) && Time.AsSpan().SequenceEqual(other.Time)
        && Tied.AsSpan().SequenceEqual(other.Tied.AsSpan()) && Edges.AsSpan().SequenceEqual(other.Edges) && Edges is null == other.Edges is null;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(RiskUnit, ScoreUnit, Time.Length, Centre.Length);

    /// <summary>Event times.</summary>
    public int Times => Time.Length;

    /// <summary>The frame of a model.</summary>
    public static CoxFrame Of(SurvivalSizes sizes, EventTimes times, TieHandling ties, double[]? edges)
    {
        int rows = 64 - (int)long.LeadingZeroCount(sizes.Rows);
        int most = sizes.WeightExponent + (2 * rows) + FractionBits - FilledBits; // n weights of at most sqrt(n), times columns of at most sqrt(n)
        return new CoxFrame(
            sizes.Mean, [.. sizes.Exponent], most + LimitOctaves, most + rows, times.Stratum, times.Time,
            ties == TieHandling.Efron ? [.. Enumerable.Range(0, times.Count).Where(t => times.Events[t] > 1)] : [], edges);
    }

    /// <summary>As tensors of a broadcast.</summary>
    public IEnumerable<Tensor> ToTensors()
    {
        yield return Tensor.Vector("centre", Centre);
        yield return Tensor.Vector("exponent", [.. Exponent.Select(e => (double)e)]);
        yield return Tensor.Vector("units", [RiskUnit, ScoreUnit]);
        yield return Tensor.Vector("event_stratum", [.. Stratum.Select(s => (double)s)]);
        yield return Tensor.Vector("event_time", Time);
        yield return Tensor.Vector("tied_times", [.. Tied.Select(t => (double)t)]);
        if (Edges is not null) yield return Tensor.Vector(TimeTable.Edges, Edges);
    }

    /// <summary>Reads it back.</summary>
    /// <exception cref="BroadcastInvalidException">It is not the frame of this model.</exception>
    public static CoxFrame Read(BroadcastReader broadcast, SurvivalModel model)
    {
        int p = model.Columns.Length;
        ImmutableArray<int> units = broadcast.WholeNumbers("units", -1000, 1000, 2);
        int times = broadcast.Length("event_time", MostTimes);
        double[] time = broadcast.Numbers("event_time", times);
        ImmutableArray<int> stratum = broadcast.WholeNumbers("event_stratum", 0, model.StratumCount - 1, times);
        for (int t = 1; t < times; t++)
        {
            if (stratum[t] < stratum[t - 1] || (stratum[t] == stratum[t - 1] && !(time[t] > time[t - 1])))
                throw new BroadcastInvalidException("The event times are not in ascending order.");
        }

        return new CoxFrame(
            broadcast.Numbers("centre", p), broadcast.WholeNumbers("exponent", -128, 128, p), units[0], units[1], [.. stratum], time,
            broadcast.Indices("tied_times", times), TimeTable.ReadEdges(broadcast, model));
    }

    /// <summary>The event times without their counts, to look times up in.</summary>
    public EventTimes Index() => new(Stratum, Time, new long[Times], new double[Times]);
}
