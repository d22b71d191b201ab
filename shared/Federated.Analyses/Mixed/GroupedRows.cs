using System.Collections.Immutable;
using Federated.Analyses.Regression;
using Federated.Analyses.Stages;
using Federated.Analyses.Tables;
using Federated.Statistics.Kernels;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Mixed;

/// <summary>
/// A site's rows of a mixed model. Rows without a group are left out; so are groups that too few patients stand for to be told: a named group of fewer rows than
/// the plan or the officer lets stand in a bin, and patients with a number of scans that fewer patients share.
/// </summary>
internal sealed class GroupedRows
{
    private readonly int[] _groupOf;

    private GroupedRows(RegressionRows rows, StudyTable table, int[] groupOf, ImmutableArray<int> levels, long without, long withheld)
    {
        (Rows, Table, _groupOf, Levels, Without, Withheld) = (rows, table, groupOf, levels, without, withheld);
        Sizes = new long[levels.Length];
        foreach (int group in groupOf) Sizes[group]++;
    }

    /// <summary>The rows.</summary>
    public RegressionRows Rows { get; }

    /// <summary>The study table of which only these rows are fitted.</summary>
    public StudyTable Table { get; }

    /// <summary>Per group its level; -1 where groups have no names.</summary>
    public ImmutableArray<int> Levels { get; }

    /// <summary>Per group its rows.</summary>
    public long[] Sizes { get; }

    /// <summary>Rows left out because their group is missing or not in the plan.</summary>
    public long Without { get; }

    /// <summary>Rows left out because too few stand for their group.</summary>
    public long Withheld { get; }

    public static GroupedRows Of(SiteContext context, RegressionModel model, Grouping grouping)
    {
        var all = new RegressionRows(context, model, null);
        int[] tableRows = [.. Enumerable.Range(0, all.Count).Select(all.TableRow)];
        (int[] groupOf, int groups, ImmutableArray<int> levels) = grouping.Of(context, tableRows);
        long[] sizes = new long[groups];
        foreach (int group in groupOf.Where(g => g >= 0)) sizes[group]++;
        int least = context.LeastCount ?? 0;
        bool[] told = [.. sizes.Select(size => grouping.Named ? size >= least : sizes.Count(s => s == size) >= least)];
        bool[] fit = new bool[context.Table.Rows];
        long without = 0, withheld = 0;
        for (int i = 0; i < groupOf.Length; i++)
        {
            if (groupOf[i] < 0) without++;
            else if (!told[groupOf[i]]) withheld++;
            else fit[tableRows[i]] = true;
        }

        StudyTable table = context.Table;
        var masked = new StudyTable(table.Plan, table.RowIds, table.Scanner, table.Design, table.Features, fit, table.Excluded) { Columns = table.Columns, Measured = table.Measured };
        var rows = new RegressionRows(context with { Table = masked }, model);
        (int[] kept, _, ImmutableArray<int> keptLevels) = grouping.Of(context, [.. Enumerable.Range(0, rows.Count).Select(rows.TableRow)]);
        for (int reason = 0; reason < all.Omitted.Length; reason++) rows.Omitted[reason] = all.Omitted[reason];
        return new GroupedRows(rows, masked, kept, keptLevels, without, withheld);
    }

    /// <summary>Per group its sums of the columns of [X y], centred and scaled.</summary>
    public DoubleDouble[][] Sums(RegressionModel model, RegressionFrame frame)
    {
        int k = model.Columns.Length;
        DoubleDouble[][] sums = [.. Sizes.Select(_ => new DoubleDouble[k + 1])];
        foreach (ScannerRows scanner in Rows.Scanners())
        {
            ModelRows scaled = Rows.Scaled(scanner, frame);
            for (int i = 0; i < scanner.Next - scanner.First; i++)
            {
                DoubleDouble[] own = sums[_groupOf[scanner.First + i]];
                for (int j = 0; j < k; j++) own[j] += scaled.Design[(i * k) + j];
                own[k] += scaled.Response[i];
            }
        }

        return sums;
    }
}
