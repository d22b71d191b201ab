using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Statistics.Mixed;

namespace Federated.Analyses.Mixed;

/// <summary>
/// Test-retest repeatability of every feature, as measured and as harmonized: within-subject standard deviation, coefficient of repeatability and coefficient
/// of variation with intervals, from sums over subjects who were scanned more than once.
/// </summary>
public sealed class RepeatabilityAnalysis : IAnalysis
{
    /// <inheritdoc/>
    public string Kind => "repeatability";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options { get; } =
    [
        new("subject", new TextShape { Names = NameOf.Label }, "Column that names the patient or phantom; its cells never leave.") { Required = true },
        new("condition", new ChoiceShape("same-scanner", "any-scanner"), "same-scanner: scans of one subject on one scanner (repeatability); any-scanner: all its scans at a hospital (reproducibility).") { Default = "same-scanner" },
        new("confidence", new NumberShape(0, 1) { Between = true }, "Confidence of the intervals.") { Default = 0.95 },
        .. StageSelection.Keys,
    ];

    /// <inheritdoc/>
    public int Parameters(StudyPlan plan, AnalysisSpecification specification) => 0;

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification)
    {
        int columns = StageSelection.Read(plan, specification).Stages.Length * plan.Features.Length;
        _ = Subject(plan, specification);
        return
        [
            new StepDeclaration(RepeatSums.Sizes, ExchangeKind.Sum, "Mean and scale of every feature.", LocationSums.Declared(columns)),
            new StepDeclaration(RepeatSums.Step, ExchangeKind.Sum, "How much repeated scans of one subject differ.", RepeatSums.Declared(columns)),
        ];
    }

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        StageSelection selection = StageSelection.Read(context.Plan, context.Specification);
        int features = context.Plan.Features.Length, columns = selection.Stages.Length * features;
        var sizes = new SumStep(RepeatSums.Sizes, Broadcast.Empty, new SumLayout(LocationSums.Blocks(columns)));
        yield return sizes;
        LocationSums location = LocationSums.Read(sizes.Sum);
        var repeats = new SumStep(RepeatSums.Step, Broadcast.Of(Tensor.Vector(RepeatSums.Exponent, location.ExponentValues())), RepeatSums.Layout(location.Exponent));
        yield return repeats;
        Repeatability[] found = [.. Enumerable.Range(0, columns).Select(c => RepeatSums.Read(repeats.Sum, c))];
        if (found.All(f => f.Subjects == 0))
            throw Grouping.Refused("E2904", context.Specification, $"no '{PlainText.Shown(Subject(context.Plan, context.Specification))}' has two scans that can be compared: check the column and the condition");
        yield return new ConclusionStep(Result(context, selection, found));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        StageSelection selection = StageSelection.Read(context.Plan, context.Specification);
        var table = StageTable.Of(context, selection);
        switch (step)
        {
            case RepeatSums.Sizes:
                var sizes = new SumVector(new SumLayout(LocationSums.Blocks(table.Columns)));
                LocationSums.Fill(table, sizes);
                return new SiteAnswer { Sum = sizes, Packed = LocationSums.Packed };
            case RepeatSums.Step:
                ImmutableArray<int> exponent = new BroadcastReader(broadcast).WholeNumbers(RepeatSums.Exponent, -LocationSums.MostExponent, LocationSums.MostExponent, table.Columns);
                double[] subject = Grouping.Find(context.Plan, context.Specification, Subject(context.Plan, context.Specification)).Read(context, null);
                bool sameScanner = (string?)context.Specification.Options["condition"] is not "any-scanner";
                return new SiteAnswer { Sum = RepeatSums.Of(table, context.Table.Scanner, subject, sameScanner, context.LeastCount ?? 0, exponent) };
            default:
                throw new BroadcastInvalidException($"{Kind} has no step {step}.");
        }
    }

    private static string Subject(StudyPlan plan, AnalysisSpecification specification) => Grouping.Find(plan, specification, (string)specification.Options["subject"]!).Name;

    private static AnalysisResult Result(CoordinatorContext context, StageSelection selection, Repeatability[] found)
    {
        double confidence = (double?)context.Specification.Options["confidence"] ?? 0.95;
        string[] columns =
        [
            "stage", "feature", "subjects", "scans", "mean", "within_sd", "within_sd_lower", "within_sd_upper", "rc", "rc_lower", "rc_upper", "wcv", "wcv_rms", "limit_lower", "limit_upper",
        ];
        int features = context.Plan.Features.Length;
        IReadOnlyList<object?>[] rows = [.. found.Select((f, c) => (IReadOnlyList<object?>)[StageSelection.Word(selection.Stages[c / features]), context.Plan.Features[c % features], .. Cells(f, confidence)])];
        var document = new JsonObject
        {
            ["subject"] = Subject(context.Plan, context.Specification),
            ["condition"] = (string?)context.Specification.Options["condition"] ?? "same-scanner",
            ["confidence"] = confidence,
            ["sites"] = context.Sites,
            ["units"] = "within_sd, rc: units of the feature; wcv, wcv_rms, limits: fractions of it",
            ["features"] = new JsonArray([.. rows.Select(r => (JsonNode)ResultCells.Row(columns, r))]),
        };
        return new AnalysisResult(document, [new ResultTable("repeatability", [.. columns], rows)]);
    }

    private static object?[] Cells(Repeatability found, double confidence)
    {
        if (found.Degrees == 0) return [found.Subjects, found.Scans, null, null, null, null, null, null, null, null, null, null, null];
        (double lower, double upper) = found.IntervalFactors(confidence);
        double?[] numbers =
        [
            found.Mean, found.WithinDeviation, found.WithinDeviation * lower, found.WithinDeviation * upper, found.Coefficient, found.Coefficient * lower, found.Coefficient * upper,
            found.LogVariation, found.RootMeanSquareVariation, found.Limits.Lower, found.Limits.Upper,
        ];
        return [found.Subjects, found.Scans, .. numbers.Select(n => (object?)ResultCells.Defined(n!.Value))];
    }
}
