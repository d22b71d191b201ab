using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Federated.Analyses.Stages;
using Federated.Statistics.Kernels;
using Federated.Statistics.OneWay;
using Federated.Statistics.Regression;
using Federated.Statistics.Survival;

namespace Federated.Analyses.Survival;

/// <summary>The document and the tables of a Cox model, in the words of survival's coxph.</summary>
internal static class CoxResult
{
    public static AnalysisResult Of(
        CoordinatorContext context, SurvivalModel model, SurvivalSizes sizes, IReadOnlyList<Departure> departures, EventTimes times, CoxFit fit,
        Concordance? concordance)
    {
        int p = model.Columns.Length;
        DoubleDouble[] covariance = Measured(fit, fit.Covariance);
        DoubleDouble[]? robust = fit.Products is null ? null : Measured(fit, Sandwich(fit.Covariance, fit.Products));
        double confidence = (double?)context.Specification.Options["confidence"] ?? 0.95;
        double z = Tails.NormalQuantile(confidence);
        var rows = new List<IReadOnlyList<object?>>();
        double[] coefficients = new double[p];
        for (int j = 0; j < p; j++)
        {
            int kept = Array.IndexOf(fit.Kept, j);
            if (kept < 0)
            {
                rows.Add([model.Columns[j].Name, null, null, null, null, null, null, null, null]);
                continue;
            }

            int at = (kept * fit.Kept.Length) + kept;
            double coefficient = coefficients[j] = double.ScaleB(fit.Beta[j], -fit.Frame.Exponent[j]);
            double error = Math.Sqrt(covariance[at].High), robustError = robust is null ? double.NaN : Math.Sqrt(robust[at].High);
            double used = robust is null ? error : robustError;
            rows.Add(
            [
                model.Columns[j].Name, coefficient, error, robust is null ? null : robustError, coefficient / used, Tails.Normal(coefficient / used),
                Math.Exp(coefficient), Math.Exp(coefficient - (z * used)), Math.Exp(coefficient + (z * used)),
            ]);
        }

        JsonArray Column(int c) => new([.. rows.Select(r => (JsonNode?)ResultCells.Node(r[c]))]);
        double wald = Quadratic(robust ?? covariance, [.. fit.Kept.Select(j => coefficients[j])]);
        double ratio = 2 * (fit.Maximum.LogLikelihood - fit.Null.LogLikelihood);
        int degrees = fit.Kept.Length;
        BaselineHazard baseline = BaselineHazard.Of(departures, times, fit);
        var document = new JsonObject
        {
            ["names"] = Column(0),
            ["coef"] = Column(1),
            ["se"] = Column(2),
            ["robust_se"] = robust is null ? null : Column(3),
            ["z"] = Column(4),
            ["p"] = Column(5),
            ["hazard_ratio"] = Column(6),
            ["hazard_ratio_lower"] = Column(7),
            ["hazard_ratio_upper"] = Column(8),
            ["confidence"] = confidence,
            ["vcov"] = Matrix(covariance, fit.Kept, p),
            ["robust_vcov"] = robust is null ? null : Matrix(robust, fit.Kept, p),
            ["aliased"] = new JsonArray([.. fit.Aliased.Select(j => (JsonNode)model.Columns[j].Name)]),
            ["loglik_null"] = fit.Null.LogLikelihood,
            ["loglik"] = fit.Maximum.LogLikelihood,
            ["lr_test"] = ratio,
            ["lr_p"] = UpperTail.ChiSquared(ratio, degrees),
            ["score_test"] = fit.ScoreTest.High,
            ["score_p"] = UpperTail.ChiSquared(fit.ScoreTest.High, degrees),
            ["wald_test"] = wald,
            ["wald_p"] = UpperTail.ChiSquared(wald, degrees),
            ["df"] = degrees,
            ["concordance"] = concordance is null ? null : ResultCells.Node(ResultCells.Defined(concordance.Value)),
            ["concordance_se"] = concordance is null ? null : ResultCells.Node(ResultCells.Defined(concordance.StandardError)),
            ["concordance_counts"] = concordance is null ? null : new JsonObject
            {
                ["concordant"] = concordance.Concordant,
                ["discordant"] = concordance.Discordant,
                ["tied_x"] = concordance.TiedScore,
                ["tied_y"] = concordance.TiedTime,
                ["tied_xy"] = concordance.TiedBoth,
            },
            ["cumulative_baseline_hazard"] = baseline.Node(model),
            ["ties"] = (string?)context.Specification.Options["ties"] ?? "efron",
            ["converged"] = true,
            ["points"] = fit.Points,
        };
        sizes.Describe(document, context, departures, fit.Frame.Edges);
        return new AnalysisResult(
            document,
            [
                new ResultTable("coefficients", ["name", "coef", "se", "robust_se", "z", "p", "hazard_ratio", "hazard_ratio_lower", "hazard_ratio_upper"], rows),
                baseline.Table(model),
            ]);
    }

    /// <summary>How a stratum is called: by its level, or by name and level where levels are numbers.</summary>
    public static string StratumName(SurvivalModel model, int stratum) =>
        model.Strata is not { } strata ? ""
        : strata.Levels.All(l => double.TryParse(l, NumberStyles.Float, CultureInfo.InvariantCulture, out _)) ? $"{strata.Name}={strata.Levels[stratum]}"
        : strata.Levels[stratum];

    // From scaled columns to columns as measured.
    private static DoubleDouble[] Measured(CoxFit fit, DoubleDouble[] matrix)
    {
        int k = fit.Kept.Length;
        return
        [
            .. matrix.Select((v, at) => DesignScaling.Scale(v, -fit.Frame.Exponent[fit.Kept[at / k]] - fit.Frame.Exponent[fit.Kept[at % k]])),
        ];
    }

    private static DoubleDouble[] Sandwich(DoubleDouble[] covariance, DoubleDouble[] products)
    {
        int k = (int)Math.Round(Math.Sqrt(covariance.Length));
        return Product(Product(covariance, products, k), covariance, k);
    }

    private static DoubleDouble[] Product(DoubleDouble[] left, DoubleDouble[] right, int k)
    {
        var product = new DoubleDouble[k * k];
        for (int i = 0; i < k; i++)
            for (int j = 0; j < k; j++)
                for (int m = 0; m < k; m++) product[(i * k) + j] += left[(i * k) + m] * right[(m * k) + j];
        return product;
    }

    private static double Quadratic(DoubleDouble[] covariance, DoubleDouble[] coefficients)
    {
        int k = coefficients.Length;
        double[] smallest = [.. Enumerable.Range(0, k).Select(j => 1e-13 * covariance[(j * k) + j].High)];
        DoubleDouble[] solved = SymmetricFactor.Of(covariance, smallest).Solve(coefficients);
        DoubleDouble sum = DoubleDouble.Zero;
        for (int j = 0; j < k; j++) sum += coefficients[j] * solved[j];
        return sum.High;
    }

    private static JsonArray Matrix(DoubleDouble[] matrix, int[] kept, int p)
    {
        var all = new JsonArray();
        for (int i = 0; i < p; i++)
        {
            int row = Array.IndexOf(kept, i);
            var line = new JsonArray();
            for (int j = 0; j < p; j++)
            {
                int column = Array.IndexOf(kept, j);
                line.Add(row < 0 || column < 0 ? null : (JsonNode)matrix[(row * kept.Length) + column].High);
            }

            all.Add(line);
        }

        return all;
    }

    /// <summary>The cumulative hazard of a patient whose columns are all zero, at every distinct time of every stratum.</summary>
    private sealed record BaselineHazard(ImmutableArray<int> Stratum, ImmutableArray<double> Time, ImmutableArray<double> Hazard)
    {
        public static BaselineHazard Of(IReadOnlyList<Departure> departures, EventTimes times, CoxFit fit)
        {
            DoubleDouble centre = DoubleDouble.Zero;
            for (int j = 0; j < fit.Beta.Length; j++) centre += DoubleDouble.Product(fit.Beta[j], double.ScaleB(fit.Frame.Centre[j], -fit.Frame.Exponent[j]));
            double atZero = Math.Exp(-centre.High);
            (int Stratum, double Time)[] distinct = [.. departures.Select(d => (d.Stratum, d.Time)).Distinct().OrderBy(d => d.Stratum).ThenBy(d => d.Time)];
            double[] hazard = new double[distinct.Length];
            for (int i = 0, next = 0; i < distinct.Length; i++)
            {
                double before = i > 0 && distinct[i - 1].Stratum == distinct[i].Stratum ? hazard[i - 1] : 0;
                bool isEvent = next < times.Count && times.Stratum[next] == distinct[i].Stratum && times.Time[next] == distinct[i].Time;
                hazard[i] = before + (isEvent ? atZero * fit.Maximum.Likelihood.Hazard[next++] : 0);
            }

            return new BaselineHazard([.. distinct.Select(d => d.Stratum)], [.. distinct.Select(d => d.Time)], [.. hazard]);
        }

        public JsonObject Node(SurvivalModel model) => new()
        {
            ["note"] = "at columns = 0; Breslow's estimate with ties: breslow, Efron's with ties: efron",
            ["time"] = new JsonArray([.. Time.Select(t => (JsonNode)t)]),
            ["hazard"] = new JsonArray([.. Hazard.Select(h => (JsonNode)h)]),
            ["strata"] = model.Strata is null ? null : new JsonArray([.. Stratum.Select(s => (JsonNode)StratumName(model, s))]),
        };

        public ResultTable Table(SurvivalModel model) => new(
            "cumulative_baseline_hazard", ["stratum", "time", "hazard"],
            [.. Time.Select((t, i) => new object?[] { StratumName(model, Stratum[i]), t, Hazard[i] })]);
    }
}
