using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Statistics.Kernels;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Regression;

/// <summary>The sums at one point of a path: gradient of every column, curvature of the few that may have a coefficient.</summary>
internal sealed record PathSums(bool Beyond, double Deviance, double[] Gradient, double[] Curvature)
{
    public const string Step = "path";

    /// <summary>The step before the first of a path.</summary>
    public const string Spread = "spread";

    private const string Total = "weights";
    private const string Sums = "sums";
    private const string Squares = "squares";
    private const string Slope = "gradient";
    private const string Bend = "curvature";
    private const string Fit = "deviance";
    private const string TooFar = "beyond";
    private const string Working = "working";
    private const string Beta = "beta";

    public static IEnumerable<StepDeclaration> Declare(RegressionModel model) =>
    [
        new StepDeclaration(Spread, ExchangeKind.Sum, "How far each column spreads: a penalty counts per standard deviation.",
        [
            new DeclaredItem(Total, [], "Sum of the weights."), new DeclaredItem(Sums, [model.Columns.Length], "Distance of each column from its mean, weighted and summed."),
            new DeclaredItem(Squares, [model.Columns.Length], "The same, squared."),
        ]),
        DeclareStep(model),
    ];

    private static StepDeclaration DeclareStep(RegressionModel model) => new(Step, ExchangeKind.Sum, "A step along the path of penalized estimates, and how well the model fits there.",
    [
        new DeclaredItem(Slope, [model.Columns.Length], "Products of each column with what is left unexplained of the outcome."),
        new DeclaredItem(Bend, [-1], "Products of every two columns that may have a coefficient, weighted by how uncertain the model is of each row."),
        new DeclaredItem(Fit, [], "Deviance."),
        new DeclaredItem(TooFar, [], "Number of rows at which the step was too long."),
    ], "A few times for each strength of the penalty.");

    public static SumLayout SpreadLayout(RegressionModel model, RegressionFrame frame) => new(
        new SumBlock(Total, [], [frame.ProductUnit]), new SumBlock(Sums, [model.Columns.Length], [frame.ProductUnit]), new SumBlock(Squares, [model.Columns.Length], [frame.ProductUnit]));

    /// <summary>The site half of the step before the first.</summary>
    public static SumVector FillSpread(RegressionModel model, RegressionRows rows, RegressionFrame frame)
    {
        var sum = new SumVector(SpreadLayout(model, frame));
        foreach (ModelRows scaled in rows.Scaled(frame))
        {
            double[] values = new double[scaled.Rows];
            sum.Add(Total, 0, Summation.Sum(scaled.Weights));
            for (int j = 0; j < scaled.Columns; j++)
            {
                for (int i = 0; i < values.Length; i++) values[i] = scaled.Weights[i] * scaled.Design[(i * scaled.Columns) + j];
                sum.Add(Sums, j, Summation.Sum(values));
                for (int i = 0; i < values.Length; i++) values[i] *= scaled.Design[(i * scaled.Columns) + j];
                sum.Add(Squares, j, Summation.Sum(values));
            }
        }

        return sum;
    }

    /// <summary>What it says over all sites.</summary>
    public static ColumnSpread ReadSpread(SumVector sum)
    {
        double total = sum[Total, 0];
        double[] mean = [.. sum.Block(Sums).Select(s => s / total)];
        return new ColumnSpread(total, mean, [.. sum.Block(Squares).Select((s, j) => (s / total) - (mean[j] * mean[j]))]);
    }

    public static SumLayout Layout(RegressionModel model, RegressionFrame frame, int working) => new(
        new SumBlock(Slope, [model.Columns.Length], [frame.ScoreUnit]), SymmetricSums.Block(Bend, working, frame.ScoreUnit), new SumBlock(Fit, [], [frame.FitUnit]),
        SumBlock.Counts(TooFar));

    public static Broadcast Broadcast(RegressionFrame frame, double[] beta, int[] working) => new(
        [.. frame.ToTensors(), Tensor.Vector(Working, [.. working.Select(j => (double)j)]), Tensor.Vector(Beta, [.. working.Select(j => beta[j])])]);

    public static SumVector Fill(RegressionModel model, RegressionRows rows, RegressionFrame frame, BroadcastReader broadcast, IFamily family)
    {
        ImmutableArray<int> working = broadcast.Indices(Working, model.Columns.Length);
        double[] beta = broadcast.Numbers(Beta, working.Length);
        var sum = new SumVector(Layout(model, frame, working.Length));
        foreach (ModelRows all in rows.Scaled(frame))
        {
            ModelRows few = all.Take(working.AsSpan());
            ScoreSums scores = ScoreSums.At(few, family, beta, frame.Limit);
            sum.Add(TooFar, 0, scores.BeyondLimit);
            if (scores.BeyondLimit > 0) continue;
            SymmetricSums.Add(sum, Bend, scores.Curvature, working.Length);
            sum.Add(Fit, 0, scores.Deviance.High);
            double[] gradient = new double[all.Columns];
            for (int i = 0; i < all.Rows; i++)
            {
                double residual = all.Weights[i] * (all.Response[i] - family.At(few.Predictor(i, beta), all.Response[i]).Mean);
                ReadOnlySpan<double> x = all.Design.AsSpan(i * all.Columns, all.Columns);
                for (int j = 0; j < x.Length; j++) gradient[j] += residual * x[j];
            }

            sum.Add(Slope, gradient);
        }

        return sum;
    }

    public static PathSums Read(SumVector sum, int working) => new(
        sum[TooFar, 0] > 0, sum[Fit, 0], sum.Block(Slope), [.. SymmetricSums.Read(sum, Bend, working).Select(c => c.High)]);
}
