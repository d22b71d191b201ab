using System.Collections.Immutable;
using Federated.Analyses.Regression;
using Federated.Analyses.Study;
using Federated.Analyses.Values;

namespace Federated.Analyses.Survival;

/// <summary>What an analysis of survival reads of a row: every name of its options resolved under a plan.</summary>
internal sealed record SurvivalModel
{
    public required PlanValue Time { get; init; }

    public required PlanValue Status { get; init; }

    public PlanValue? Start { get; init; }

    public PlanValue? Group { get; init; }

    public PlanValue? Strata { get; init; }

    public PlanValue? Weights { get; init; }

    public PlanValue? Cluster { get; init; }

    /// <summary>Predictors, each once.</summary>
    public ImmutableArray<PlanValue> Predictors { get; init; } = [];

    /// <summary>Columns of the design, named as in R; no intercept.</summary>
    public ImmutableArray<RegressionColumn> Columns { get; init; } = [];

    /// <summary>Id of the combat whose features `harmonized` means.</summary>
    public string? From { get; init; }

    /// <summary>Edges of the agreed grid; null = exact times.</summary>
    public ImmutableArray<double>? Grid { get; init; }

    public int StratumCount => Strata?.Levels.Length ?? 1;

    public int GroupCount => Group?.Levels.Length ?? 1;

    /// <summary>The model of a plan's entry.</summary>
    /// <exception cref="AnalysisRefusedException">E2501: the options do not go together.</exception>
    public static SurvivalModel Of(StudyPlan plan, AnalysisSpecification specification)
    {
        PlanValue status = SurvivalOptions.Named(plan, specification, "status")!;
        if (status.IsCategory && status.Levels.Length != 2)
            throw Unfit(specification, $"status '{PlainText.Shown(status.Name)}' has {status.Levels.Length} levels: it is 1 or 0, or one of two levels");
        (ImmutableArray<PlanValue> predictors, string? from) = PredictorsOf(plan, specification);
        var columns = ImmutableArray.CreateBuilder<RegressionColumn>();
        foreach (PlanValue predictor in predictors)
        {
            if (!predictor.IsCategory) columns.Add(new RegressionColumn(predictor.Name, predictor, -1));
            for (int level = 1; level < predictor.Levels.Length; level++) columns.Add(new RegressionColumn(predictor.Name + predictor.Levels[level], predictor, level));
        }

        if (columns.Count > RegressionModel.MostColumns)
            throw Unfit(specification, $"{columns.Count:N0} columns, and at most {RegressionModel.MostColumns:N0} can be fitted at once: name fewer predictors");
        return new SurvivalModel
        {
            Time = SurvivalOptions.Named(plan, specification, "time")!,
            Status = status,
            Start = SurvivalOptions.Named(plan, specification, "start"),
            Group = SurvivalOptions.Named(plan, specification, "group"),
            Strata = SurvivalOptions.Named(plan, specification, "strata"),
            Weights = SurvivalOptions.Named(plan, specification, "weights"),
            Cluster = SurvivalOptions.Named(plan, specification, "cluster"),
            Predictors = predictors,
            Columns = columns.ToImmutable(),
            From = from,
            Grid = SurvivalOptions.Grid(specification),
        };
    }

    /// <summary>A refusal that names the analysis.</summary>
    /// <param name="code">E25xx.</param>
    /// <param name="specification">The analysis.</param>
    /// <param name="what">What is wrong and how to mend it, without a full stop.</param>
    public static AnalysisRefusedException Refused(string code, AnalysisSpecification specification, string what) => new(code, $"Analysis {specification.Id}: {what}.");

    private static AnalysisRefusedException Unfit(AnalysisSpecification specification, string what) => Refused(SurvivalOptions.Unfit, specification, what);

    private static (ImmutableArray<PlanValue> Predictors, string? From) PredictorsOf(StudyPlan plan, AnalysisSpecification specification)
    {
        ImmutableArray<string> names = SurvivalOptions.Words(specification, "predictors");
        if (SurvivalOptions.Words(specification, "factors").FirstOrDefault(f => !names.Contains(f, StringComparer.Ordinal)) is { } stray)
            throw Unfit(specification, $"factor '{PlainText.Shown(stray)}' is no predictor: add it to predictors, or take it off factors");
        var predictors = ImmutableArray.CreateBuilder<PlanValue>();
        string? from = null;
        foreach (string name in names)
        {
            if (!string.Equals(name, ColumnChoice.Harmonized, StringComparison.Ordinal))
            {
                predictors.Add(SurvivalOptions.Find(plan, specification, name));
                continue;
            }

            string[] combats =
            [
                .. plan.Analyses.TakeWhile(a => !string.Equals(a.Id, specification.Id, StringComparison.Ordinal))
                    .Where(a => string.Equals(a.Kind, "combat", StringComparison.Ordinal)).Select(a => a.Id),
            ];
            if (combats.Length == 0) throw Unfit(specification, "predictors name harmonized features, but no combat comes before it: add one, or name features");
            from = (string?)specification.Options["from"] ?? combats[^1];
            predictors.AddRange(PlanValue.Harmonized(plan));
        }

        return (predictors.ToImmutable(), from);
    }
}
