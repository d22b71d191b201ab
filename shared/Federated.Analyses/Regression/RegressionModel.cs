using System.Collections.Immutable;
using Federated.Analyses.Study;
using Federated.Analyses.Values;

namespace Federated.Analyses.Regression;

/// <summary>One column of a regression's design.</summary>
/// <param name="Name">As in R: the predictor's name, and for a factor the level behind it.</param>
/// <param name="Value">What it holds; null for the intercept.</param>
/// <param name="Level">The level it marks; -1 for a number.</param>
internal sealed record RegressionColumn(string Name, PlanValue? Value, int Level);

/// <summary>A regression under a plan: its options, and every name in them resolved.</summary>
internal sealed record RegressionModel
{
    /// <summary>More columns than this make sums of hundreds of megabytes.</summary>
    public const int MostColumns = 2_000;

    private const string TooMany = "E2308";

    public required RegressionOptions Options { get; init; }

    public required PlanValue Outcome { get; init; }

    public required PlanValue? Offset { get; init; }

    public required PlanValue? Weights { get; init; }

    /// <summary>The intercept first, if there is one.</summary>
    public required ImmutableArray<RegressionColumn> Columns { get; init; }

    /// <summary>Predictors, each once.</summary>
    public required ImmutableArray<PlanValue> Predictors { get; init; }

    public bool Intercept => Options.Intercept;

    /// <summary>The model of a plan's entry.</summary>
    /// <exception cref="AnalysisRefusedException">E2301, E2302 or E2308.</exception>
    public static RegressionModel Of(StudyPlan plan, AnalysisSpecification specification)
    {
        RegressionOptions options = RegressionOptions.Read(plan, specification);
        string where = $"Analysis {specification.Id}";
        PlanValue outcome = Find(plan, options.Outcome, where);
        if (outcome.IsCategory && outcome.Levels.Length != 2)
            throw new AnalysisRefusedException("E2302", $"{where}: outcome '{PlainText.Shown(outcome.Name)}' has {outcome.Levels.Length} levels: an outcome is a number, or one of two levels.");

        var predictors = ImmutableArray.CreateBuilder<PlanValue>();
        foreach (string name in options.Predictors)
        {
            if (string.Equals(name, "harmonized", StringComparison.Ordinal)) predictors.AddRange(PlanValue.Harmonized(plan));
            else predictors.Add(Find(plan, name, where));
        }

        if (options.SiteEffects && !predictors.Any(p => string.Equals(p.Name, plan.SiteColumn, StringComparison.Ordinal))) predictors.Add(Find(plan, plan.SiteColumn!, where));
        var columns = ImmutableArray.CreateBuilder<RegressionColumn>();
        if (options.Intercept) columns.Add(new RegressionColumn("(Intercept)", null, -1));
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (PlanValue predictor in predictors)
        {
            if (string.Equals(predictor.Name, outcome.Name, StringComparison.Ordinal) && predictor.Source == outcome.Source)
                throw new AnalysisRefusedException(RegressionOptions.Unfit, $"{where}: '{PlainText.Shown(outcome.Name)}' is outcome and predictor at once: take it off predictors.");
            string shown = names.Add(predictor.Name) ? predictor.Name : $"{(predictor.Source == ValueSource.Harmonized ? "harmonized" : "measured")}:{predictor.Name}";

            // Without an intercept the first factor has a column for every level, as in R.
            bool full = predictor.IsCategory && !options.Intercept && !columns.Any(c => c.Value is { IsCategory: true });
            if (!predictor.IsCategory) columns.Add(new RegressionColumn(shown, predictor, -1));
            for (int level = full ? 0 : 1; level < predictor.Levels.Length; level++) columns.Add(new RegressionColumn(shown + predictor.Levels[level], predictor, level));
        }

        if (columns.Count == 0) throw new AnalysisRefusedException(RegressionOptions.Unfit, $"{where}: a model without intercept needs a predictor.");
        if (columns.Count > MostColumns)
            throw new AnalysisRefusedException(TooMany, $"{where}: {columns.Count:N0} columns, and at most {MostColumns:N0} can be fitted at once: name fewer predictors, or look at them one by one with kind: screen.");
        return new RegressionModel
        {
            Options = options,
            Outcome = outcome,
            Offset = options.Offset is null ? null : Find(plan, options.Offset, where),
            Weights = options.Weights is null ? null : Find(plan, options.Weights, where),
            Columns = columns.ToImmutable(),
            Predictors = predictors.ToImmutable(),
        };
    }

    private static PlanValue Find(StudyPlan plan, string name, string where) => PlanValue.Find(plan, name)
        ?? throw new AnalysisRefusedException(RegressionOptions.Unfit, $"{where}: '{PlainText.Shown(name)}' is no feature, covariate or column of the study: correct the name.");
}
