using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Survey;

namespace Federated.Analyses.Tests.Study;

/// <summary>A catalogue whose kinds use every shape an option may have, so that reading is tested apart from any analysis' own choice of options.</summary>
internal static class ExampleAnalyses
{
    public static ImmutableArray<IAnalysis> Catalogue { get; } =
    [
        new Example(SurveyAnalysis.Name),
        new Example("combat",
            new OptionKey("empirical-bayes", new ChoiceShape("parametric", "nonparametric", "none"), "Shrinkage.") { Default = "parametric" },
            new OptionKey("mean-only", new BooleanShape(), "Locations only.") { Default = false },
            new OptionKey("reference", new TextShape { Names = NameOf.Scanner }, "Reference scanner."),
            new OptionKey("smooth", new ListShape(new ObjectShape(
                new OptionKey("covariate", new TextShape { Names = NameOf.ContinuousCovariate }, "Covariate.") { Required = true },
                new OptionKey("knots", new IntegerShape(4, 50), "Knots.") { Default = 10L },
                new OptionKey("bounds", new ListShape(new NumberShape(double.MinValue, double.MaxValue), 2, 2), "Ends."),
                new OptionKey("penalty", new EitherShape(new ChoiceShape("gcv"), new NumberShape(0, double.MaxValue)), "Penalty.") { Default = "gcv" }), 0, 8), "Splines.")
            { Default = new JsonArray() },
            new OptionKey("covariance", new ObjectShape(), "Later.") { NotAvailable = "covariance is not available in this version; leave it out" }),
        new Example("describe",
            new OptionKey("from", new TextShape { Names = NameOf.EarlierCombat }, "Which harmonization."),
            new OptionKey("quantiles", new ListShape(new NumberShape(0, 1) { Between = true }, 1, 9), "Quantiles.") { Default = new JsonArray(0.25, 0.5, 0.75) },
            new OptionKey("level", new NumberShape(0, 1), "Level.")),
    ];

    private sealed class Example(string kind, params ImmutableArray<OptionKey> options) : IAnalysis
    {
        public string Kind => kind;

        public ImmutableArray<OptionKey> Options => options;

        public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification) =>
            string.Equals(specification.Id, "refused", StringComparison.Ordinal)
                ? throw new AnalysisRefusedException("E2999", "example: refused by its own rule: choose another id.")
                :
                [
                    new StepDeclaration("sums", ExchangeKind.Sum, "Sums of every feature.",
                    [
                        new DeclaredItem("n", [], "Number of rows."),
                        new DeclaredItem("y", [plan.Features.Length], "Sum of each feature."),
                        new DeclaredItem("xy", [plan.DesignColumns.Length, plan.Features.Length], "Products of covariates and features."),
                        new DeclaredItem("shared", [-1, plan.Features.Length], "Sums of scanners that several hospitals hold."),
                    ]),
                    new StepDeclaration("effects", ExchangeKind.Report, "Effects of each scanner.",
                        [new DeclaredItem("scanner_effects", [-1, 2, plan.Features.Length], "Location and scale of each scanner, per feature.")], "Scanner effects are shared."),
                ];

        public IEnumerable<Step> Coordinate(CoordinatorContext context) => throw new NotSupportedException("Only declared in these tests.");

        public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast) => throw new NotSupportedException("Only declared in these tests.");
    }
}
