using System.Collections.Immutable;
using Federated.Analyses.Describe;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Statistics.Kernels;
using Federated.Statistics.Learning;

namespace Federated.Analyses.Learning;

/// <summary>The vectors of training by rounds.</summary>
internal static class TrainSums
{
    public const string Spread = "spread";
    public const string Round = "round";
    public const string Evaluation = "evaluation";

    public const string Centre = "centre";
    public const string Exponent = "exponent";
    public const string Deviation = "deviation";
    public const string Model = "model";
    public const string Number = "number";
    public const string Previous = "previous";
    public const string Control = "control";

    public const string Squares = "squares";
    public const string Change = "change";
    public const string Gradient = "gradient";
    public const string Rows = "rows";
    public const string Trained = "trained";
    public const string Diverged = "diverged";
    public const string Loss = "loss";
    public const string Scores = "scores";

    /// <summary>Training and validation.</summary>
    public const int Parts = 2;

    public static IEnumerable<StepDeclaration> Declare(TrainOptions options, int columns, int parameters)
    {
        yield return new StepDeclaration(
            Spread, ExchangeKind.Sum, "How far each column spreads, so that all are put on one scale.", [new DeclaredItem(Squares, [columns], "Squared distance of each column from its mean.")]);
        List<DeclaredItem> items =
        [
            new DeclaredItem(Trained, [], "Rows that were trained on in this round."),
            new DeclaredItem(Diverged, [], "Hospitals at which training went beyond all numbers."),
            new DeclaredItem(Rows, [Parts], "Rows for training and for validation."),
            new DeclaredItem(Loss, [Parts], "Their summed loss under the model of this round."),
            new DeclaredItem(Change, [parameters], "Change of every parameter by training at the hospital, times its rows."),
        ];
        if (options.HasControls) items.Add(new DeclaredItem(Gradient, [parameters], "Gradient of the loss at the model of this round, times the rows."));
        yield return new StepDeclaration(Round, ExchangeKind.Sum, "One round of training.", items, $"In each of at most {options.Rounds:N0} rounds.") { Times = options.Rounds, Update = true };
        yield return new StepDeclaration(
            Evaluation, ExchangeKind.Sum, "How well the final model tells the two classes apart.",
            [
                new DeclaredItem(Rows, [Parts, 2], "Rows for training and for validation, per class."),
                new DeclaredItem(Loss, [Parts], "Their summed loss."),
                new DeclaredItem(Scores, [Parts, 2, ScoreGrid.Bins], "Rows per class and bin of predicted log odds; with a minimum of rows, 0 where fewer are in a bin."),
            ]);
    }

    public static SumLayout SpreadLayout(int columns) => new(SumBlock.Counts(Squares, columns));

    public static SumLayout RoundLayout(TrainOptions options, int parameters)
    {
        ImmutableArray<SumBlock> blocks =
        [
            SumBlock.Counts(Trained), SumBlock.Counts(Diverged), SumBlock.Counts(Rows, Parts), SumBlock.Counts(Loss, Parts), SumBlock.Counts(Change, parameters),
        ];
        return new SumLayout(options.HasControls ? blocks.Add(SumBlock.Counts(Gradient, parameters)) : blocks);
    }

    public static SumLayout EvaluationLayout => new(SumBlock.Counts(Rows, Parts, 2), SumBlock.Counts(Loss, Parts), SumBlock.Counts(Scores, Parts, 2, ScoreGrid.Bins));

    /// <summary>The site half of a round.</summary>
    /// <param name="options">The options.</param>
    /// <param name="network">The architecture.</param>
    /// <param name="parts">Rows for training and validation.</param>
    /// <param name="reader">The model, the number of the round and, for SCAFFOLD, the model before with the mean gradient there.</param>
    /// <param name="site">Tells sites apart in the draws of a seed.</param>
    public static SumVector Answer(TrainOptions options, Network network, (TrainRows Training, TrainRows Validation) parts, BroadcastReader reader, ulong site)
    {
        int parameters = network.Parameters;
        double[] model = reader.Numbers(Model, parameters);
        ulong round = (ulong)reader.WholeNumbers(Number, 1, options.Rounds, 1)[0];
        var sum = new SumVector(RoundLayout(options, parameters));
        TrainRows[] both = [parts.Training, parts.Validation];
        for (int part = 0; part < Parts; part++)
        {
            sum.Add(Rows, part, both[part].Rows.Count);
            sum.Add(Loss, part, LossOf(network, model, both[part]));
        }

        double rows = parts.Training.Rows.Count;
        double[]? correction = null;
        if (options.HasControls)
        {
            sum.Add(Gradient, Times(rows, options.Local.Gradient(network, model, parts.Training.Rows, parts.Training.Outcome)));
            correction = [.. reader.Numbers(Control, parameters)];
            double[] own = options.Local.Gradient(network, reader.Numbers(Previous, parameters), parts.Training.Rows, parts.Training.Outcome);
            for (int j = 0; j < parameters; j++) correction[j] = round > 1 ? correction[j] - own[j] : 0;
        }

        if (rows == 0 || SeededStream.For(options.Seed, 2, round, site).Uniform() >= options.Participation) return sum;
        double[] change = options.Local.Change(network, model, parts.Training.Rows, parts.Training.Outcome, correction, SeededStream.For(options.Seed, 3, round, site));
        if (change.Any(c => !(Math.Abs(c) < 1e9)))
        {
            sum.Add(Diverged, 0, 1);
            return sum;
        }

        sum.Add(Trained, 0, rows);
        sum.Add(Change, Times(rows, change));
        return sum;
    }

    /// <summary>The site half of the evaluation.</summary>
    public static SumVector Evaluate(StudyPlan plan, Network network, (TrainRows Training, TrainRows Validation) parts, double[] model)
    {
        var sum = new SumVector(EvaluationLayout);
        TrainRows[] both = [parts.Training, parts.Validation];
        for (int part = 0; part < Parts; part++)
        {
            long[] counts = new long[2 * ScoreGrid.Bins];
            for (int i = 0; i < both[part].Rows.Count; i++)
            {
                int positive = both[part].Outcome[i] == 1 ? 1 : 0;
                sum.Add(Rows, (part * 2) + positive, 1);
                counts[(positive * ScoreGrid.Bins) + ScoreGrid.Bin(network.Predict(model, both[part].Rows[i]))]++;
            }

            sum.Add(Loss, part, LossOf(network, model, both[part]));
            SmallCounts.Withhold(counts, plan.Privacy.MinimumRows);
            for (int bin = 0; bin < counts.Length; bin++) sum.Add(Scores, (part * counts.Length) + bin, counts[bin]);
        }

        return sum;
    }

    private static double LossOf(Network network, double[] model, TrainRows rows)
    {
        double[] losses = new double[rows.Rows.Count];
        for (int i = 0; i < losses.Length; i++) losses[i] = Network.Loss(network.Predict(model, rows.Rows[i]), rows.Outcome[i]);
        return losses.Length == 0 ? 0 : Summation.Sum(losses);
    }

    private static double[] Times(double factor, double[] values) => [.. values.Select(v => factor * v)];
}
