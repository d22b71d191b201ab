using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Statistics.Description;

namespace Federated.Analyses.Stages;

/// <summary>Consecutive rows of one scanner.</summary>
/// <param name="Scanner">Its index in the plan.</param>
/// <param name="First">First row.</param>
/// <param name="Next">First row of the next scanner.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ScannerRows(int Scanner, int First, int Next);

/// <summary>
/// All usable rows of a site, fit or not, at the chosen stages and on the original scale. A column is a feature at a stage: column = stage * p + feature.
/// </summary>
public sealed class StageTable
{
    private readonly ImmutableArray<double[]> _stages; // row-major n x p each

    private StageTable(ImmutableArray<double[]> stages, double[] raw, int features, ImmutableArray<ScannerRows> scanners, int rows)
    {
        _stages = stages;
        Raw = raw;
        Features = features;
        Scanners = scanners;
        Rows = rows;
    }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>p: features of the plan.</summary>
    public int Features { get; }

    /// <summary>Stages times features.</summary>
    public int Columns => _stages.Length * Features;

    /// <summary>The scanners that have rows here, ascending.</summary>
    public ImmutableArray<ScannerRows> Scanners { get; }

    /// <summary>Row-major n x p, as measured, whichever stages were chosen; NaN = missing.</summary>
    public double[] Raw { get; }

    /// <summary>The rows of a site at these stages.</summary>
    /// <exception cref="BroadcastInvalidException">The combat that they refer to has not been run here on these rows.</exception>
    public static StageTable Of(SiteContext context, StageSelection selection)
    {
        StudyTable table = context.Table;
        double[] raw = context.Plan.Scale == FeatureScale.Log ? Array.ConvertAll(table.Features, Math.Exp) : table.Features;
        ImmutableArray<double[]> stages = [.. selection.Stages.Select(stage => stage == FeatureStage.Raw ? raw : Harmonized(context, selection.From!))];
        return new StageTable(stages, raw, context.Plan.Features.Length, [.. ByScanner(table)], table.Rows);
    }

    /// <summary>Count, mean and squares of every column over the rows of one scanner.</summary>
    /// <param name="rows">The scanner's rows.</param>
    /// <param name="centre">One number per column.</param>
    /// <returns>Per stage, moments of its features.</returns>
    public ImmutableArray<ColumnMoments> Moments(ScannerRows rows, double[] centre)
    {
        var moments = ImmutableArray.CreateBuilder<ColumnMoments>(_stages.Length);
        for (int stage = 0; stage < _stages.Length; stage++)
            moments.Add(ColumnMoments.Of(Values(_stages[stage], rows), centre.AsSpan(stage * Features, Features)));
        return moments.MoveToImmutable();
    }

    /// <summary>The value of a column in a row; NaN = missing.</summary>
    public double this[int row, int column] => _stages[column / Features][((long)row * Features) + (column % Features)];

    /// <summary>The values of a column, ascending, without the missing ones.</summary>
    public double[] Sorted(int column)
    {
        double[] values = new double[Rows];
        int count = 0;
        for (int row = 0; row < Rows; row++)
        {
            double value = this[row, column];
            if (!double.IsNaN(value)) values[count++] = value;
        }

        Array.Resize(ref values, count);
        Array.Sort(values);
        return values;
    }

    private ReadOnlySpan<double> Values(double[] stage, ScannerRows rows) => stage.AsSpan(rows.First * Features, (rows.Next - rows.First) * Features);

    private static double[] Harmonized(SiteContext context, string from)
    {
        if (!context.Harmonized.TryGetValue(from, out HarmonizedTable? harmonized))
            throw new BroadcastInvalidException($"The outcome of {from} is not at this site: it must be run first.");
        if (!harmonized.RowIds.AsSpan().SequenceEqual(context.Table.RowIds.AsSpan()))
            throw new BroadcastInvalidException($"The outcome of {from} is of other rows than the table: it must be run again.");
        return harmonized.Features;
    }

    private static IEnumerable<ScannerRows> ByScanner(StudyTable table)
    {
        for (int first = 0, next; first < table.Rows; first = next)
        {
            for (next = first + 1; next < table.Rows && table.Scanner[next] == table.Scanner[first];) next++;
            yield return new ScannerRows(table.Scanner[first], first, next);
        }
    }
}
