using Federated.Analyses.Regression;
using Federated.Analyses.Stages;
using Federated.Analyses.Tables;
using Federated.Analyses.Values;

namespace Federated.Analyses.Survival;

/// <summary>Why a row of the study table does not enter an analysis of survival; counted over all sites.</summary>
internal enum SurvivalOmission
{
    TimeMissing,
    StatusMissing,
    StartMissing,
    GroupMissing,
    StratumMissing,
    WeightMissing,
    ClusterMissing,
    PredictorMissing,
    LevelNotInPlan,
    WeightZero,
}

/// <summary>A site's rows as an analysis of survival uses them: rows to fit on with nothing missing, in the study table's order.</summary>
internal sealed class SurvivalRows
{
    private readonly StudyTable _table;
    private readonly int[] _used;

    public SurvivalRows(SiteContext context, SurvivalModel model)
    {
        _table = context.Table;
        double[] Read(PlanValue value) => value.Read(context, model.From);
        (PlanValue Value, SurvivalOmission Reason, double[] Cells)[] needed =
        [
            .. Needed(model).Select(n => (n.Value, n.Reason, Read(n.Value))),
            .. model.Predictors.Distinct().Select(p => (p, SurvivalOmission.PredictorMissing, Read(p))),
        ];
        double[]? weights = model.Weights is null ? null : Read(model.Weights);
        _used = [.. Enumerable.Range(0, _table.Rows).Where(row => _table.Fit[row] && Uses(row, needed, weights))];

        double[] Taken(PlanValue? value, double otherwise)
        {
            double[]? cells = value is null ? null : Array.Find(needed, n => n.Value == value).Cells;
            return Array.ConvertAll(_used, row => cells is null ? otherwise : cells[row]);
        }

        Stop = Taken(model.Time, 0);
        Start = Taken(model.Start, double.NegativeInfinity);
        Status = Taken(model.Status, 0);
        Weight = Taken(model.Weights, 1);
        Group = Array.ConvertAll(Taken(model.Group, 0), v => (int)v);
        Stratum = Array.ConvertAll(Taken(model.Strata, 0), v => (int)v);
        Cluster = model.Cluster is null ? null : Taken(model.Cluster, 0);
        Columns = [.. model.Columns.Select(c => Column(Taken(c.Value, 0), c))];
    }

    /// <summary>Rows used.</summary>
    public int Count => _used.Length;

    /// <summary>Rows left out, by <see cref="SurvivalOmission"/>.</summary>
    public long[] Omitted { get; } = new long[Enum.GetValues<SurvivalOmission>().Length];

    public double[] Stop { get; private set; }

    public double[] Start { get; private set; }

    /// <summary>1 = event; anything but 0 and 1 is impossible.</summary>
    public double[] Status { get; }

    public double[] Weight { get; }

    public int[] Group { get; }

    public int[] Stratum { get; }

    /// <summary>A number per cluster of this site; null = none.</summary>
    public double[]? Cluster { get; }

    /// <summary>One array per design column.</summary>
    public double[][] Columns { get; }

    public bool IsEvent(int row) => Status[row] == 1;

    /// <summary>First and next row of each scanner: sums run within one, so it does not matter which site holds it.</summary>
    public IEnumerable<ScannerRows> Scanners()
    {
        for (int first = 0, next; first < Count; first = next)
        {
            int scanner = _table.Scanner[_used[first]];
            for (next = first + 1; next < Count && _table.Scanner[_used[next]] == scanner;) next++;
            yield return new ScannerRows(scanner, first, next);
        }
    }

    /// <summary>
    /// Rounds times up to the edges of a grid. What lies beyond the last edge is cut off there, and its event with it.
    /// </summary>
    public void RoundTo(ReadOnlySpan<double> edges)
    {
        for (int row = 0; row < Count; row++)
        {
            if (Stop[row] > edges[^1]) Status[row] = Status[row] == 1 ? 0 : Status[row];
            Stop[row] = Edge(edges, Stop[row]);
            if (Start[row] > double.NegativeInfinity) Start[row] = EdgeBefore(edges, Edge(edges, Start[row]), Stop[row]);
        }
    }

    // Whoever leaves in the interval in which they entered was at risk in it.
    private static double EdgeBefore(ReadOnlySpan<double> edges, double start, double stop)
    {
        if (start < stop) return start;
        int at = edges.BinarySearch(stop);
        return at > 0 ? edges[at - 1] : double.NegativeInfinity;
    }

    private static double Edge(ReadOnlySpan<double> edges, double time)
    {
        int at = edges.BinarySearch(time);
        return edges[Math.Min(at < 0 ? ~at : at, edges.Length - 1)];
    }

    private static double[] Column(double[] values, RegressionColumn column)
    {
        if (column.Level < 0) return values;
        for (int row = 0; row < values.Length; row++) values[row] = values[row] == column.Level ? 1 : 0;
        return values;
    }

    private static IEnumerable<(PlanValue Value, SurvivalOmission Reason)> Needed(SurvivalModel model)
    {
        yield return (model.Time, SurvivalOmission.TimeMissing);
        yield return (model.Status, SurvivalOmission.StatusMissing);
        if (model.Start is not null) yield return (model.Start, SurvivalOmission.StartMissing);
        if (model.Group is not null) yield return (model.Group, SurvivalOmission.GroupMissing);
        if (model.Strata is not null) yield return (model.Strata, SurvivalOmission.StratumMissing);
        if (model.Weights is not null) yield return (model.Weights, SurvivalOmission.WeightMissing);
        if (model.Cluster is not null) yield return (model.Cluster, SurvivalOmission.ClusterMissing);
    }

    private bool Uses(int row, (PlanValue Value, SurvivalOmission Reason, double[] Cells)[] needed, double[]? weights)
    {
        SurvivalOmission? reason = weights is not null && weights[row] == 0 ? SurvivalOmission.WeightZero : null;
        for (int n = needed.Length - 1; n >= 0; n--)
        {
            if (double.IsNaN(needed[n].Cells[row])) reason = needed[n].Reason;
            else if (needed[n].Value.IsCategory && needed[n].Cells[row] < 0) reason ??= SurvivalOmission.LevelNotInPlan;
        }

        if (reason is { } known) Omitted[(int)known]++;
        return reason is null;
    }
}
