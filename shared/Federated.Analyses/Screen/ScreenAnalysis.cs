using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Statistics.Kernels;
using Federated.Statistics.Multiplicity;
using Federated.Statistics.OneWay;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Screen;

/// <summary>
/// Looks through thousands of features for those that go with an outcome: one linear model per feature on the outcome and what is adjusted for, as R's
/// lm(feature ~ outcome + ..) on the pooled rows, its t or F test, and p-values corrected for their number.
/// </summary>
public sealed class ScreenAnalysis : IAnalysis
{
    /// <inheritdoc/>
    public string Kind => "screen";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options => ScreenDesign.Keys;

    /// <inheritdoc/>
    public int Parameters(StudyPlan plan, AnalysisSpecification specification) => ScreenDesign.Of(plan, specification).Width;

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification)
    {
        ScreenDesign design = ScreenDesign.Of(plan, specification);
        return ScreenSums.Declare(design, Columns(plan, design));
    }

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        ScreenDesign design = ScreenDesign.Of(context.Plan, context.Specification);
        int columns = Columns(context.Plan, design);
        var sizes = new SumStep(ScreenSums.Sizes, Broadcast.Empty, ScreenSums.SizesLayout(design, columns));
        yield return sizes;
        (ScreenFrame frame, long rows, long omitted) = ScreenSums.ReadSizes(sizes.Sum, design);
        if (rows <= design.Width)
            throw ScreenDesign.Refused("E2812", context.Specification, $"{rows} rows ({omitted} left out for a missing value) cannot carry {design.Width} coefficients: add rows, or adjust for less");
        var products = new SumStep(ScreenSums.Products, frame.Broadcast(), ScreenSums.ProductsLayout(design, frame));
        yield return products;
        ScreenTest[] tests = [.. Enumerable.Range(0, columns).Select(c => Test(products.Sum, design, frame, c))];
        if (tests.All(t => double.IsNaN(t.P)))
            throw ScreenDesign.Refused("E2812", context.Specification, $"no feature can be tested: '{PlainText.Shown(design.Outcome.Name)}' does not vary, or goes with what is adjusted for");
        yield return new ConclusionStep(Result(context, design, tests, rows, omitted));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        ScreenDesign design = ScreenDesign.Of(context.Plan, context.Specification);
        var table = StageTable.Of(context, design.Stages);
        var rows = new ScreenRows(context, design);
        return step switch
        {
            ScreenSums.Sizes => ScreenSums.AnswerSizes(design, table, rows),
            ScreenSums.Products => ScreenSums.AnswerProducts(design, ScreenFrame.Read(new BroadcastReader(broadcast), design.Width, table.Columns), table, rows, context.LeastCount ?? 0),
            _ => throw new BroadcastInvalidException($"{Kind} has no step {step}."),
        };
    }

    private static int Columns(StudyPlan plan, ScreenDesign design) => design.Stages.Stages.Length * plan.Features.Length;

    private static ScreenTest Test(SumVector sum, ScreenDesign design, ScreenFrame frame, int column)
    {
        (long rows, DoubleDouble[] products) = ScreenSums.Read(sum, design, column);
        if (rows <= design.Width) return ScreenTest.None(rows);
        int width = design.Width;
        LeastSquares full = LeastSquares.Fit(products, frame.Design, frame.Centre[column], frame.Exponent[column], rows, 0);
        int[] kept = [0, .. Enumerable.Range(1, width - 1).Where(j => !design.Columns[j - 1].Tested)];
        int[] places = [.. kept, width, width + 1];
        DoubleDouble[] reduced = [.. places.SelectMany(i => places.Select(j => products[(i * (width + 2)) + j]))];
        LeastSquares without = LeastSquares.Fit(reduced, frame.Design.Take(kept), frame.Centre[column], frame.Exponent[column], rows, 0);
        int degrees = full.Rank - without.Rank;
        if (degrees < 1 || full.ResidualDegrees < 1 || without.ResidualSquares == 0 || full.IsPerfect) return ScreenTest.None(rows);
        if (design.Columns.Count(c => c.Tested) > 1)
        {
            double f = (without.ResidualSquares - full.ResidualSquares) / degrees / full.Variance;
            return new ScreenTest(rows, degrees, full.ResidualDegrees, double.NaN, double.NaN, f, UpperTail.F(f, degrees, full.ResidualDegrees));
        }

        double estimate = full.Coefficients[1], error = Math.Sqrt(full.UnscaledCovariance[width + 1] * full.Variance), t = estimate / error;
        return new ScreenTest(rows, 1, full.ResidualDegrees, estimate, error, t, Tails.Student(t, full.ResidualDegrees));
    }

    private static AnalysisResult Result(CoordinatorContext context, ScreenDesign design, ScreenTest[] tests, long rows, long omitted)
    {
        int features = context.Plan.Features.Length, tested = design.Columns.Count(c => c.Tested);
        string statistic = tested > 1 ? "f" : "t";
        string[] columns = tested > 1 ? ["stage", "feature", "n", "df", "df_residual", "f", "p", "p_adjusted"] : ["stage", "feature", "n", "df_residual", "estimate", "se", "t", "p", "p_adjusted"];

        // Each stage is a question of its own: features are corrected for the number of features, not for having been asked twice.
        double[] adjusted = [.. tests.Chunk(features).SelectMany(stage => MultipleTesting.Adjust([.. stage.Select(t => t.P)], design.Correction))];
        IReadOnlyList<object?>[] cells =
        [
            .. tests.Select((t, c) => (IReadOnlyList<object?>)[StageSelection.Word(design.Stages.Stages[c / features]), context.Plan.Features[c % features], .. t.Cells(tested > 1), ResultCells.Defined(adjusted[c])]),
        ];
        var discoveries = new JsonObject();
        for (int stage = 0; stage < design.Stages.Stages.Length; stage++)
            discoveries[StageSelection.Word(design.Stages.Stages[stage])] = adjusted.Skip(stage * features).Take(features).Count(p => p <= design.Alpha);
        var document = new JsonObject
        {
            ["outcome"] = design.Outcome.Name,
            ["adjusted_for"] = new JsonArray([.. design.Columns.Where(c => !c.Tested).Select(c => (JsonNode)c.Name)]),
            ["n"] = rows,
            ["missing"] = omitted,
            ["sites"] = context.Sites,
            ["statistic"] = statistic,
            ["correction"] = MultipleTesting.Word(design.Correction),
            ["alpha"] = design.Alpha,
            ["tested"] = tests.Count(t => !double.IsNaN(t.P)),
            ["discoveries"] = discoveries,
            ["features"] = new JsonArray([.. cells.Select(r => (JsonNode)ResultCells.Row(columns, r))]),
        };
        if (tested == 1) document["contrast"] = design.Columns[0].Name;
        return new AnalysisResult(document, [new ResultTable("screen", [.. columns], cells)]);
    }

    private sealed record ScreenTest(long Rows, int Degrees, long ResidualDegrees, double Estimate, double Error, double Statistic, double P)
    {
        public static ScreenTest None(long rows) => new(rows, 0, 0, double.NaN, double.NaN, double.NaN, double.NaN);

        public object?[] Cells(bool several) => double.IsNaN(P)
            ? several ? [Rows, null, null, null, null] : [Rows, null, null, null, null, null]
            : several ? [Rows, (long)Degrees, ResidualDegrees, Statistic, P] : [Rows, ResidualDegrees, Estimate, Error, Statistic, P];
    }
}
