using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Federated.Analyses.Stages;
using Federated.Analyses.Tables;
using Federated.Analyses.Values;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Regression;

/// <summary>Why a row of the study table does not enter a regression; counted over all sites.</summary>
internal enum RowOmission
{
    OutcomeMissing,
    PredictorMissing,
    OffsetMissing,
    WeightMissing,
    LevelNotInPlan,
    WeightZero,
}

/// <summary>A site's rows as a regression uses them: rows to fit on with nothing missing, in the study table's order, and why the others are left out.</summary>
internal sealed class RegressionRows
{
    // The rows of the last round, for as long as the table lives. They follow from table, entry and frame, so keeping them changes no answer, only its time.
    private static readonly ConditionalWeakTable<StudyTable, Memory> Kept = [];

    private readonly RegressionModel _model;
    private readonly StudyTable _table;
    private readonly double[][] _columns; // one array per design column but the intercept
    private readonly double[] _outcome;
    private readonly double[]? _offset;
    private readonly double[]? _weights;
    private readonly int[] _used;
    private (RegressionFrame Frame, ModelRows[] Scanners)? _scaled;

    public RegressionRows(SiteContext context, RegressionModel model)
        : this(context, model, context.Plan.Privacy.MinimumRows)
    {
    }

    /// <summary>Rows of which a site needs this many, or none; null = any number.</summary>
    /// <exception cref="AnalysisRefusedException">E2305: the site has some, but fewer.</exception>
    public RegressionRows(SiteContext context, RegressionModel model, int? leastRows)
    {
        _model = model;
        _table = context.Table;
        Dictionary<PlanValue, double[]> values = model.Predictors.Distinct().ToDictionary(p => p, p => p.Read(context, model.Options.From));
        _columns = [.. model.Columns.Where(c => c.Value is not null).Select(c => values[c.Value!])];
        _outcome = model.Outcome.Read(context, model.Options.From);
        _offset = model.Offset?.Read(context, null);
        _weights = model.Weights?.Read(context, null);
        double[][] predictors = [.. values.Values];
        double[][] levels = [.. values.Where(v => v.Key.IsCategory).Select(v => v.Value)];
        _used = [.. Enumerable.Range(0, _table.Rows).Where(row => _table.Fit[row] && Uses(row, predictors, levels))];
        if (_used.Length > 0 && _used.Length < leastRows)
        {
            throw new AnalysisRefusedException(
                "E2305", $"Analysis {context.Specification.Id}: {_used.Length} rows here have all its values, and the plan asks for {leastRows}: this site takes no part.");
        }
    }

    /// <summary>The rows of this context, as the last round had them if nothing has changed since.</summary>
    /// <exception cref="AnalysisRefusedException">E2305: the site has some, but fewer than the plan's minimum.</exception>
    public static RegressionRows Of(SiteContext context, RegressionModel model)
    {
        HarmonizedTable? harmonized = model.Options.From is { } from ? context.Harmonized.GetValueOrDefault(from) : null;
        if (Kept.TryGetValue(context.Table, out Memory? kept) && ReferenceEquals(kept.Harmonized, harmonized)
            && JsonNode.DeepEquals(kept.Options, context.Specification.Options))
        {
            return kept.Rows;
        }

        var rows = new RegressionRows(context, model);
        Kept.AddOrUpdate(context.Table, new Memory(context.Specification.Options, harmonized, rows));
        return rows;
    }

    /// <summary>Rows used.</summary>
    public int Count => _used.Length;

    /// <summary>Rows left out, by reason.</summary>
    public long[] Omitted { get; } = new long[Enum.GetValues<RowOmission>().Length];

    /// <summary>The id of a used row; it never leaves the site.</summary>
    public string RowId(int i) => _table.RowIds[_used[i]];

    /// <summary>The study table's row that a used row is.</summary>
    public int TableRow(int i) => _used[i];

    /// <summary>Outcome, offset and weight of a used row.</summary>
    public (double Outcome, double Offset, double Weight) Frame(int i) =>
        (_outcome[_used[i]], _offset is null ? 0 : _offset[_used[i]], _weights is null ? 1 : _weights[_used[i]]);

    /// <summary>A design column's value in a used row; the first column after the intercept is 0.</summary>
    public double Value(int i, int column)
    {
        int level = _model.Columns[column + (_model.Intercept ? 1 : 0)].Level;
        double value = _columns[column][_used[i]];
        return level < 0 ? value : value == level ? 1 : 0;
    }

    /// <summary>Design columns without the intercept.</summary>
    public int Columns => _columns.Length;

    /// <summary>First and next used row of each scanner: sums run within one, so it does not matter which site holds it.</summary>
    public IEnumerable<ScannerRows> Scanners()
    {
        for (int first = 0, next; first < _used.Length; first = next)
        {
            int scanner = _table.Scanner[_used[first]];
            for (next = first + 1; next < _used.Length && _table.Scanner[_used[next]] == scanner;) next++;
            yield return new ScannerRows(scanner, first, next);
        }
    }

    /// <summary>The rows of every scanner, centred and scaled; kept for the next round.</summary>
    public ModelRows[] Scaled(RegressionFrame frame)
    {
        (RegressionFrame Frame, ModelRows[] Scanners)? known = _scaled;
        if (known is { } last && last.Frame.HasSameScales(frame)) return last.Scanners;
        ModelRows[] scanners = [.. Scanners().Select(scanner => Scaled(scanner, frame))];
        _scaled = (frame, scanners);
        return scanners;
    }

    /// <summary>The rows of a scanner, centred and scaled.</summary>
    public ModelRows Scaled(ScannerRows scanner, RegressionFrame frame)
    {
        int k = _model.Columns.Length, n = scanner.Next - scanner.First, constant = _model.Intercept ? 1 : 0;
        double[] design = new double[n * k], response = new double[n], weights = new double[n], offset = new double[n];
        for (int j = 0; j < k; j++)
        {
            if (j < constant)
            {
                for (int i = 0; i < n; i++) design[i * k] = 1;
                continue;
            }

            double[] values = _columns[j - constant];
            int level = _model.Columns[j].Level;
            double centre = frame.Scaling.Centre[j], scale = double.ScaleB(1, -frame.Scaling.Exponent[j]);
            for (int i = 0; i < n; i++)
            {
                double value = values[_used[scanner.First + i]];
                design[(i * k) + j] = ((level < 0 ? value : value == level ? 1 : 0) - centre) * scale;
            }
        }

        double unit = double.ScaleB(1, -frame.ResponseExponent);
        for (int i = 0; i < n; i++)
        {
            (double y, double o, double w) = Frame(scanner.First + i);
            (response[i], offset[i], weights[i]) = ((y - frame.ResponseCentre) * unit, o * unit, w);
        }

        return new ModelRows(design, k, response, weights, offset);
    }

    private bool Uses(int row, double[][] predictors, double[][] levels)
    {
        RowOmission? reason = null;
        if (double.IsNaN(_outcome[row])) reason = RowOmission.OutcomeMissing;
        else if (_outcome[row] < 0 && _model.Outcome.IsCategory) reason = RowOmission.LevelNotInPlan;
        else if (_offset is not null && double.IsNaN(_offset[row])) reason = RowOmission.OffsetMissing;
        else if (_weights is not null && double.IsNaN(_weights[row])) reason = RowOmission.WeightMissing;
        else if (_weights is not null && _weights[row] == 0) reason = RowOmission.WeightZero;
        else if (Array.Exists(predictors, p => double.IsNaN(p[row]))) reason = RowOmission.PredictorMissing;
        else if (Array.Exists(levels, l => l[row] == -1)) reason = RowOmission.LevelNotInPlan;
        if (reason is { } known) Omitted[(int)known]++;
        return reason is null;
    }

    private sealed record Memory(JsonObject Options, HarmonizedTable? Harmonized, RegressionRows Rows);
}
