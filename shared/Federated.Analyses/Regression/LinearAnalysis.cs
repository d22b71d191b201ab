using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Statistics.Kernels;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Regression;

/// <summary>
/// Weighted linear regression, exactly as on the pooled rows: one sum for means and scales, one for the products of all columns about those means, in twice the
/// digits of a double. Conventions are those of R's lm.
/// </summary>
public sealed class LinearAnalysis : IAnalysis
{
    private const string Products = "products";
    private const string LogWeights = "log_weights";

    /// <inheritdoc/>
    public string Kind => "linear";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options => RegressionOptions.Keys;

    /// <inheritdoc/>
    public int Parameters(StudyPlan plan, AnalysisSpecification specification) => RegressionModel.Of(plan, specification).Columns.Length;

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification)
    {
        RegressionModel model = RegressionModel.Of(plan, specification);
        int width = model.Columns.Length + 2;
        return
        [
            RegressionSizes.Declare(model),
            new StepDeclaration(Products, ExchangeKind.Sum, "Coefficients and their standard errors.",
            [
                new DeclaredItem(Products, [SymmetricSums.Length(width)], "Products of every two of the model's columns, outcome and offset, about their means over all hospitals."),
                new DeclaredItem(LogWeights, [], "Sum of the logarithms of the weights."),
            ]),
        ];
    }

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        RegressionModel model = RegressionModel.Of(context.Plan, context.Specification);
        var sizesStep = new SumStep(RegressionSizes.Step, Broadcast.Empty, RegressionSizes.Layout(model));
        yield return sizesStep;
        RegressionSizes sizes = RegressionSizes.Read(sizesStep.Sum);
        RegressionRequirements.Check(context.Specification, model, sizes, "finite numbers");

        RegressionFrame frame = RegressionFrame.OfLinear(model, sizes);
        var products = new SumStep(Products, new Broadcast([.. frame.ToTensors()]), Layout(model, frame));
        yield return products;

        int width = model.Columns.Length + 2, response = model.Columns.Length;
        DoubleDouble[] sums = SymmetricSums.Read(products.Sum, Products, width);
        if (model.Options.Penalty is not null)
        {
            if (ColumnSpread.Of(sums, width).Variance[response] <= 0) throw RegressionRequirements.Constant(context.Specification, model, sizes.ResponseMean);
            (List<PathPoint> path, double nullDeviance) = PenalizedLinear.Fit(context, model, sizes, frame, sums);
            yield return new ConclusionStep(PathResult.Of(context, model, sizes, "gaussian", path, nullDeviance, 1));
            yield break;
        }

        LeastSquares fit = LeastSquares.Fit(sums, frame.Scaling, frame.ResponseCentre, frame.ResponseExponent, sizes.Rows, products.Sum[LogWeights, 0]);
        double level = double.ScaleB(sizes.ResponseMean, -frame.ResponseExponent);
        if (sums[(response * width) + response].High <= RoundingShare * level * level * sizes.WeightSum && model is { Intercept: true, Offset: null } && sizes.Sites.Varying == 0)
            throw RegressionRequirements.Constant(context.Specification, model, sizes.ResponseMean);
        if (fit.ResidualDegrees <= 0)
            throw new AnalysisRefusedException("E2305", $"Analysis {context.Specification.Id}: {sizes.Rows} rows cannot carry {fit.Rank} coefficients: add rows, or name fewer predictors.");
        yield return new ConclusionStep(RegressionResult.OfLinear(context, model, sizes, fit));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        RegressionModel model = RegressionModel.Of(context.Plan, context.Specification);
        RegressionRows rows = RegressionRows.Of(context, model);
        switch (step)
        {
            case RegressionSizes.Step:
                return RegressionSizes.Answer(model, rows, context.Table, double.IsFinite);
            case Products:
                RegressionFrame frame = RegressionFrame.Read(new BroadcastReader(broadcast), model);
                var sum = new SumVector(Layout(model, frame));
                foreach (ModelRows scaled in rows.Scaled(frame))
                {
                    SymmetricSums.Add(sum, Products, scaled.Products(), model.Columns.Length + 2);
                    sum.Add(LogWeights, 0, Summation.Sum([.. scaled.Weights.Select(w => Math.Log(w))]));
                }

                return new SiteAnswer { Sum = sum };
            default:
                throw new BroadcastInvalidException($"linear has no step {step}.");
        }
    }

    // What is left of an outcome that is the same in every row is rounding of its mean.
    private const double RoundingShare = 1e-28;

    private static SumLayout Layout(RegressionModel model, RegressionFrame frame) =>
        new(SymmetricSums.Block(Products, model.Columns.Length + 2, frame.ProductUnit), SumBlock.Counts(LogWeights));
}
