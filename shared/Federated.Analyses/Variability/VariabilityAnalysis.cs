using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Statistics.Description;
using Federated.Statistics.OneWay;

namespace Federated.Analyses.Variability;

/// <summary>
/// How much of a feature's variation lies between scanners, as measured and as harmonized, over all usable rows: variance components, coefficients of
/// variation with a verdict, and the tests of ANOVA, Welch and Bartlett. All from three sums over scanners; no scanner's value is ever seen, save those of
/// scanners that several sites hold, which are seen summed over their holders.
/// </summary>
public sealed class VariabilityAnalysis : IAnalysis
{
    private const string Sizes = "sizes";
    private const string Spread = "spread";
    private const string Tests = "tests";
    private const string Positive = "positive";
    private const string Negative = "negative";
    private const string Centre = "centre";
    private const string Exponent = "exponent";
    private const string Variance = "within_variance";
    private const string Octaves = "octaves";

    /// <inheritdoc/>
    public string Kind => "variability";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options => StageSelection.Keys;

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification)
    {
        int columns = StageSelection.Read(plan, specification).Stages.Length * plan.Features.Length;
        return
        [
            new StepDeclaration(Sizes, ExchangeKind.Sum, "Mean and scale of every feature, and whether it takes both signs.",
            [
                .. LocationSums.Declared(columns),
                new DeclaredItem(Positive, [plan.Features.Length], "Number of scanners with a positive value, per feature as measured."),
                new DeclaredItem(Negative, [plan.Features.Length], "Number of scanners with a negative value, per feature as measured."),
                .. SharedScanners.DeclaredLocation(columns),
            ]),
            new StepDeclaration(Spread, ExchangeKind.Sum, "Variation within and between scanners.",
                [.. SpreadSums.Declared(columns), .. SharedScanners.DeclaredSpread(columns)]),
            new StepDeclaration(
                Tests, ExchangeKind.Sum, "Tests that allow for, or look for, unequal variances of scanners.", [.. UnequalSums.Declared(columns)]),
        ];
    }

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        StageSelection selection = StageSelection.Read(context.Plan, context.Specification);
        int features = context.Plan.Features.Length;
        int columns = selection.Stages.Length * features;
        SharedScanners shared = SharedScanners.Of(context.Survey!, columns);

        var sizes = new SumStep(Sizes, Broadcast.Of(shared.Broadcast()), SizesLayout(features, columns, shared.Scanners.Length));
        yield return sizes;
        LocationSums location = LocationSums.Read(sizes.Sum);
        shared.ReadLocation(sizes.Sum);

        var spread = new SumStep(
            Spread,
            Broadcast.Of(
                Tensor.Vector(Centre, location.Centre), Tensor.Vector(Exponent, location.ExponentValues()), shared.Broadcast(), shared.BroadcastMeans()),
            SpreadLayout(location.Exponent, shared.Scanners.Length));
        yield return spread;
        shared.ReadSpread(spread.Sum);
        AnalysisOfVariance[] anova = [.. Enumerable.Range(0, columns).Select(c => Analyse(spread.Sum, c, shared, location.Centre[c]))];

        double[] centre = [.. anova.Select(a => double.IsFinite(a.Mean) ? a.Mean : 0)];
        double[] variance = [.. anova.Select(a => a.MeanSquareWithin > 0 ? a.MeanSquareWithin : 0)];
        ImmutableArray<int> octaves = [.. anova.Select((a, c) => variance[c] > 0 ? UnequalSums.Octaves(a.SquaresBetween, variance[c]) : 0)];
        var tests = new SumStep(
            Tests,
            Broadcast.Of(
                Tensor.Vector(Centre, centre), Tensor.Vector(Variance, variance), Tensor.Vector(Octaves, [.. octaves.Select(o => (double)o)]),
                shared.Broadcast()),
            new SumLayout(UnequalSums.Blocks(octaves)));
        yield return tests;

        var found = ImmutableArray.CreateBuilder<ColumnVariability>(columns);
        for (int c = 0; c < columns; c++)
        {
            UnequalVarianceSums sums = UnequalSums.Read(tests.Sum, c);
            foreach (GroupMoments group in variance[c] > 0 ? shared.Groups(c, centre[c]) : []) sums += UnequalVarianceSums.Of(group, variance[c]);
            bool bothSigns = sizes.Sum[Positive, c % features] > 0 && sizes.Sum[Negative, c % features] > 0;
            found.Add(new ColumnVariability(
                selection.Stages[c / features], context.Plan.Features[c % features], anova[c], WelchTest.Of(sums), BartlettTest.Of(sums),
                SpreadVerdicts.Of(anova[c], bothSigns)));
        }

        yield return new ConclusionStep(VariabilityResult.Of(context, selection, found.MoveToImmutable()));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        StageSelection selection = StageSelection.Read(context.Plan, context.Specification);
        var reader = new BroadcastReader(broadcast);
        ImmutableArray<int> shared = SharedScanners.Require(reader, context.Plan.Scanners.Length);
        StageTable table = StageTable.Of(context, selection);
        return step switch
        {
            Sizes => AnswerSizes(table, shared),
            Spread => AnswerSpread(table, shared, reader),
            Tests => AnswerTests(table, shared, reader),
            _ => throw new BroadcastInvalidException($"Variability has no step {step}."),
        };
    }

    private static SumLayout SizesLayout(int features, int columns, int shared) => new(
    [
        .. LocationSums.Blocks(columns), SumBlock.Counts(Positive, features), SumBlock.Counts(Negative, features),
        .. SharedScanners.LocationBlocks(shared, columns),
    ]);

    private static SumLayout SpreadLayout(ImmutableArray<int> exponent, int shared) =>
        new([.. SpreadSums.Blocks(exponent), .. SharedScanners.SpreadBlocks(shared, exponent)]);

    private static AnalysisOfVariance Analyse(SumVector sum, int column, SharedScanners shared, double centre)
    {
        OneWaySums sums = SpreadSums.Read(sum, column);
        foreach (GroupMoments group in shared.Groups(column, centre)) sums += OneWaySums.Of(group);
        return AnalysisOfVariance.Of(sums, centre);
    }

    private static SiteAnswer AnswerSizes(StageTable table, ImmutableArray<int> shared)
    {
        var sum = new SumVector(SizesLayout(table.Features, table.Columns, shared.Length));
        LocationSums.Fill(table, sum);
        SharedScanners.FillLocation(table, shared, sum);
        foreach (ScannerRows scanner in table.Scanners) CountSigns(table, scanner, sum);
        return new SiteAnswer { Sum = sum, Packed = LocationSums.Packed };
    }

    private static void CountSigns(StageTable table, ScannerRows scanner, SumVector sum)
    {
        bool[] positive = new bool[table.Features];
        bool[] negative = new bool[table.Features];
        for (int row = scanner.First; row < scanner.Next; row++)
        {
            ReadOnlySpan<double> values = table.Raw.AsSpan(row * table.Features, table.Features);
            for (int feature = 0; feature < values.Length; feature++)
            {
                positive[feature] |= values[feature] > 0;
                negative[feature] |= values[feature] < 0;
            }
        }

        for (int feature = 0; feature < table.Features; feature++)
        {
            if (positive[feature]) sum.Add(Positive, feature, 1);
            if (negative[feature]) sum.Add(Negative, feature, 1);
        }
    }

    private static SiteAnswer AnswerSpread(StageTable table, ImmutableArray<int> shared, BroadcastReader broadcast)
    {
        double[] centre = broadcast.Numbers(Centre, table.Columns);
        ImmutableArray<int> exponent = broadcast.WholeNumbers(Exponent, -LocationSums.MostExponent, LocationSums.MostExponent, table.Columns);
        var sum = new SumVector(SpreadLayout(exponent, shared.Length));
        foreach ((int column, GroupMoments group) in OwnGroups(table, shared, centre)) SpreadSums.Add(sum, column, group);
        SharedScanners.FillSpread(table, shared, broadcast, sum);
        return new SiteAnswer { Sum = sum };
    }

    private static SiteAnswer AnswerTests(StageTable table, ImmutableArray<int> shared, BroadcastReader broadcast)
    {
        double[] centre = broadcast.Numbers(Centre, table.Columns);
        double[] variance = broadcast.NonNegative(Variance, table.Columns);
        ImmutableArray<int> octaves = broadcast.WholeNumbers(Octaves, 0, UnequalSums.MostOctaves, table.Columns);
        var sum = new SumVector(new SumLayout(UnequalSums.Blocks(octaves)));
        foreach ((int column, GroupMoments group) in OwnGroups(table, shared, centre))
            if (variance[column] > 0) UnequalSums.Add(sum, column, group, variance[column]);
        return new SiteAnswer { Sum = sum };
    }

    private static IEnumerable<(int Column, GroupMoments Group)> OwnGroups(StageTable table, ImmutableArray<int> shared, double[] centre)
    {
        foreach (ScannerRows scanner in table.Scanners)
        {
            if (shared.Contains(scanner.Scanner)) continue;
            ImmutableArray<ColumnMoments> moments = table.Moments(scanner, centre);
            for (int column = 0; column < table.Columns; column++)
                yield return (column, moments[column / table.Features][column % table.Features]);
        }
    }
}
