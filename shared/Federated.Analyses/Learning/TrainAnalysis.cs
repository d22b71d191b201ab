using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Noise;
using Federated.Analyses.Regression;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Statistics.Learning;

namespace Federated.Analyses.Learning;

/// <summary>
/// Training by rounds: hospitals train the coordinator's model on their own rows for some epochs, and only the sum of their changes makes the next one. FedAvg
/// (McMahan 2017), FedProx (Li 2020), FedAdam and FedYogi (Reddi 2021), SCAFFOLD (Karimireddy 2020). Every round's sum is kept before the next begins, so a run
/// goes on where it was interrupted, with the same bits.
/// </summary>
public sealed class TrainAnalysis : IAnalysis
{
    /// <inheritdoc/>
    public string Kind => "train";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options => TrainOptions.Keys;

    /// <inheritdoc/>
    public int Parameters(StudyPlan plan, AnalysisSpecification specification) => Architecture(plan, specification).Network.Parameters;

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification)
    {
        (TrainOptions options, RegressionModel model, Network network) = Architecture(plan, specification);
        if (plan.Privacy.Differential is not null) return new PrivateTraining(plan, specification, options, model, network).Declare();
        return [RegressionSizes.Declare(model), .. TrainSums.Declare(options, network.Inputs, network.Parameters)];
    }

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        (TrainOptions options, RegressionModel model, Network network) = Architecture(context.Plan, context.Specification);
        if (context.Plan.Privacy.Differential is not null)
        {
            foreach (Step step in new PrivateTraining(context.Plan, context.Specification, options, model, network).Coordinate(context)) yield return step;
            yield break;
        }

        var first = new SumStep(RegressionSizes.Step, Broadcast.Empty, RegressionSizes.Layout(model));
        yield return first;
        RegressionSizes sizes = RegressionSizes.Read(first.Sum);
        RegressionRequirements.Check(context.Specification, model, sizes, "0 or 1");
        if (sizes.ResponseMean is 0 or 1) throw RegressionRequirements.Constant(context.Specification, model, sizes.ResponseMean);

        double[] centre = sizes.Mean[..network.Inputs];
        int[] exponent = sizes.Exponent[..network.Inputs];
        var spread = new SumStep(
            TrainSums.Spread, Broadcast.Of(Tensor.Vector(TrainSums.Centre, centre), Tensor.Vector(TrainSums.Exponent, [.. exponent.Select(e => (double)e)])),
            TrainSums.SpreadLayout(network.Inputs));
        yield return spread;
        double[] deviation = [.. Enumerable.Range(0, network.Inputs).Select(j => double.ScaleB(Math.Sqrt(spread.Sum[TrainSums.Squares, j] / sizes.Rows), exponent[j]))];
        var course = new TrainCourse(context, options, network, centre, deviation);
        foreach (Step step in course.Rounds()) yield return step;
        var evaluation = new SumStep(
            TrainSums.Evaluation, new Broadcast([.. course.Constants, Tensor.Vector(TrainSums.Model, course.Best)]), TrainSums.EvaluationLayout);
        yield return evaluation;
        yield return new ConclusionStep(TrainResult.Of(context, options, model, sizes, network, course, evaluation.Sum));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        (TrainOptions options, RegressionModel model, Network network) = Architecture(context.Plan, context.Specification);
        if (context.Plan.Privacy.Differential is not null) return new PrivateTraining(context.Plan, context.Specification, options, model, network).Answer(context, step, broadcast);
        var rows = new RegressionRows(context, model);
        if (string.Equals(step, RegressionSizes.Step, StringComparison.Ordinal)) return RegressionSizes.Answer(model, rows, context.Table, y => y is 0 or 1);

        var reader = new BroadcastReader(broadcast);
        double[] centre = reader.Numbers(TrainSums.Centre, network.Inputs);
        if (string.Equals(step, TrainSums.Spread, StringComparison.Ordinal))
            return new SiteAnswer { Sum = Spread(rows, centre, reader.WholeNumbers(TrainSums.Exponent, -128, 128, network.Inputs)) };
        var parts = TrainRows.Of(rows, options, centre, reader.NonNegative(TrainSums.Deviation, network.Inputs));
        return new SiteAnswer
        {
            Sum = step switch
            {
                TrainSums.Round => TrainSums.Answer(options, network, parts, reader, rows.Count == 0 ? 0 : (ulong)rows.Scanners().First().Scanner),
                TrainSums.Evaluation => TrainSums.Evaluate(context.Plan, network, parts, reader.Numbers(TrainSums.Model, network.Parameters)),
                _ => throw new BroadcastInvalidException($"train has no step {step}."),
            },
            Patients = string.Equals(step, TrainSums.Round, StringComparison.Ordinal) ? Patients(context, parts.Training) : null,
        };
    }

    // Scans of one patient count once where the analysis says whose they are.
    private static long Patients(SiteContext context, TrainRows training) => PatientRows.Column(context.Plan, context.Specification) is { } patient
        ? PatientRows.Group(context, patient, training.TableRows).LongCount()
        : training.Rows.Count;

    private static SumVector Spread(RegressionRows rows, double[] centre, ImmutableArray<int> exponent)
    {
        var sum = new SumVector(TrainSums.SpreadLayout(centre.Length));
        for (int i = 0; i < rows.Count; i++)
        {
            for (int j = 0; j < centre.Length; j++)
            {
                double scaled = double.ScaleB(rows.Value(i, j) - centre[j], -exponent[j]);
                sum.Add(TrainSums.Squares, j, scaled * scaled);
            }
        }

        return sum;
    }

    private static (TrainOptions Options, RegressionModel Model, Network Network) Architecture(StudyPlan plan, AnalysisSpecification specification)
    {
        TrainOptions options = TrainOptions.Read(specification);
        RegressionModel model = RegressionModel.Of(plan, specification);
        long parameters = 0, from = model.Columns.Length - 1;
        foreach (int units in options.Hidden.Add(1)) (parameters, from) = (parameters + (units * (from + 1)), units);
        if (parameters > TrainOptions.MostParameters)
            throw new AnalysisRefusedException(TrainOptions.Unfit, $"Analysis {specification.Id}: {parameters:N0} parameters, and at most {TrainOptions.MostParameters:N0} can be trained: name fewer hidden units or predictors.");
        return (options, model, new Network(model.Columns.Length - 1, options.Hidden, options.Activation));
    }
}
