using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Regression;
using Federated.Analyses.Stages;
using Federated.Statistics.Kernels;
using Federated.Statistics.Mixed;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Mixed;

/// <summary>
/// The sum of a mixed model: products of all columns, and what the random intercept needs of the groups. Groups with names give their rows and column sums;
/// groups whose names never leave give, for each number of rows, how many there are and the products of their column sums.
/// </summary>
internal static class GroupSums
{
    /// <summary>The step's name.</summary>
    public const string Step = "groups";

    private const string Products = "products";
    private const string LeftOut = "left_out";
    private const string Counts = "group_counts";
    private const string Columns = "group_sums";
    private const string Squares = "size_squares";

    public static StepDeclaration Declare(RegressionModel model, Grouping grouping)
    {
        int k = model.Columns.Length, classes = grouping.Classes;
        DeclaredItem of = grouping.Named
            ? new DeclaredItem(Columns, [classes, k + 1], $"Sums of every column and of the outcome for each level of '{grouping.Value.Name}'.")
            : new DeclaredItem(Squares, [classes, SymmetricSums.Length(k + 1)], $"Products of every two column sums of a patient ('{grouping.Value.Name}'), added up over all patients with the same number of rows.");
        return new StepDeclaration(Step, ExchangeKind.Sum, "Fixed effects, and how much of the variation lies between groups.",
        [
            new DeclaredItem(Products, [SymmetricSums.Length(k + 2)], "Products of every two of the model's columns and the outcome, about their means over all hospitals."),
            new DeclaredItem(LeftOut, [2], "Number of rows left out because their group is unknown, and because too few stand for it to be told."),
            new PackedCounts(Counts, classes).Declared(1, grouping.Named ? $"Number of rows for each level of '{grouping.Value.Name}'." : $"Number of patients with 1, 2, .. {Grouping.MostRows} rows."),
            of,
        ]);
    }

    public static SumLayout Layout(RegressionModel model, RegressionFrame frame, Grouping grouping)
    {
        int k = model.Columns.Length;
        return new SumLayout(
            SymmetricSums.Block(Products, k + 2, frame.ProductUnit), SumBlock.Counts(LeftOut, 2), new PackedCounts(Counts, grouping.Classes).Block(1),
            grouping.Named ? new SumBlock(Columns, [grouping.Classes, k + 1], [frame.ProductUnit])
                : new SumBlock(Squares, [grouping.Classes, SymmetricSums.Length(k + 1)], [frame.ProductUnit]));
    }

    /// <summary>The site half.</summary>
    /// <exception cref="AnalysisRefusedException">E2902: a patient has more rows than can be told.</exception>
    public static SiteAnswer Answer(SiteContext context, RegressionModel model, RegressionFrame frame, Grouping grouping)
    {
        var grouped = GroupedRows.Of(context, model, grouping);
        if (!grouping.Named && grouped.Sizes.Any(s => s > Grouping.MostRows))
            throw Grouping.Refused("E2902", context.Specification, $"a label of '{PlainText.Shown(grouping.Value.Name)}' has {grouped.Sizes.Max()} rows, and at most {Grouping.MostRows} are taken for one patient: is this the right column?");
        int k = model.Columns.Length;
        var sum = new SumVector(Layout(model, frame, grouping));
        foreach (ScannerRows scanner in grouped.Rows.Scanners()) SymmetricSums.Add(sum, Products, grouped.Rows.Scaled(scanner, frame).Products(), k + 2);
        sum.Add(LeftOut, 0, grouped.Without);
        sum.Add(LeftOut, 1, grouped.Withheld);
        long[] counts = new long[grouping.Classes];
        DoubleDouble[][] sums = grouped.Sums(model, frame);
        for (int g = 0; g < sums.Length; g++)
        {
            int at = grouping.Named ? grouped.Levels[g] : (int)grouped.Sizes[g] - 1;
            counts[at] += grouping.Named ? grouped.Sizes[g] : 1;
            if (grouping.Named)
            {
                for (int j = 0; j <= k; j++) Add(sum, Columns, (at * (k + 1)) + j, sums[g][j]);
                continue;
            }

            for (int i = 0, place = at * SymmetricSums.Length(k + 1); i <= k; i++)
                for (int j = 0; j <= i; j++, place++) Add(sum, Squares, place, sums[g][i] * sums[g][j]);
        }

        new PackedCounts(Counts, grouping.Classes).Add(sum, 0, counts);
        return new SiteAnswer { Sum = sum, Packed = [Counts], Bins = [Counts] };
    }

    /// <summary>What the sum over sites says, of these columns.</summary>
    public static GroupsFound Read(SumVector sum, RegressionModel model, RegressionFrame frame, Grouping grouping)
    {
        int k = model.Columns.Length;
        DoubleDouble[] products = SymmetricSums.Read(sum, Products, k + 2);
        int[] kept = [.. Enumerable.Range(0, k).Except(LeastSquares.Factor(products, frame.Scaling, LeastSquares.AliasTolerance).Aliased)];
        int[] columns = [.. kept, k]; // the outcome last
        long[] counts = new PackedCounts(Counts, grouping.Classes).Read(sum, 0);
        var classes = ImmutableArray.CreateBuilder<GroupClass>();
        var named = ImmutableArray.CreateBuilder<(int Level, long Rows, DoubleDouble[] Sums)>();
        for (int c = 0; c < counts.Length; c++)
        {
            if (counts[c] == 0) continue;
            if (grouping.Named)
            {
                DoubleDouble[] own = [.. columns.Select(j => Number(sum, Columns, (c * (k + 1)) + j))];
                named.Add((c, counts[c], own));
                classes.Add(new GroupClass(counts[c], 1, [.. own.SelectMany(a => own.Select(b => a * b))]));
            }
            else
            {
                int start = c * SymmetricSums.Length(k + 1);
                classes.Add(new GroupClass(c + 1, counts[c], [.. columns.SelectMany(i => columns.Select(j => Number(sum, Squares, start + SymmetricSums.Length(Math.Max(i, j)) + Math.Min(i, j))))]));
            }
        }

        var sums = new RandomInterceptSums
        {
            Products = [.. columns.SelectMany(i => columns.Select(j => products[(i * (k + 2)) + j]))],
            Classes = classes.ToImmutable(),
            Scaling = frame.Scaling.Take(kept),
            ResponseCentre = frame.ResponseCentre,
            ResponseExponent = frame.ResponseExponent,
        };
        return new GroupsFound(sums, [.. kept], named.ToImmutable(), (long)sum[LeftOut, 0], (long)sum[LeftOut, 1]);
    }

    private static void Add(SumVector sum, string block, int index, DoubleDouble value)
    {
        sum.Add(block, index, value.High);
        sum.Add(block, index, value.Low);
    }

    private static DoubleDouble Number(SumVector sum, string block, int index)
    {
        double high = sum.Read(block, index, out double low);
        return new DoubleDouble(high, low);
    }
}

/// <summary>What the sum over sites says.</summary>
/// <param name="Sums">Of the columns that are estimated.</param>
/// <param name="Kept">Those columns.</param>
/// <param name="Named">Groups with a name: level, rows, column sums.</param>
/// <param name="Without">Rows left out because their group is unknown.</param>
/// <param name="Withheld">Rows left out because too few stand for their group.</param>
internal sealed record GroupsFound(
    RandomInterceptSums Sums, ImmutableArray<int> Kept, ImmutableArray<(int Level, long Rows, DoubleDouble[] Sums)> Named, long Without, long Withheld);
