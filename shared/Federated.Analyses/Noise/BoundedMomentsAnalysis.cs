using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Values;

namespace Federated.Analyses.Noise;

/// <summary>
/// Number of patients, mean and standard deviation of values, differentially private: every patient counts once (their scans are averaged), values are held within public
/// bounds, the patient's part is shortened to the clip, and noise is added to the sums. With each number stands how far the noise moves it.
/// </summary>
public sealed class BoundedMomentsAnalysis : IAnalysis
{
    private const string Step = "moments";
    private const string Moments = "moments";
    private const int PerValue = 3; // a patient has the value, it, its square
    private const int MostValues = 1_000;

    /// <inheritdoc/>
    public string Kind => "bounded-moments";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options { get; } =
    [
        new("values", new ListShape(new TextShape { Names = NameOf.Number }, 1, MostValues), "Features, covariates or columns; each needs bounds under privacy.differential.") { Required = true },
        PatientRows.Key,
    ];

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification)
    {
        if (plan.Privacy.Differential is null)
            throw new AnalysisRefusedException(NoiseRules.Unfit, $"Analysis {specification.Id}: bounded-moments is for differential privacy: add privacy.differential, or take kind describe, which is exact.");
        (ImmutableArray<PlanValue> values, _, _) = Read(plan, specification);
        return
        [
            new StepDeclaration(Step, ExchangeKind.Sum, "Counts, sums and sums of squares of values held within public bounds, with noise.",
            [
                new DeclaredItem(Moments, [values.Length, PerValue], "Per value: patients who have it, their sum and their sum of squares, as parts of the bounds, plus noise."),
            ])
            { PatientBound = Bound(plan, values.Length) },
        ];
    }

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        (ImmutableArray<PlanValue> values, ImmutableArray<ValueBounds> bounds, _) = Read(context.Plan, context.Specification);
        var step = new SumStep(Step, Broadcast.Empty, Layout(values.Length));
        yield return step;
        var noise = NoiseTerms.Required(context.Plan);
        double deviation = noise.InSum(Bound(context.Plan, values.Length), context.Sites);
        string[] names = ["value", "n", "n_noise_sd", "mean", "mean_noise_sd", "sd", "sd_noise_sd", "low", "high"];
        object?[][] rows = [.. values.Select((value, v) => Row(value.Name, bounds[v], [.. Enumerable.Range(v * PerValue, PerValue).Select(i => step.Sum[Moments, i])], deviation))];
        var document = new JsonObject
        {
            ["privacy"] = noise.Document(context.Sites),
            ["sites"] = context.Sites,
            ["definitions"] = new JsonObject
            {
                ["n"] = "patients, noise included: may be no whole number",
                ["absent"] = "the noise is so large that the number would say nothing",
                ["bias"] = "values beyond low and high count as those; where a patient's part is longer than clip, the patient weighs less in every value",
            },
            ["values"] = new JsonArray([.. rows.Select(r => (JsonNode)ResultCells.Row(names, r))]),
        };
        yield return new ConclusionStep(new AnalysisResult(document, [new ResultTable("moments", [.. names], rows)]));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        if (!string.Equals(step, Step, StringComparison.Ordinal)) throw new BroadcastInvalidException($"bounded-moments has no step {step}.");
        (ImmutableArray<PlanValue> values, ImmutableArray<ValueBounds> bounds, PlanValue patient) = Read(context.Plan, context.Specification);
        double[][] numbers = [.. values.Select(v => v.Read(context, null))];
        var sum = new BoundedSum(Layout(values.Length), Bound(context.Plan, values.Length));
        double[] part = new double[values.Length * PerValue];
        foreach (ImmutableArray<int> rows in PatientRows.Group(context, patient, Enumerable.Range(0, context.Table.Rows).Where(row => context.Table.Fit[row])))
        {
            Array.Clear(part);
            for (int v = 0; v < values.Length; v++)
            {
                double[] known = [.. rows.Select(row => numbers[v][row]).Where(x => !double.IsNaN(x))];
                if (known.Length == 0) continue;
                double scaled = known.Average(bounds[v].Scaled);
                (part[v * PerValue], part[(v * PerValue) + 1], part[(v * PerValue) + 2]) = (1, scaled, scaled * scaled);
            }

            sum.Add(part);
        }

        return new SiteAnswer { Bounded = sum };
    }

    // The effect of noise on a ratio of noisy sums, to first order.
    private static object?[] Row(string name, ValueBounds bounds, double[] sums, double deviation)
    {
        (double n, double first, double second) = (sums[0], sums[1], sums[2]);
        if (n < 3 * deviation || n < 2) return [name, n, deviation, null, null, null, null, bounds.Low, bounds.High];
        double mean = first / n, square = second / n, variance = square - (mean * mean);
        double meanNoise = deviation / n * Math.Sqrt(1 + (mean * mean));
        double varianceNoise = deviation / n * Math.Sqrt(1 + (4 * mean * mean) + Math.Pow((2 * mean * mean) - square, 2));
        bool drowned = variance < 2 * varianceNoise;
        double sd = Math.Sqrt(Math.Max(variance, 0));
        return
        [
            name, n, deviation, bounds.Middle + (bounds.HalfWidth * mean), bounds.HalfWidth * meanNoise,
            drowned ? null : bounds.HalfWidth * sd, drowned ? null : bounds.HalfWidth * varianceNoise / (2 * sd), bounds.Low, bounds.High,
        ];
    }

    private static SumLayout Layout(int values) => new(SumBlock.Counts(Moments, values, PerValue));

    // A part within the bounds has no number above 1: a clip beyond that length would only add noise.
    private static double Bound(StudyPlan plan, int values) => Math.Min(plan.Privacy.Differential!.Clip, Math.Sqrt(PerValue * values));

    private static (ImmutableArray<PlanValue> Values, ImmutableArray<ValueBounds> Bounds, PlanValue Patient) Read(StudyPlan plan, AnalysisSpecification specification)
    {
        ImmutableArray<string> names = [.. specification.Options["values"]!.AsArray().Select(v => (string)v!).Distinct(StringComparer.Ordinal)];
        return (
            [.. names.Select(name => PlanValue.Find(plan, name)
                ?? throw new AnalysisRefusedException(NoiseRules.Unfit, $"Analysis {specification.Id}: '{PlainText.Shown(name)}' is no feature, covariate or column of the study: correct the name."))],
            [.. names.Select(name => NoiseRules.BoundsOf(plan, specification, name))],
            PatientRows.RequiredColumn(plan, specification));
    }
}
