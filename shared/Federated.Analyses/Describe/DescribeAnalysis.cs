using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Statistics.Description;

namespace Federated.Analyses.Describe;

/// <summary>
/// Count, moments, histogram and quantiles of every feature over all usable rows of all sites, from sums alone. The p-quantile is the inverse of the pooled
/// empirical distribution function (R's type 1); it is told as an interval that is sure to hold it, and the middle of that.
/// </summary>
public sealed class DescribeAnalysis : IAnalysis
{
    private const string Sizes = "sizes";
    private const string Spread = "moments";
    private const string Shape = "histogram";
    private const string Search = "quantiles";
    private const string Centre = "centre";
    private const string Exponent = "exponent";
    private const string Mean = "mean";
    private const string Deviation = "sd";

    /// <inheritdoc/>
    public string Kind => "describe";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options => DescribeOptions.Keys;

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification)
    {
        DescribeOptions options = DescribeOptions.Read(plan, specification);
        int columns = Columns(plan, options);
        int? minimum = plan.Privacy.MinimumRows;
        return
        [
            new StepDeclaration(Sizes, ExchangeKind.Sum, "Mean and scale of every feature.", [.. LocationSums.Declared(columns)]),
            new StepDeclaration(Spread, ExchangeKind.Sum, "Standard deviation of every feature.", [.. MomentSums.Declared(columns)]),
            new StepDeclaration(
                Shape, ExchangeKind.Sum, "Histogram of every feature, and its skewness and kurtosis.",
                [.. HistogramSums.Declared(columns, options.Bins, minimum)]),
            new StepDeclaration(
                Search, ExchangeKind.Sum, "Closing in on quantiles.", [.. QuantileSearch.Declared(minimum)],
                $"Quantiles are asked for; up to {QuantileSearch.MostRounds} times, until the intervals are narrow enough or would hold too few rows."),
        ];
    }

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        DescribeOptions options = DescribeOptions.Read(context.Plan, context.Specification);
        int columns = Columns(context.Plan, options);
        int? minimum = context.Plan.Privacy.MinimumRows;
        RequireCountable(context);

        var sizes = new SumStep(Sizes, Broadcast.Empty, new SumLayout(LocationSums.Blocks(columns)));
        yield return sizes;
        LocationSums location = LocationSums.Read(sizes.Sum);

        var spread = new SumStep(
            Spread, Broadcast.Of(Tensor.Vector(Centre, location.Centre), Tensor.Vector(Exponent, location.ExponentValues())),
            MomentSums.Layout(location.Exponent));
        yield return spread;
        ImmutableArray<Moments> moments = MomentSums.Read(spread.Sum, location);

        var shape = new SumStep(
            Shape,
            Broadcast.Of(
                Tensor.Vector(Mean, [.. moments.Select(m => m.Count > 0 ? m.Mean : 0)]),
                Tensor.Vector(Deviation, [.. moments.Select(m => m.StandardDeviation > 0 ? m.StandardDeviation : 0)])),
            HistogramSums.Layout(columns, options.Bins));
        yield return shape;
        ImmutableArray<Histogram?> histograms = [.. moments.Select((m, column) => HistogramSums.Read(shape.Sum, column, m, options.Bins))];
        moments = [.. moments.Select((m, column) => HistogramSums.WithShape(shape.Sum, column, m))];

        QuantileState[] quantiles =
        [
            .. from column in Enumerable.Range(0, columns)
               from probability in options.Quantiles
               select QuantileSearch.Start(column, probability, moments[column], histograms[column], minimum),
        ];
        for (int round = 0; round < QuantileSearch.MostRounds; round++)
        {
            ImmutableArray<int> open = [.. Enumerable.Range(0, quantiles.Length).Where(q => !quantiles[q].Finished)];
            if (open.IsEmpty) break;
            var search = new SumStep(Search, QuantileSearch.Broadcast([.. open.Select(q => quantiles[q])]), QuantileSearch.Layout(open.Length));
            yield return search;
            for (int i = 0; i < open.Length; i++)
                quantiles[open[i]] = QuantileSearch.Narrow(search.Sum, i, quantiles[open[i]], moments[quantiles[open[i]].Column], minimum);
        }

        yield return new ConclusionStep(DescribeResult.Of(context, options, moments, histograms, quantiles));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        DescribeOptions options = DescribeOptions.Read(context.Plan, context.Specification);
        StageTable table = StageTable.Of(context, options.Stages);
        int? minimum = context.LeastCount;
        var reader = new BroadcastReader(broadcast);
        switch (step)
        {
            case Sizes:
                var sum = new SumVector(new SumLayout(LocationSums.Blocks(table.Columns)));
                LocationSums.Fill(table, sum);
                return new SiteAnswer { Sum = sum, Packed = LocationSums.Packed };
            case Spread:
                ImmutableArray<int> exponent = reader.WholeNumbers(Exponent, -LocationSums.MostExponent, LocationSums.MostExponent, table.Columns);
                return new SiteAnswer { Sum = MomentSums.Fill(table, reader.Numbers(Centre, table.Columns), exponent) };
            case Shape:
                return new SiteAnswer
                {
                    Sum = HistogramSums.Fill(
                        table, reader.Numbers(Mean, table.Columns), reader.NonNegative(Deviation, table.Columns), options.Bins, minimum),
                    Packed = HistogramSums.Packed,
                    Bins = HistogramSums.Packed,
                };
            case Search:
                return new SiteAnswer
                {
                    Sum = QuantileSearch.Fill(table, reader, table.Columns * options.Quantiles.Length, minimum),
                    Packed = QuantileSearch.Packed,
                    Bins = QuantileSearch.Packed,
                };
            default:
                throw new BroadcastInvalidException($"Describe has no step {step}.");
        }
    }

    private static void RequireCountable(CoordinatorContext context)
    {
        long rows = context.Survey!.AllRows;
        if (rows >= PackedCounts.MostRows)
            throw new AnalysisRefusedException("E2402", $"Analysis {context.Specification.Id}: {rows} rows are too many to be counted in bins: split the study.");
    }

    private static int Columns(StudyPlan plan, DescribeOptions options) => options.Stages.Stages.Length * plan.Features.Length;
}
