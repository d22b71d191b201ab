using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Validation;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Regression;

/// <summary>
/// A generalized linear model with canonical link, exactly as on the pooled rows: a first sum for means and scales, a second to start from, then one sum of
/// gradient and curvature for each step of Newton's method, to the last digits. Conventions are those of R's glm.
/// </summary>
public sealed class GeneralizedAnalysis : IAnalysis
{
    private readonly IFamily _family;
    private readonly string _possible;

    private GeneralizedAnalysis(string kind, IFamily family, string possible)
    {
        Kind = kind;
        _family = family;
        _possible = possible;
    }

    /// <summary>Outcomes of two kinds: 0 and 1, or the two levels of a category, the second of which is the event.</summary>
    public static GeneralizedAnalysis Logistic { get; } = new("logistic", new BinomialFamily(), "0 or 1");

    /// <summary>Counts.</summary>
    public static GeneralizedAnalysis Poisson { get; } = new("poisson", new PoissonFamily(), "whole numbers from 0 on");

    /// <inheritdoc/>
    public string Kind { get; }

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options => RegressionOptions.Keys;

    /// <inheritdoc/>
    public int Parameters(StudyPlan plan, AnalysisSpecification specification) => RegressionModel.Of(plan, specification).Columns.Length;

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification)
    {
        RegressionModel model = RegressionModel.Of(plan, specification);
        IEnumerable<StepDeclaration> steps = model.Options.Penalty is null ? GeneralizedSums.Declare(model) : PathSums.Declare(model);
        return [RegressionSizes.Declare(model), .. steps, .. model.Options.Validation is null ? [] : ValidationCourse.Declare(plan, specification, this, model)];
    }

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        RegressionModel model = RegressionModel.Of(context.Plan, context.Specification);
        if (model.Options.Validation is null)
        {
            foreach (Step step in Fit(context, model)) yield return step;
            yield break;
        }

        AnalysisResult? fitted = null;
        foreach (Step step in Fit(context, model))
        {
            if (step is ConclusionStep conclusion) fitted = conclusion.Result;
            else yield return step;
        }

        var validation = new ValidationCourse(context, this, model);
        foreach (Step step in validation.Steps()) yield return step;
        fitted!.Document["validation"] = validation.Found;
        yield return new ConclusionStep(fitted);
    }

    private IEnumerable<Step> Fit(CoordinatorContext context, RegressionModel model)
    {
        var sizesStep = new SumStep(RegressionSizes.Step, Broadcast.Empty, RegressionSizes.Layout(model));
        yield return sizesStep;
        RegressionSizes sizes = RegressionSizes.Read(sizesStep.Sum);
        RegressionRequirements.Check(context.Specification, model, sizes, _possible);
        double mean = sizes.WeightedMean;
        if (mean == 0 || (_family is BinomialFamily && sizes.ResponseMean == 1)) throw RegressionRequirements.Constant(context.Specification, model, sizes.ResponseMean);

        RegressionFrame frame = RegressionFrame.OfGeneralized(model, sizes, _family is PoissonFamily);
        double constant = model.Intercept ? _family.PredictorOf(mean) : 0;
        if (model.Options.Penalty is not null)
        {
            var spread = new SumStep(PathSums.Spread, new Broadcast([.. frame.ToTensors()]), PathSums.SpreadLayout(model, frame));
            yield return spread;
            var path = new PenalizedFit(context, model, sizes, frame, PathSums.ReadSpread(spread.Sum));
            foreach (Step step in path.Search(constant - sizes.OffsetMean)) yield return step;
            yield return new ConclusionStep(PathResult.Of(context, model, sizes, _family.Name, path.Path, path.NullDeviance, path.Points));
            yield break;
        }

        var start = new SumStep(
            GeneralizedSums.Start, new Broadcast([.. frame.ToTensors(), Tensor.Scalar(GeneralizedSums.Constant, constant)]), GeneralizedSums.StartLayout(model, frame));
        yield return start;
        var fit = new GeneralizedFit(context, model, sizes, frame, GeneralizedSums.ReadStart(start.Sum, model));
        foreach (Step step in fit.Search(_family)) yield return step;
        double nullDeviance = fit.Start.NullDeviance;
        if (model is { Intercept: true, Offset: not null })
        {
            var nothing = new GeneralizedFit(context, model, sizes, frame, fit.Start.Constant(constant - sizes.OffsetMean));
            foreach (Step step in nothing.Search(_family)) yield return step;
            nullDeviance = nothing.Found.Deviance;
        }

        yield return new ConclusionStep(RegressionResult.OfGeneralized(context, model, sizes, _family, fit, nullDeviance));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        RegressionModel model = RegressionModel.Of(context.Plan, context.Specification);
        if (step.StartsWith("fold-", StringComparison.Ordinal))
            return FoldModel.Answer(context, this, model, ValidationCourse.Combat(context.Plan, model), step, broadcast);
        RegressionRows rows = RegressionRows.Of(context, model);
        if (step == RegressionSizes.Step) return RegressionSizes.Answer(model, rows, context.Table, _family.IsPossible);
        var reader = new BroadcastReader(broadcast);
        RegressionFrame frame = RegressionFrame.Read(reader, model);
        return new SiteAnswer
        {
            Sum = step switch
            {
                GeneralizedSums.Start => GeneralizedSums.FillStart(model, rows, frame, reader, _family),
                GeneralizedSums.Scores => GeneralizedSums.FillScores(model, rows, frame, reader, _family),
                PathSums.Spread when model.Options.Penalty is not null => PathSums.FillSpread(model, rows, frame),
                PathSums.Step when model.Options.Penalty is not null => PathSums.Fill(model, rows, frame, reader, _family),
                GeneralizedSums.Separation => GeneralizedSums.FillSeparation(model, rows, frame, reader, _family),
                _ => throw new BroadcastInvalidException($"{Kind} has no step {step}."),
            },
        };
    }
}
