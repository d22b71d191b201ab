using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;

namespace Federated.Analyses.Combat;

/// <summary>
/// Exact ComBat over sites: scanner effects of location and scale are removed, covariate effects, straight or smooth, are kept. Covariates and features are summed
/// about their scanner's means (Frisch-Waugh), so no site's scanner shows in a sum; each site estimates and adjusts its own scanners. Equal to ComBat
/// on the pooled rows to about 1e-12 of a feature's standard deviation. Johnson, Li and Rabinovic, Biostatistics 2007; Fortin et al., NeuroImage
/// 2017; Pomponio et al., NeuroImage 2020 (smooth effects); Chen et al., Human Brain Mapping 2022
/// (covariance).
/// </summary>
public sealed class CombatAnalysis : IAnalysis
{
    /// <inheritdoc/>
    public string Kind => "combat";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options { get; } =
    [
        new("empirical-bayes", new ChoiceShape("parametric", "nonparametric", "none"), "How scanner effects are shrunk towards what is common to all features.")
        { Default = "parametric" },
        new("mean-only", new BooleanShape(), "Remove effects of location only, and leave scales as they are.") { Default = false },
        new("reference", new TextShape { Names = NameOf.Scanner }, "Scanner that all others are brought to; absent: the average of all."),
        new("stopping", new ChoiceShape("converged", "compatible"), "Iterate to convergence, or stop as sva and neuroCombat do, to reproduce their figures.")
        { Default = "converged" },
        SmoothOptions.Key,
        CovarianceOptions.Key,
        Later("random-intercept", "Repeated scans of a patient (longitudinal ComBat)."),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification)
    {
        CombatOptions options = CombatOptions.From(specification.Options);
        int k = new CombatDesign(plan, options).Columns;
        int p = plan.Features.Length;
        bool reportsEffects = plan.Privacy.ScannerEffects == ScannerEffectsTerms.Shared;

        var steps = new List<StepDeclaration>
        {
            new(CombatLayouts.ScannerMeans, ExchangeKind.Sum, "Joint means of each scanner that several sites hold.",
            [
                new DeclaredItem(CombatLayouts.Rows, [-1], "Rows of each such scanner."),
                new DeclaredItem(CombatLayouts.SumX, [-1, k], "Sum of each covariate column over the scanner's rows."),
                new DeclaredItem(CombatLayouts.SumY, [-1, p], "Sum of each feature over the scanner's rows."),
                new DeclaredItem(CombatLayouts.Observed, [-1, -1], "Rows that have a value, for each feature with missing values."),
                new DeclaredItem(CombatLayouts.ObservedSumX, [-1, -1], "Sum of each covariate column over those rows."),
            ], "Some scanner has rows at more than one site."),
            new(CombatLayouts.WithinScanners, ExchangeKind.Sum, "Covariate effects, grand mean and pooled variance of every feature.",
            [
                new DeclaredItem(CombatLayouts.Rows, [], "Number of rows."),
                new DeclaredItem(CombatLayouts.SumX, [k], "Sum of each covariate column over all rows."),
                new DeclaredItem(CombatLayouts.SumY, [p], "Sum of each feature over all rows."),
                new DeclaredItem(CombatLayouts.XX, [k * k], "Products of covariates about their scanner's means, summed over all rows."),
                new DeclaredItem(CombatLayouts.XY, [k, p], "Products of covariates and features about their scanner's means, summed over all rows."),
                new DeclaredItem(CombatLayouts.YY, [p], "Squares of features about their scanner's means, summed over all rows."),
                new DeclaredItem(
                    CombatLayouts.Constant, [CombatLayouts.CounterElements(p)], "In how many scanners each feature has one value only; eight counters per number."),
                new DeclaredItem(CombatLayouts.WeightRows, [-1], "Rows of scanners that measure it, for each feature with missing values."),
                new DeclaredItem(CombatLayouts.Observed, [-1], "Rows that have a value, for each feature with missing values."),
                new DeclaredItem(CombatLayouts.ObservedSumX, [-1], "Sum of covariate means of those rows, weighted by the scanner's rows."),
                new DeclaredItem(CombatLayouts.ObservedXX, [-1], "Products of covariates about their means over those rows."),
            ]),
        };
        if (options.Reference is not null)
        {
            steps.Add(new StepDeclaration(
                CombatLayouts.Reference, ExchangeKind.Sum,
                $"Location and variance of the reference scanner {options.Reference}. Its holder alone fills this vector, so these numbers are that holder's.",
                [
                    new DeclaredItem(
                        CombatLayouts.SumY, [p], "Sum of each feature's distance from the consortium's model over the reference scanner's rows."),
                    new DeclaredItem(CombatLayouts.Squares, [p], "Residual sum of squares of each feature on the reference scanner."),
                    new DeclaredItem(CombatLayouts.Observed, [-1], "Its rows that have a value, for each feature with missing values."),
                ]));
        }

        steps.Add(new StepDeclaration(
            CombatLayouts.ScannerSpread, ExchangeKind.Sum, "Joint spread of each scanner that several sites hold.",
            [
                new DeclaredItem(CombatLayouts.Squares, [-1, p], "Residual sum of squares of each feature about the scanner's mean."),
                new DeclaredItem(CombatLayouts.Varying, [-1, p], "Number of its holders at which the feature varies."),
            ], "Some scanner has rows at more than one site."));
        if (options.Covariance is not null) steps.AddRange(CovarianceLayouts.Declare(p, options.Reference));
        steps.Add(new StepDeclaration(
            CombatLayouts.Estimates, ExchangeKind.Report, "Every site adjusts its rows and keeps them.",
            [
                new DeclaredItem("rows", [2], "Number of rows used, and number left out for each reason."),
                .. reportsEffects
                    ? (ReadOnlySpan<DeclaredItem>)[new DeclaredItem(
                        "scanner_effects", [-1, 2, p], "Location and scale effect of each scanner at the site, per feature.")]
                    : [],
            ]));
        return steps;
    }

    /// <inheritdoc/>
    public int Parameters(StudyPlan plan, AnalysisSpecification specification) => new CombatDesign(plan, CombatOptions.From(specification.Options)).Columns;

    private static OptionKey Later(string name, string description) => new(name, new BooleanShape(), description + " Not available in this version.")
    { NotAvailable = $"{name} is not available in this version; leave it out" };

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context) => new CombatCoordinator(context).Steps();

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        CombatOptions options = CombatOptions.From(context.Specification.Options);
        int? reference = options.Reference is null ? null : context.Plan.Scanners.IndexOf(options.Reference);
        var site = new CombatSite(context.Plan, options, context.Table, broadcast);
        return step switch
        {
            CombatLayouts.ScannerMeans => site.ScannerMeans(),
            CombatLayouts.WithinScanners => site.WithinScanners(),
            CombatLayouts.Reference when reference is { } index => site.Reference(index),
            CombatLayouts.ScannerSpread => site.ScannerSpread(),
            CovarianceLayouts.Products when options.Covariance is not null => site.CovarianceProducts(reference, context.Plan.Privacy.Aggregation == Aggregation.Plain && context.LeastCount is not null),
            CovarianceLayouts.Scores when options.Covariance is not null => site.CovarianceScores(reference),
            CombatLayouts.Estimates => site.Estimates(reference),
            _ => throw new BroadcastInvalidException($"combat has no step {step} under this plan."),
        };
    }
}
