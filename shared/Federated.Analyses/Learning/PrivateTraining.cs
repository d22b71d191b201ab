using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Noise;
using Federated.Analyses.Regression;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;
using Federated.Analyses.Values;
using Federated.Statistics.Learning;

namespace Federated.Analyses.Learning;

/// <summary>
/// Training under differential privacy: in every round each patient's gradient is shortened to the clip, their sum gets noise, and the server takes one step against it
/// (Abadi et al. 2016, "Deep Learning with Differential Privacy", with all patients in every round: no subsampling is taken for granted). Nothing else of the rows is asked
/// before or between: columns are put on one scale by the plan's public bounds.
/// </summary>
internal sealed class PrivateTraining
{
    private const string Sizes = "sizes";
    private const string Patients = "patients";
    private const string Loss = "loss";
    private const string Correct = "correct";
    private const double MostLoss = 5; // of one patient, -log P: beyond it a prediction is just wrong
    private static readonly double EvaluationBound = Math.Sqrt(3);

    private readonly AnalysisSpecification _specification;
    private readonly StudyPlan _plan;
    private readonly TrainOptions _options;
    private readonly RegressionModel _model;
    private readonly Network _network;
    private readonly PlanValue _patient;
    private readonly ImmutableArray<ValueBounds?> _bounds;

    /// <summary>The training of a plan's entry.</summary>
    /// <exception cref="AnalysisRefusedException">E2951: an option has no meaning under differential privacy.</exception>
    public PrivateTraining(StudyPlan plan, AnalysisSpecification specification, TrainOptions options, RegressionModel model, Network network)
    {
        (_plan, _specification, _options, _model, _network) = (plan, specification, options, model, network);
        string? unfit = options switch
        {
            { Strategy: "fedprox" or "scaffold" } => $"strategy {options.Strategy} needs local steps: take fedavg, fedadam or fedyogi",
            { Local.Epochs: > 1 } => "each round is one step over all patients: set local-epochs: 1, and more rounds",
            { Participation: < 1 } => "all hospitals take part in each round: leave participation out",
            { Patience: not null } => "the validation loss is not told between rounds: leave patience out",
            _ when !double.IsInfinity(options.Local.Clip) => "the clip is that of privacy.differential: leave the analysis' own out",
            _ when model.Predictors.Any(p => p.Source == ValueSource.Harmonized) => "harmonized features come from exact sums: take features as measured",
            _ => null,
        };
        if (unfit is not null) throw new AnalysisRefusedException(NoiseRules.Unfit, $"Analysis {specification.Id}: {unfit} (differential privacy).");
        _patient = PatientRows.RequiredColumn(plan, specification);
        _bounds = [.. model.Columns.Skip(1).Select(c => c.Level < 0 ? NoiseRules.BoundsOf(plan, specification, c.Value!.Name) : null)];
    }

    public IReadOnlyList<StepDeclaration> Declare() =>
    [
        new StepDeclaration(Sizes, ExchangeKind.Sum, "About how many patients there are to train on.", [new DeclaredItem(Patients, [2], "Patients for training, per class, plus noise.")]) { PatientBound = 1 },
        new StepDeclaration(
            TrainSums.Round, ExchangeKind.Sum, "One round of training.", [new DeclaredItem(TrainSums.Gradient, [_network.Parameters], "Sum of the patients' gradients, each shortened to the clip, plus noise.")],
            $"In each of {_options.Rounds:N0} rounds.")
        { PatientBound = _plan.Privacy.Differential!.Clip, Times = _options.Rounds, Update = true },
        new StepDeclaration(
            TrainSums.Evaluation, ExchangeKind.Sum, "How well the final model predicts.",
            [
                new DeclaredItem(Patients, [TrainSums.Parts], "Patients for training and for validation, plus noise."),
                new DeclaredItem(Loss, [TrainSums.Parts], $"Their summed loss, each at most {MostLoss} and as a part of it, plus noise."),
                new DeclaredItem(Correct, [TrainSums.Parts], "How many of them are predicted right, plus noise."),
            ])
        { PatientBound = EvaluationBound },
    ];

    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        var noise = NoiseTerms.Required(_plan);
        var sizes = new SumStep(Sizes, Broadcast.Empty, SizesLayout);
        yield return sizes;
        double patients = sizes.Sum[Patients, 0] + sizes.Sum[Patients, 1], deviation = noise.InSum(1, context.Sites) * Math.Sqrt(2);
        if (patients < 3 * deviation)
        {
            throw new AnalysisRefusedException(
                NoiseRules.Drowned, $"Analysis {_specification.Id}: the noise (standard deviation {deviation:G3}) is as large as the number of patients ({patients:G3}): more hospitals, a larger epsilon or fewer rounds are needed.");
        }

        double clip = _plan.Privacy.Differential!.Clip;
        ServerStep server = _options.Server(_network.Parameters);
        double[] model = _network.Start(_options.Seed);
        for (int round = 1; round <= _options.Rounds; round++)
        {
            var step = new SumStep(
                TrainSums.Round, Broadcast.Of(Tensor.Vector(TrainSums.Model, model), Tensor.Vector(TrainSums.Number, [round])), GradientLayout);
            yield return step;
            double[] change = step.Sum.Block(TrainSums.Gradient);
            for (int j = 0; j < change.Length; j++)
                change[j] = -_options.Local.Rate * ((change[j] / patients) + (_network.IsWeight(j) ? _options.Local.Penalty * model[j] : 0));
            model = server.Next(model, change);
            if (model.Any(m => !(Math.Abs(m) < 1e9)))
                throw new AnalysisRefusedException("E2603", $"Analysis {_specification.Id}: training diverged in round {round}: lower rate (now {_options.Local.Rate}).");
        }

        var evaluation = new SumStep(TrainSums.Evaluation, Broadcast.Of(Tensor.Vector(TrainSums.Model, model)), EvaluationLayout);
        yield return evaluation;
        yield return new ConclusionStep(Result(context, noise, model, patients, deviation, noise.InSum(clip, context.Sites), evaluation.Sum));
    }

    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        var rows = new RegressionRows(context, _model);
        var reader = new BroadcastReader(broadcast);
        int[] at = new int[context.Table.Rows]; // the used row of a row of the table
        Array.Fill(at, -1);
        for (int i = 0; i < rows.Count; i++) at[rows.TableRow(i)] = rows.Frame(i).Outcome is 0 or 1 ? i : -1; // another outcome counts as missing: to refuse it would tell of it
        IEnumerable<ImmutableArray<int>> patients = PatientRows.Group(context, _patient, Enumerable.Range(0, rows.Count).Select(rows.TableRow).Where(row => at[row] >= 0)).Select(g => g.Select(row => at[row]).ToImmutableArray());
        return step switch
        {
            Sizes => Fill(SizesLayout, 1, patients, (of, part) => Class(rows, of, part)),
            TrainSums.Round => Round(rows, patients, reader),
            TrainSums.Evaluation => Fill(EvaluationLayout, EvaluationBound, patients, Predicted(rows, reader.Numbers(TrainSums.Model, _network.Parameters))),
            _ => throw new BroadcastInvalidException($"train has no step {step}."),
        };
    }

    private SiteAnswer Round(RegressionRows rows, IEnumerable<ImmutableArray<int>> patients, BroadcastReader reader)
    {
        double[] model = reader.Numbers(TrainSums.Model, _network.Parameters), gradient = new double[_network.Parameters];
        reader.WholeNumbers(TrainSums.Number, 1, _options.Rounds, 1);
        return Fill(GradientLayout, _plan.Privacy.Differential!.Clip, patients, (of, part) =>
        {
            int[] training = [.. of.Where(i => !HeldOut(rows, i))];
            Array.Clear(gradient);
            foreach (int i in training) _network.AddGradient(model, Inputs(rows, i), rows.Frame(i).Outcome, gradient);
            for (int j = 0; j < part.Length; j++) part[j] = training.Length == 0 ? 0 : Math.Clamp(gradient[j] / training.Length, -1e100, 1e100);
            return training.Length > 0;
        });
    }

    private bool Class(RegressionRows rows, ImmutableArray<int> of, double[] part)
    {
        double[] outcomes = [.. of.Where(i => !HeldOut(rows, i)).Select(i => rows.Frame(i).Outcome)];
        double positive = outcomes.Length == 0 ? 0 : outcomes.Average();
        (part[0], part[1]) = outcomes.Length == 0 ? (0, 0) : (1 - positive, positive);
        return outcomes.Length > 0;
    }

    private Func<ImmutableArray<int>, double[], bool> Predicted(RegressionRows rows, double[] model) => (of, part) =>
    {
        // A patient stands in one part, that of the first scan: what is validated on was not trained on by the same patient's other scans alone.
        int held = HeldOut(rows, of[0]) ? 1 : 0;
        int[] own = [.. of.Where(i => HeldOut(rows, i) == (held == 1))];
        double[] odds = [.. own.Select(i => _network.Predict(model, Inputs(rows, i)))];
        part[held] = 1;
        part[TrainSums.Parts + held] = own.Select((i, o) => Math.Min(Network.Loss(odds[o], rows.Frame(i).Outcome), MostLoss) / MostLoss).Average();
        part[(2 * TrainSums.Parts) + held] = own.Select((i, o) => odds[o] > 0 == (rows.Frame(i).Outcome == 1) ? 1.0 : 0).Average();
        return true;
    };

    private static SiteAnswer Fill(SumLayout layout, double bound, IEnumerable<ImmutableArray<int>> patients, Func<ImmutableArray<int>, double[], bool> write)
    {
        var sum = new BoundedSum(layout, bound);
        double[] part = new double[layout.Length];
        long behind = 0;
        foreach (ImmutableArray<int> of in patients)
        {
            Array.Clear(part);
            if (!write(of, part)) continue;
            behind++;
            sum.Add(part);
        }

        return new SiteAnswer { Bounded = sum, Patients = behind };
    }

    private double[] Inputs(RegressionRows rows, int row)
    {
        double[] x = new double[rows.Columns];
        for (int j = 0; j < x.Length; j++) x[j] = _bounds[j] is { } bounds ? bounds.Scaled(rows.Value(row, j)) : rows.Value(row, j);
        return x;
    }

    private bool HeldOut(RegressionRows rows, int row) => TrainingSplit.IsHeldOut(rows.RowId(row), _options.Seed, _options.Validation);

    private AnalysisResult Result(CoordinatorContext context, NoiseTerms noise, double[] model, double patients, double patientNoise, double gradientNoise, SumVector evaluation)
    {
        double deviation = noise.InSum(EvaluationBound, context.Sites);
        string[] names = ["part", "n", "n_noise_sd", "loss", "loss_noise_sd", "accuracy", "accuracy_noise_sd"];
        object?[][] rows = [Part("training", 0, evaluation, deviation), Part("validation", 1, evaluation, deviation)];
        var document = new JsonObject
        {
            ["privacy"] = noise.Document(context.Sites),
            ["model"] = TrainResult.Model(_options, _model, _network, model, [.. _bounds.Select(b => b?.Middle ?? 0)], [.. _bounds.Select(b => b?.HalfWidth ?? 1)], [.. _bounds.Select(b => b is null ? null : new[] { b.Low, b.High })]),
            ["strategy"] = _options.Strategy,
            ["seed"] = _options.Seed,
            ["training_rounds"] = _options.Rounds,
            ["patients"] = patients,
            ["patients_noise_sd"] = patientNoise,
            ["gradient_noise_sd"] = gradientNoise / patients,
            ["sites"] = context.Sites,
            ["definitions"] = new JsonObject
            {
                ["loss"] = $"mean of -log P(outcome), of a patient at most {MostLoss}",
                ["gradient_noise_sd"] = "of each element of the mean gradient, in every round; parameters carry what the rounds make of it",
                ["inputs"] = "held between the plan's bounds before they are centred and scaled",
            },
            ["parts"] = new JsonArray([.. rows.Select(r => (JsonNode)ResultCells.Row(names, r))]),
        };
        return new AnalysisResult(document, [new ResultTable("parts", [.. names], rows)]);
    }

    private static object?[] Part(string name, int part, SumVector sum, double deviation)
    {
        double n = sum[Patients, part];
        if (n < 3 * deviation) return [name, n, deviation, null, null, null, null];
        double loss = sum[Loss, part] / n, right = sum[Correct, part] / n;
        return [name, n, deviation, MostLoss * loss, MostLoss * deviation / n * Math.Sqrt(1 + (loss * loss)), right, deviation / n * Math.Sqrt(1 + (right * right))];
    }

    private static SumLayout SizesLayout => new(SumBlock.Counts(Patients, 2));

    private SumLayout GradientLayout => new(SumBlock.Counts(TrainSums.Gradient, _network.Parameters));

    private static SumLayout EvaluationLayout => new(SumBlock.Counts(Patients, TrainSums.Parts), SumBlock.Counts(Loss, TrainSums.Parts), SumBlock.Counts(Correct, TrainSums.Parts));
}
