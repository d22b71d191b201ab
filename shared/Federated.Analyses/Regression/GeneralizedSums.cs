using Federated.Analyses.Exchange;
using Federated.Statistics.Kernels;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Regression;

/// <summary>What the start of Newton's method is summed from.</summary>
/// <param name="Products">Of every two columns, (k + 2) x (k + 2): tells which are aliased.</param>
/// <param name="Gradient">k.</param>
/// <param name="Curvature">k x k.</param>
/// <param name="NullDeviance">Deviance of the model that knows the mean only.</param>
/// <param name="First">A point to start from; null = the one that follows from gradient and curvature.</param>
/// <param name="InterceptOnly">Whether all columns but the intercept are left out.</param>
internal sealed record GeneralizedStart(
    DoubleDouble[] Products, DoubleDouble[] Gradient, DoubleDouble[] Curvature, double NullDeviance, double[]? First = null, bool InterceptOnly = false)
{
    /// <summary>The start of the model with an intercept only.</summary>
    public GeneralizedStart Constant(double intercept) => this with { First = [intercept], InterceptOnly = true };
}

/// <summary>The sums at one point of Newton's method.</summary>
internal sealed record GeneralizedPoint(
    bool Beyond, double Deviance, double LogLikelihood, double Pearson, double SquaredError, DoubleDouble[] Gradient, DoubleDouble[] Curvature);

/// <summary>The sums of a generalized linear model: what the manifest says of them, their layouts, the sites' filling and the coordinator's reading, side by side.</summary>
internal static class GeneralizedSums
{
    public const string Start = "start";
    public const string Scores = "scores";
    public const string Separation = "separation";
    public const string Constant = "constant";
    public const string Beta = "beta";
    public const string Direction = "direction";

    /// <summary>Changes of the linear predictor below this share of their root mean square are rounding of the direction.</summary>
    public const double StillShare = 0.01;

    private const string Products = "products";
    private const string Gradient = "gradient";
    private const string Curvature = "curvature";
    private const string Fit = "fit";
    private const string Beyond = "beyond";
    private const string NoPearson = "pearson_beyond";
    private const string Against = "against";

    // Pearson's sum divides by a variance that may be next to nothing: it needs many octaves, and beyond those it is not told.
    private const int PearsonRoom = 60;
    private static readonly WideBlock Pearson = new("pearson");

    public static IEnumerable<StepDeclaration> Declare(RegressionModel model)
    {
        int k = model.Columns.Length;
        DeclaredItem gradient = new(Gradient, [k], "Products of each column with what is left unexplained of the outcome.");
        DeclaredItem curvature = new(Curvature, [SymmetricSums.Length(k)], "Products of every two columns, weighted by how uncertain the model is of each row.");
        yield return new StepDeclaration(Start, ExchangeKind.Sum, "A first estimate, and which columns say the same.",
        [
            new DeclaredItem(Products, [SymmetricSums.Length(k + 2)], "Products of every two columns, outcome and offset about their means over all hospitals."),
            gradient, curvature, new DeclaredItem(Fit, [3], "Deviance of a model without predictors."),
        ]);
        yield return new StepDeclaration(Scores, ExchangeKind.Sum, "A step towards the estimate, and how well the model fits there.",
        [
            gradient, curvature, new DeclaredItem(Fit, [3], "Deviance, log likelihood and squared error."),
            new DeclaredItem(NoPearson, [], "Number of scanners whose Pearson's sum is too large to be told."),
            .. Pearson.Declared([1], "Pearson's sum of squared errors over variances."),
            new DeclaredItem(Beyond, [], "Number of rows at which the step was too long."),
        ], $"Up to {NewtonSearch.MostPoints} times, until the estimate no longer changes.");
        yield return new StepDeclaration(Separation, ExchangeKind.Sum, "Whether predictors tell the outcome apart without a single exception.",
            [new DeclaredItem(Against, [], "Number of rows that speak against it.")], "The estimate seems to grow without end.");
    }

    public static SumLayout StartLayout(RegressionModel model, RegressionFrame frame)
    {
        int k = model.Columns.Length;
        return new SumLayout(
            SymmetricSums.Block(Products, k + 2, frame.ProductUnit), new SumBlock(Gradient, [k], [frame.ScoreUnit]),
            SymmetricSums.Block(Curvature, k, frame.ScoreUnit), FitBlock(frame));
    }

    public static SumLayout ScoresLayout(RegressionModel model, RegressionFrame frame)
    {
        int k = model.Columns.Length;
        return new SumLayout(
        [
            new SumBlock(Gradient, [k], [frame.ScoreUnit]), SymmetricSums.Block(Curvature, k, frame.ScoreUnit), FitBlock(frame), SumBlock.Counts(NoPearson),
            .. Pearson.Blocks([1], [frame.FitUnit + PearsonRoom]), SumBlock.Counts(Beyond),
        ]);
    }

    public static SumLayout SeparationLayout { get; } = new(SumBlock.Counts(Against));

    public static SumVector FillStart(RegressionModel model, RegressionRows rows, RegressionFrame frame, BroadcastReader broadcast, IFamily family)
    {
        double constant = broadcast.Numbers(Constant)[0];
        var sum = new SumVector(StartLayout(model, frame));
        foreach (ModelRows scaled in rows.Scaled(frame))
        {
            SymmetricSums.Add(sum, Products, scaled.Products(), model.Columns.Length + 2);
            ScoreSums scores = ScoreSums.AtStart(scaled, family);
            sum.Add(Gradient, scores.Gradient);
            SymmetricSums.Add(sum, Curvature, scores.Curvature, model.Columns.Length);
            for (int i = 0; i < scaled.Rows; i++)
                sum.Add(Fit, 0, scaled.Weights[i] * family.At(constant + (model.Intercept && model.Offset is not null ? 0 : scaled.Offset[i]), scaled.Response[i]).Deviance);
        }

        return sum;
    }

    public static SumVector FillScores(RegressionModel model, RegressionRows rows, RegressionFrame frame, BroadcastReader broadcast, IFamily family)
    {
        double[] beta = broadcast.Numbers(Beta, model.Columns.Length);
        ScoreSums[] scores = [.. rows.Scaled(frame).Select(scanner => ScoreSums.At(scanner, family, beta, frame.Limit))];
        var sum = new SumVector(ScoresLayout(model, frame));
        foreach (ScoreSums scanner in scores)
        {
            sum.Add(Beyond, 0, scanner.BeyondLimit);
            sum.Add(Gradient, scanner.Gradient);
            SymmetricSums.Add(sum, Curvature, scanner.Curvature, model.Columns.Length);
            DoubleDouble[] fit = [scanner.Deviance, scanner.LogLikelihood, scanner.SquaredError];
            for (int i = 0; i < fit.Length; i++)
            {
                sum.Add(Fit, i, fit[i].High);
                sum.Add(Fit, i, fit[i].Low);
            }

            // One part in 2^16 of what the sum over all sites may reach.
            if (scanner.Pearson.High < double.ScaleB(1, frame.FitUnit + PearsonRoom + 47)) Pearson.Add(sum, 0, scanner.Pearson.High);
            else sum.Add(NoPearson, 0, 1);
        }

        return sum;
    }

    public static SumVector FillSeparation(RegressionModel model, RegressionRows rows, RegressionFrame frame, BroadcastReader broadcast, IFamily family)
    {
        double[] direction = broadcast.Numbers(Direction, model.Columns.Length);
        var sum = new SumVector(SeparationLayout);
        foreach (ModelRows scaled in rows.Scaled(frame))
        {
            for (int i = 0; i < scaled.Rows; i++)
            {
                double change = scaled.Predictor(i, direction) - scaled.Offset[i];
                if (family.SpeaksAgainst(scaled.Response[i], Math.Abs(change) < StillShare ? 0 : change)) sum.Add(Against, 0, 1);
            }
        }

        return sum;
    }

    public static GeneralizedStart ReadStart(SumVector sum, RegressionModel model) => new(
        SymmetricSums.Read(sum, Products, model.Columns.Length + 2), Vector(sum, Gradient), SymmetricSums.Read(sum, Curvature, model.Columns.Length), sum[Fit, 0]);

    public static GeneralizedPoint ReadScores(SumVector sum, RegressionModel model) => new(
        sum[Beyond, 0] > 0, sum[Fit, 0], sum[Fit, 1], sum[NoPearson, 0] > 0 ? double.NaN : Pearson.Read(sum, 0), sum[Fit, 2], Vector(sum, Gradient), SymmetricSums.Read(sum, Curvature, model.Columns.Length));

    /// <summary>Whether no row speaks against a direction.</summary>
    public static bool ReadSeparation(SumVector sum) => sum[Against, 0] == 0;

    private static SumBlock FitBlock(RegressionFrame frame) => new(Fit, [3], [frame.FitUnit]);

    private static DoubleDouble[] Vector(SumVector sum, string block)
    {
        var vector = new DoubleDouble[sum.Layout[block].Block.Length];
        for (int i = 0; i < vector.Length; i++)
        {
            double high = sum.Read(block, i, out double low);
            vector[i] = new DoubleDouble(high, low);
        }

        return vector;
    }
}
