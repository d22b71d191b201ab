using System.Text.Json.Nodes;
using CsCheck;
using Federated.Analyses.Combat;
using Federated.Statistics.Harmonization;
using Federated.Statistics.Harmonization.Smoothing;

namespace Federated.Analyses.Tests.Combat;

/// <summary>Smooth covariate effects: the curves of neuroHarmonize and mgcv, from sums within scanners.</summary>
public sealed class SmoothTests
{
    private const string NeuroHarmonize = "g01_gam_neuroharmonize";

    [Fact]
    public void Given_its_strengths_the_study_gives_what_neuroHarmonize_gives()
    {
        ReferenceCase published = Load(NeuroHarmonize);
        var mine = new Harmonized(WithCurve(published, Strengths(published)).AsPublished());
        Assert.InRange(mine.DistanceFrom(published.Table("expected_harmonized")!), 0, 1e-7);
    }

    [Fact]
    public void Columns_and_roughness_are_those_of_statsmodels()
    {
        ReferenceCase published = Load(NeuroHarmonize);
        ReferenceTable design = published.Table("gam_design_bspline")!, cohort = published.Table("covariates")!, roughness = published.Table("gam_penalty_S")!;
        var spline = new CubicSpline(40.5, 93.5, Interior);
        Assert.Equal(9, spline.Columns);
        double[] columns = new double[9], mine = spline.Roughness();
        for (int i = 0; i < design.Ids.Length; i++)
        {
            spline.Evaluate(cohort.Number(i, cohort.Column("age")), columns);
            for (int c = 0; c < 9; c++) Assert.Equal(design.Number(i, design.Column($"bs{c + 1}")), columns[c], 1e-13);
        }

        for (int i = 0; i < 9; i++)
            for (int j = 0; j < 9; j++) Assert.Equal(roughness.Number(i, j), mine[(i * 9) + j], 1e-12);
    }

    [Theory]
    [InlineData("g02_gam_mgcv_reml", 1e-7)]
    [InlineData("g03_gam_mgcv_gcv_ref", 1e-7)]
    public void Given_its_basis_and_strengths_the_sums_give_what_mgcv_gives(string name, double tolerance) =>
        Assert.InRange(OnPublishedBasis(Load(name), given: true), 0, tolerance);

    [Fact]
    public void The_strengths_chosen_by_cross_validation_are_those_of_mgcv() =>
        Assert.InRange(OnPublishedBasis(Load("g03_gam_mgcv_gcv_ref"), given: false), 0, 1e-4);

    [Fact]
    public void A_curve_that_is_a_straight_line_changes_nothing()
    {
        ReferenceCase published = Load("c01_param_basic");
        var straight = new Harmonized(published.AsPublished());
        published.Plan.Analyses[0].Options["smooth"] = JsonNode.Parse("""[{"covariate":"age","bounds":[0,120],"penalty":[1e12]}]""");
        var smooth = new Harmonized(published.AsPublished());
        foreach ((string id, double[] row) in straight.Rows)
            for (int f = 0; f < row.Length; f++) Assert.Equal(row[f], smooth.Rows[id][f], 1e-6 * Math.Max(1, Math.Abs(row[f])));
    }

    [Fact]
    public void Dealing_scanners_to_other_hospitals_changes_no_bit()
    {
        ReferenceCase published = WithCurve(Load(NeuroHarmonize), "\"gcv\"");
        var one = new Harmonized(ReferenceCase.Dealt(published.Plan, published.Scans, 1, _ => 0));
        Gen.Int[1, 5].Array[3].Sample(hospitals =>
        {
            var dealt = new Harmonized(ReferenceCase.Dealt(published.Plan, published.Scans, 6, s => hospitals[s.Scanner]));
            foreach ((string id, double[] row) in one.Rows) Assert.Equal(row, dealt.Rows[id]);
        }, iter: 5, seed: "0000KOIPe4N4");
    }

    [Fact]
    public void A_curve_follows_what_a_line_misses()
    {
        double bent = Residual(new Harmonized(WithCurve(Load(NeuroHarmonize), "\"gcv\"").AsPublished())), straight = Residual(new Harmonized(Load(NeuroHarmonize).AsPublished()));
        Assert.True(bent < straight, $"{bent} is not below {straight}");

        static double Residual(Harmonized found)
        {
            double product = 1; // variances of features of any size
            foreach (IReadOnlyList<object?> row in found.Result.Tables[0].Rows) product *= (double)row[2]!;
            return product;
        }
    }

    [Theory]
    [InlineData("""[{"covariate":"age","bounds":[90,18]}]""", "E2103", "age do not ascend")]
    [InlineData("""[{"covariate":"age","bounds":[18,90],"interior":[50,40]}]""", "E2103", "age do not ascend")]
    [InlineData("""[{"covariate":"age","bounds":[18,90]},{"covariate":"age","bounds":[18,90]}]""", "E2103", "age twice")]
    [InlineData("""[{"covariate":"weight","bounds":[18,90]}]""", "E2103", "weight, which is no continuous covariate")]
    [InlineData("""[{"covariate":"age","bounds":[18,90],"penalty":[1,2,3]}]""", "E2103", "3 strengths for")]
    [InlineData("""[{"covariate":"age","bounds":[200,300]}]""", "E2108", "age is constant within every scanner")]
    public void What_cannot_be_fitted_is_refused_by_name(string smooth, string code, string culprit)
    {
        ReferenceCase published = Load("c01_param_basic");
        published.Plan.Analyses[0].Options["smooth"] = JsonNode.Parse(smooth);
        AnalysisRefusedException refused = Assert.Throws<AnalysisRefusedException>(() => new Harmonized(published.AsPublished()));
        Assert.Equal(code, refused.Code);
        Assert.Contains(culprit, refused.Message, StringComparison.Ordinal);
    }

    private static double[] Interior => [54.5, 58.14285714285714, 61.964285714285715, 66.53571428571428, 71.71428571428571, 79.49999999999999];

    private static ReferenceCase Load(string name) => new(Path.Combine(ReferenceFolder.Own, name), "compatible");

    private static ReferenceCase WithCurve(ReferenceCase published, string penalty)
    {
        published.Plan.Analyses[0].Options["smooth"] = new JsonArray(new JsonObject
        {
            ["covariate"] = "age",
            ["bounds"] = new JsonArray(40.5, 93.5),
            ["interior"] = new JsonArray([.. Interior.Select(v => (JsonNode)v)]),
            ["penalty"] = JsonNode.Parse(penalty),
        });
        return published;
    }

    // statsmodels doubles its penalty.
    private static string Strengths(ReferenceCase published)
    {
        ReferenceTable features = published.Table("expected_features")!;
        return $"[{string.Join(',', Enumerable.Range(0, features.Ids.Length).Select(f => (2 * features.Number(f, features.Column("alpha"))).ToString("R", System.Globalization.CultureInfo.InvariantCulture)))}]";
    }

    /// <summary>ComBat from the very columns that mgcv built, in units of each feature's standard deviation.</summary>
    private static double OnPublishedBasis(ReferenceCase published, bool given)
    {
        ReferenceTable design = published.Table("gam_design_lpmatrix")!, roughness = published.Table("gam_penalty_S")!, expected = published.Table("expected_harmonized")!, settled = published.Table("expected_features")!;
        int[] covariates = [.. Enumerable.Range(0, design.Columns.Length).Where(c => !design.Columns[c].StartsWith("batch", StringComparison.Ordinal))];
        int k = covariates.Length, p = expected.Columns.Length, n = expected.Ids.Length, curve = roughness.Ids.Length;
        double[] x = [.. Enumerable.Range(0, n).SelectMany(i => covariates.Select(c => design.Number(i, c)))], y = [.. published.Scans.SelectMany(s => s.Features)];
        double[] s = [.. Enumerable.Range(0, curve).SelectMany(i => Enumerable.Range(0, curve).Select(j => roughness.Number(i, j)))];
        var term = new SmoothTerm(k - curve, curve, s) { Strength = given ? [.. Enumerable.Range(0, p).Select(f => settled.Number(f, settled.Column("sp")))] : null };

        int batches = published.Plan.Scanners.Length;
        BatchData[] data = [.. Enumerable.Range(0, batches).Select(b => new BatchData(y, p, x, k, [.. Enumerable.Range(0, n).Where(i => published.Scans[i].Scanner == b)], []))];
        BatchMeans[] means = [.. data.Select(d => d.Means(1))];
        var sums = new PooledSums(p, k, []) { Rows = n };
        for (int b = 0; b < batches; b++)
        {
            BatchMoments moments = data[b].Moments(means[b], 1);
            sums.Add(means[b], moments);
            for (int i = 0; i < k * k; i++) sums.Design[i] += moments.Design[i];
            for (int a = 0; a < k; a++) sums.DesignSum[a] += means[b].Design[a] * data[b].Rows.Length;
        }

        (CombatModel model, _) = sums.Solve([term], batches);
        CombatOptions options = CombatOptions.From(published.Plan.Analyses[0].Options);
        int reference = options.Reference is null ? -1 : published.Plan.Scanners.IndexOf(options.Reference);
        if (reference >= 0)
        {
            double[] shift = means[reference].Shift(model, []), squares = data[reference].Residuals(means[reference], model.Beta, 1).Squares;
            model = new CombatModel(model.DesignMean, [.. model.Centre.Select((c, f) => c + shift[f])], model.Beta, [.. squares.Select(q => q / data[reference].Rows.Length)]);
        }

        double most = 0;
        for (int b = 0; b < batches; b++)
        {
            BatchEffects effects = BatchEffects.Estimate(model, means[b], data[b].Residuals(means[b], model.Beta, 1), [], options.Settings);
            if (b == reference) effects = effects.AsReference();
            var adjustment = new Adjustment(model, effects.GammaStar, effects.DeltaStar, 0, p);
            foreach (int row in data[b].Rows) adjustment.Apply(y.AsSpan(row * p, p), x.AsSpan(row * k, k));
        }

        for (int f = 0; f < p; f++)
        {
            double sd = Harmonized.StandardDeviation([.. Enumerable.Range(0, n).Select(i => expected.Number(i, f))]);
            for (int i = 0; i < n; i++) most = Math.Max(most, Math.Abs(y[(i * p) + f] - expected.Number(i, f)) / sd);
        }

        return most;
    }
}
