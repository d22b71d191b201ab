using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Regression;
using Federated.Analyses.Study;
using Federated.Analyses.Values;

namespace Federated.Analyses.Validation;

/// <summary>
/// The coordinator half of a validation: every part is predicted by a model that has seen nothing of it, neither in its fit, nor in its harmonization, nor in the choice of
/// its penalty. Varma and Simon, BMC Bioinformatics 7:91, 2006.
/// </summary>
internal sealed class ValidationCourse
{
    private const double Reach = 4; // bins span so many standard deviations of the predictions about their mean

    private readonly CoordinatorContext _context;
    private readonly IAnalysis _analysis;
    private readonly RegressionModel _model;
    private readonly ValidationOptions _options;
    private readonly AnalysisSpecification? _combat;
    private readonly ImmutableArray<(string Name, PlanValue? Value, int Level)> _groups;

    public ValidationCourse(CoordinatorContext context, IAnalysis analysis, RegressionModel model)
    {
        (_context, _analysis, _model) = (context, analysis, model);
        _options = model.Options.Validation ?? throw new ArgumentException("The model is not validated.", nameof(model));
        _combat = Combat(context.Plan, model);
        _groups = FoldSums.Groups(context.Plan, _options);
    }

    /// <summary>What the validation found.</summary>
    public JsonObject Found { get; } = [];

    /// <summary>The combat that is estimated anew on each part; null = none.</summary>
    public static AnalysisSpecification? Combat(StudyPlan plan, RegressionModel model) => model.Options is { From: { } from, Validation.Inside: true }
        ? plan.Analyses.First(a => string.Equals(a.Id, from, StringComparison.Ordinal))
        : null;

    /// <summary>The steps as the manifest shows them.</summary>
    public static IEnumerable<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification, IAnalysis analysis, RegressionModel model) =>
        [.. new FoldModel(new CoordinatorContext(plan, specification, null, 0), analysis, Combat(plan, model)).Declare(), .. FoldSums.Declare(plan, model.Options.Validation!)];

    /// <summary>Asks until every part is predicted.</summary>
    public IEnumerable<Step> Steps()
    {
        Found["harmonize"] = _options.Inside ? "inside" : "before";
        Found["nested"] = _options.Inner;
        Found["seed"] = _options.Seed;
        var apparent = new Performance(_context, _groups);
        foreach (Step step in Part(new FoldPart(Holdout.Nothing, 0, -1), "all", apparent)) yield return step;
        Found["apparent"] = apparent.Document();
        if (_options.Folds > 0)
        {
            var folds = new Performance(_context, _groups);
            for (int fold = 0; fold < _options.Folds; fold++)
                foreach (Step step in Part(new FoldPart(Holdout.Fold, fold, -1), (fold + 1).ToString(CultureInfo.InvariantCulture), folds)) yield return step;
            Found["folds"] = folds.Document();
            Found["optimism"] = Performance.Optimism(apparent, folds);
        }

        if (!_options.BySite) yield break;
        var sites = new Performance(_context, _groups);
        ImmutableArray<string> names = PlanValue.Find(_context.Plan, _context.Plan.SiteColumn!)!.Levels;
        for (int site = 0; site < names.Length; site++)
            foreach (Step step in Part(new FoldPart(Holdout.Site, site, -1), names[site], sites)) yield return step;
        Found["leave_one_site_out"] = sites.Document();
    }

    private IEnumerable<Step> Part(FoldPart part, string name, Performance performance)
    {
        var fit = new FoldModel(_context, _analysis, _combat);
        foreach (Step step in fit.Fit(part, [])) yield return step;
        double[][] models = fit.Coefficients();
        double[] model = models[0];
        double? strength = fit.Found["lambda"] is JsonArray path ? (double)path[0]! : null;
        if (_options.Inner > 0)
        {
            double[] strengths = [.. fit.Found["lambda"]!.AsArray().Select(l => (double)l!)], losses = new double[strengths.Length];
            for (int inner = 0; inner < _options.Inner; inner++)
            {
                FoldPart within = part with { Inner = inner };
                var own = new FoldModel(_context, _analysis, _combat);
                foreach (Step step in own.Fit(within, strengths)) yield return step;
                var loss = new SumStep(FoldSums.Losses, within.Broadcast(own.Harmonization, FoldSums.Models(own.Coefficients())), FoldSums.LossLayout(strengths.Length));
                yield return loss;
                for (int s = 0; s < strengths.Length; s++) losses[s] += loss.Sum[FoldSums.Loss, s];
            }

            int best = Array.IndexOf(losses, losses.Min());
            (model, strength) = (models[best], strengths[best]);
        }

        var spread = new SumStep(FoldSums.Spread, part.Broadcast(fit.Harmonization, FoldSums.Models([model])), FoldSums.SpreadLayout);
        yield return spread;
        double rows = spread.Sum[FoldSums.Rows, 0];
        if (rows == 0)
        {
            performance.Add(name, strength, null, 0, 1);
            yield break;
        }

        double mean = spread.Sum[FoldSums.Total, 0] / rows, deviation = Math.Sqrt(Math.Max(0, (spread.Sum[FoldSums.Squares, 0] / rows) - (mean * mean)));

        // Predictions that differ by rounding alone are the same: they share a bin.
        if (!(deviation > 1e-9 * (1 + Math.Abs(mean)))) deviation = 1;
        double width = 2 * Reach * deviation / FoldSums.Bins, first = mean - (Reach * deviation) + (width / 2);
        var scores = new SumStep(FoldSums.Scores, part.Broadcast(fit.Harmonization, FoldSums.Scored(model, first, width)), FoldSums.ScoreLayout(_groups.Length));
        yield return scores;
        performance.Add(name, strength, scores.Sum, first, width);
    }
}
