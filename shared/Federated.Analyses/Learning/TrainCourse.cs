using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Statistics.Learning;

namespace Federated.Analyses.Learning;

/// <summary>What a round found: losses of the model that it began with, and how many rows trained.</summary>
/// <param name="Number">From 1.</param>
/// <param name="TrainingLoss">Mean loss over rows for training.</param>
/// <param name="ValidationLoss">Mean loss over rows kept from training; NaN without such.</param>
/// <param name="Trained">Rows that were trained on.</param>
internal sealed record TrainRound(int Number, double TrainingLoss, double ValidationLoss, long Trained);

/// <summary>The coordinator's course of training: a pure function of the sums, so that what is kept of a round suffices to go on.</summary>
internal sealed class TrainCourse(CoordinatorContext context, TrainOptions options, Network network, double[] centre, double[] deviation)
{
    private readonly ServerStep _server = options.Server(network.Parameters);

    public double[] Centre => centre;

    public double[] Deviation => deviation;

    /// <summary>What every broadcast begins with.</summary>
    public ImmutableArray<Tensor> Constants { get; } = [Tensor.Vector(TrainSums.Centre, centre), Tensor.Vector(TrainSums.Deviation, deviation)];

    /// <summary>The model with the lowest validation loss; without validation rows, the last.</summary>
    public double[] Best { get; private set; } = network.Start(options.Seed);

    /// <summary>After how many rounds it stood.</summary>
    public int BestAfter { get; private set; }

    /// <summary>Whether training ended for lack of progress.</summary>
    public bool EndedEarly { get; private set; }

    /// <summary>The rounds.</summary>
    public List<TrainRound> History { get; } = [];

    /// <summary>Asks for round after round.</summary>
    /// <exception cref="AnalysisRefusedException">E2602 or E2603: nothing to train on, or training diverged.</exception>
    public IEnumerable<Step> Rounds()
    {
        double[] model = Best, previous = model, control = new double[model.Length];
        double lowest = double.PositiveInfinity;
        for (int number = 1; number <= options.Rounds; number++)
        {
            ImmutableArray<Tensor> tensors = [.. Constants, Tensor.Vector(TrainSums.Model, model), Tensor.Vector(TrainSums.Number, [number])];
            if (options.HasControls) tensors = [.. tensors, Tensor.Vector(TrainSums.Previous, previous), Tensor.Vector(TrainSums.Control, control)];
            var step = new SumStep(TrainSums.Round, new Broadcast(tensors), TrainSums.RoundLayout(options, network.Parameters));
            yield return step;
            TrainRound round = Read(step.Sum, number);
            History.Add(round);
            if (round.ValidationLoss < lowest) (lowest, Best, BestAfter) = (round.ValidationLoss, model, number - 1);
            EndedEarly = options.Patience is { } patience && number - 1 - BestAfter >= patience;
            if (EndedEarly) yield break;

            double trained = step.Sum[TrainSums.Trained, 0];
            if (options.HasControls)
            {
                double rows = step.Sum[TrainSums.Rows, 0];
                (previous, control) = (model, [.. step.Sum.Block(TrainSums.Gradient).Select(g => g / rows)]);
            }

            if (trained > 0) model = _server.Next(model, [.. step.Sum.Block(TrainSums.Change).Select(c => c / trained)]);
            if (double.IsNaN(round.ValidationLoss)) (Best, BestAfter) = (model, number);
        }
    }

    private TrainRound Read(SumVector sum, int number)
    {
        string where = $"Analysis {context.Specification.Id}";
        double training = sum[TrainSums.Rows, 0], validation = sum[TrainSums.Rows, 1];
        if (training == 0)
            throw new AnalysisRefusedException("E2602", $"{where}: no row is left to train on (validation keeps {validation}): lower validation, or add rows.");
        if (validation == 0 && options.Validation > 0)
            throw new AnalysisRefusedException("E2602", $"{where}: of {training} rows none fell to validation: raise validation, set it to 0, or choose another seed.");
        if (sum[TrainSums.Diverged, 0] > 0)
            throw new AnalysisRefusedException("E2603", $"{where}: training diverged in round {number}: lower rate (now {options.Local.Rate}) or local-epochs, or set clip.");
        return new TrainRound(
            number, sum[TrainSums.Loss, 0] / training, validation == 0 ? double.NaN : sum[TrainSums.Loss, 1] / validation, (long)sum[TrainSums.Trained, 0]);
    }
}
