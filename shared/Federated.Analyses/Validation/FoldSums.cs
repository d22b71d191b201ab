using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Regression;
using Federated.Analyses.Study;
using Federated.Analyses.Values;

namespace Federated.Analyses.Validation;

/// <summary>The sums that tell how well a model predicts the rows held out of it.</summary>
internal static class FoldSums
{
    public const string Losses = "fold-losses";
    public const string Spread = "fold-spread";
    public const string Scores = "fold-scores";

    public const string Rows = "rows";
    public const string Loss = "loss";
    public const string Total = "total";
    public const string Squares = "squares";
    public const string Error = "squared_error";
    public const string Counts = "scores";

    private const string Beta = "coefficients";
    private const string Grid = "grid";

    /// <summary>Strengths that can be compared at once.</summary>
    public const int MostStrengths = 1_000;

    /// <summary>Bins of predicted log odds.</summary>
    public const int Bins = 512;

    // Log odds beyond this are certain; sums stay in range.
    private const double Farthest = 1e6;

    /// <summary>All rows, then the levels of each category by which performance is told.</summary>
    public static ImmutableArray<(string Name, PlanValue? Value, int Level)> Groups(StudyPlan plan, ValidationOptions options) =>
    [
        ("all", null, -1),
        .. options.Subgroups.SelectMany(name => PlanValue.Find(plan, name) is { } value
            ? value.Levels.Select((level, l) => ($"{name}={level}", (PlanValue?)value, l))
            : throw new AnalysisRefusedException("E2801", $"validate: subgroup '{PlainText.Shown(name)}' is no covariate or column: correct its name.")),
    ];

    public static IEnumerable<StepDeclaration> Declare(StudyPlan plan, ValidationOptions options)
    {
        int groups = Groups(plan, options).Length;
        if (options.Inner > 0)
            yield return new StepDeclaration(Losses, ExchangeKind.Sum, "How well each strength of the penalty predicts rows held out.",
                [new DeclaredItem(Rows, [], "Rows held out."), new DeclaredItem(Loss, [-1], "Their summed deviance under each model.")], "In each part of each training part.");
        yield return new StepDeclaration(Spread, ExchangeKind.Sum, "How far predictions of rows held out spread.",
            [new DeclaredItem(Rows, [], "Rows held out."), new DeclaredItem(Total, [], "Sum of their predicted log odds."), new DeclaredItem(Squares, [], "Sum of squares of these.")], "In each part.");
        yield return new StepDeclaration(Scores, ExchangeKind.Sum, "How well rows held out are predicted.",
            [
                new DeclaredItem(Rows, [groups, 2], "Rows held out by class, of all and of each subgroup."),
                new DeclaredItem(Error, [groups], "Summed squared distance of predicted risk and outcome."),
                new DeclaredItem(Counts, [groups, 2, Bins], "Rows held out by class and bin of predicted log odds. Bins are fine: few patients share one, and of a hospital left out all are its own."),
            ], "In each part.")
        { SinglePatients = true };
    }

    public static SumLayout LossLayout(int models) => new(SumBlock.Counts(Rows), SumBlock.Counts(Loss, models));

    public static SumLayout SpreadLayout => new(SumBlock.Counts(Rows), SumBlock.Counts(Total), SumBlock.Counts(Squares));

    public static SumLayout ScoreLayout(int groups) => new(SumBlock.Counts(Rows, groups, 2), SumBlock.Counts(Error, groups), SumBlock.Counts(Counts, groups, 2, Bins));

    public static Broadcast Models(double[][] models) => Broadcast.Of(Tensor.Vector("models", new double[models.Length]), Tensor.Matrix(Beta, models.Length, models[0].Length, [.. models.SelectMany(m => m)]));

    public static Broadcast Scored(double[] model, double first, double width) =>
        new([.. Models([model]).Tensors, Tensor.Vector(Grid, [first, width])]);

    /// <summary>The site half.</summary>
    /// <param name="context">The site; rows to fit on are those held out.</param>
    /// <param name="whole">The site with all its rows.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">The validation.</param>
    /// <param name="step">The step.</param>
    /// <param name="broadcast">Coefficients, and the grid.</param>
    public static SumVector Answer(SiteContext context, SiteContext whole, RegressionModel model, ValidationOptions options, string step, BroadcastReader broadcast)
    {
        var rows = new RegressionRows(context, model, leastRows: null);
        int models = broadcast.Length("models", MostStrengths);
        double[] beta = broadcast.Numbers(Beta, models, model.Columns.Length);
        if (step != Losses && models != 1) throw new BroadcastInvalidException($"{step} asks for one model.");
        switch (step)
        {
            case Losses:
                var losses = new SumVector(LossLayout(models));
                losses.Add(Rows, 0, rows.Count);
                for (int m = 0; m < models; m++)
                    for (int i = 0; i < rows.Count; i++) losses.Add(Loss, m, 2 * LossOf(LogOdds(rows, i, model, beta.AsSpan(m * model.Columns.Length, model.Columns.Length)), rows.Frame(i).Outcome));
                return losses;
            case Spread:
                var spread = new SumVector(SpreadLayout);
                spread.Add(Rows, 0, rows.Count);
                for (int i = 0; i < rows.Count; i++)
                {
                    double logOdds = LogOdds(rows, i, model, beta);
                    spread.Add(Total, 0, logOdds);
                    spread.Add(Squares, 0, logOdds * logOdds);
                }

                return spread;
            case Scores:
                return Score(context, whole, rows, model, options, beta, broadcast.Numbers(Grid, 2));
            default:
                throw new BroadcastInvalidException($"A validation has no step {step}.");
        }
    }

    private static SumVector Score(SiteContext context, SiteContext whole, RegressionRows rows, RegressionModel model, ValidationOptions options, double[] beta, double[] grid)
    {
        if (!(grid[1] > 0)) throw new BroadcastInvalidException("Bins have a width above zero.");
        var groups = Groups(context.Plan, options);
        var sum = new SumVector(ScoreLayout(groups.Length));
        for (int g = 0; g < groups.Length; g++)
        {
            double[]? values = groups[g].Value?.Read(context, null);
            int level = groups[g].Level;

            // A hospital with few patients of a group leaves them out of it, in every part alike.
            if (values is not null && values.Where((v, row) => v == level && whole.Table.Fit[row]).Count() < (whole.LeastCount ?? 0)) continue;
            for (int i = 0; i < rows.Count; i++)
            {
                if (values is not null && values[rows.TableRow(i)] != level) continue;
                double logOdds = LogOdds(rows, i, model, beta), outcome = rows.Frame(i).Outcome, distance = (1 / (1 + Math.Exp(-logOdds))) - outcome;
                int positive = outcome == 1 ? 1 : 0, bin = (int)Math.Clamp(Math.Round((logOdds - grid[0]) / grid[1]), 0, Bins - 1);
                sum.Add(Rows, (g * 2) + positive, 1);
                sum.Add(Error, g, distance * distance);
                sum.Add(Counts, (((g * 2) + positive) * Bins) + bin, 1);
            }
        }

        return sum;
    }

    private static double LogOdds(RegressionRows rows, int i, RegressionModel model, ReadOnlySpan<double> beta)
    {
        int constant = model.Intercept ? 1 : 0;
        double logOdds = rows.Frame(i).Offset + (model.Intercept ? beta[0] : 0);
        for (int j = 0; j < rows.Columns; j++) logOdds += beta[constant + j] * rows.Value(i, j);
        return Math.Clamp(logOdds, -Farthest, Farthest);
    }

    // log(1 + exp(x)) without overflow, less x where the outcome is 1.
    private static double LossOf(double logOdds, double outcome) => Math.Max(logOdds, 0) + Math.Log(1 + Math.Exp(-Math.Abs(logOdds))) - (outcome * logOdds);
}
