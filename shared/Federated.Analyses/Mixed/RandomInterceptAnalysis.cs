using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Regression;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Statistics.Mixed;

namespace Federated.Analyses.Mixed;

/// <summary>
/// The linear model with a random intercept per group (REML and ML), variance components and the intraclass correlation with its interval: as lme4's
/// `lmer(outcome ~ predictors + (1 | group))` on the pooled rows, from two sums.
/// </summary>
public sealed class RandomInterceptAnalysis : IAnalysis
{
    /// <inheritdoc/>
    public string Kind => "random-intercept";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options { get; } =
    [
        .. RegressionOptions.Keys.Where(k => k.Name is "outcome"),
        .. RegressionOptions.Keys.Where(k => k.Name is "predictors").Select(k => k with { Required = false, Default = new JsonArray() }),
        .. RegressionOptions.Keys.Where(k => k.Name is "from" or "factors" or "confidence"),
        new("group", new TextShape { Names = NameOf.Category }, "What makes rows of one group: a category whose levels the plan lists; results name each group's intercept."),
        new("subject", new TextShape { Names = NameOf.Label }, "Instead of group: labels, such as patients, that never leave; results tell the variation between them only."),
    ];

    /// <inheritdoc/>
    public int Parameters(StudyPlan plan, AnalysisSpecification specification) => RegressionModel.Of(plan, specification).Columns.Length + 1;

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification)
    {
        (RegressionModel model, Grouping grouping) = Read(plan, specification);
        return [RegressionSizes.Declare(model), GroupSums.Declare(model, grouping)];
    }

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        (RegressionModel model, Grouping grouping) = Read(context.Plan, context.Specification);
        var sizesStep = new SumStep(RegressionSizes.Step, Broadcast.Empty, RegressionSizes.Layout(model));
        yield return sizesStep;
        RegressionSizes sizes = RegressionSizes.Read(sizesStep.Sum);
        RegressionRequirements.Check(context.Specification, model, sizes, "finite numbers");

        RegressionFrame frame = RegressionFrame.OfLinear(model, sizes);
        var groupsStep = new SumStep(GroupSums.Step, new Broadcast([.. frame.ToTensors()]), GroupSums.Layout(model, frame, grouping));
        yield return groupsStep;
        GroupsFound found = GroupSums.Read(groupsStep.Sum, model, frame, grouping);
        string name = PlainText.Shown(grouping.Value.Name);
        if (found.Sums.Groups < 2 || found.Sums.Rows - found.Sums.Groups < 1 || found.Sums.Rows <= found.Kept.Length)
            throw Grouping.Refused("E2902", context.Specification, $"{found.Sums.Rows} rows in {found.Sums.Groups} groups of '{name}' cannot carry {found.Kept.Length} coefficients and two variances: at least two groups, and one with two rows, are needed");
        var restricted = RandomIntercept.Fit(found.Sums, restricted: true, model.Options.Confidence);
        var ordinary = RandomIntercept.Fit(found.Sums, restricted: false, model.Options.Confidence);
        if (restricted is null || ordinary is null)
            throw Grouping.Refused("E2903", context.Specification, $"outcome '{PlainText.Shown(model.Outcome.Name)}' does not vary within the groups of '{name}' beyond what the predictors say, so there is no variance to compare with: choose another outcome or group");
        yield return new ConclusionStep(RandomInterceptResult.Of(context, model, grouping, sizes, found, restricted, ordinary));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        (RegressionModel model, Grouping grouping) = Read(context.Plan, context.Specification);
        switch (step)
        {
            case RegressionSizes.Step:
                var grouped = GroupedRows.Of(context, model, grouping);
                return RegressionSizes.Answer(model, grouped.Rows, grouped.Table, double.IsFinite);
            case GroupSums.Step:
                return GroupSums.Answer(context, model, RegressionFrame.Read(new BroadcastReader(broadcast), model), grouping);
            default:
                throw new BroadcastInvalidException($"{Kind} has no step {step}.");
        }
    }

    // 200 columns: every point of the profile factors their matrix anew, in twice the digits of a double.
    private const int MostColumns = 200;

    private static (RegressionModel Model, Grouping Grouping) Read(StudyPlan plan, AnalysisSpecification specification)
    {
        RegressionModel model = RegressionModel.Of(plan, specification);
        return model.Columns.Length <= MostColumns ? (model, Grouping.Of(plan, specification))
            : throw Grouping.Refused(Grouping.Unfit, specification, $"{model.Columns.Length:N0} columns, and a mixed model takes at most {MostColumns}: name fewer predictors");
    }
}
