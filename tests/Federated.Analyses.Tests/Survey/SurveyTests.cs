using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;
using Federated.Analyses.Tables;
using Federated.Analyses.Tests.Exchange;

namespace Federated.Analyses.Tests.Survey;

public sealed class SurveyTests
{
    private static readonly StudyPlan Plan = new()
    {
        Id = "survey-test",
        Title = "Survey",
        Scanners = ["a", "b", "c"],
        Features = ["tiny", "huge", "zero", "gap"],
        Covariates = [new Covariate("sex", CovariateType.Categorical, ["F", "M", "X"]), new Covariate("age", CovariateType.Continuous, [])],
        Analyses = [],
    };

    private static StudyTable Table(params (int Scanner, double[] Design, double[] Features, bool Fit)[] rows) => new(
        Plan, [.. rows.Select((_, i) => $"r{i:000}")], [.. rows.Select(r => r.Scanner)], [.. rows.SelectMany(r => r.Design)],
        [.. rows.SelectMany(r => r.Features)], [.. rows.Select(r => r.Fit)], ImmutableSortedDictionary<ExclusionReason, long>.Empty);

    private static SurveyResult Take() => new Consortium(
        Plan,
        new Hospital("one", Table(
            (0, [0, 0, 50], [1e-6, 1e9, 0, 1], true),
            (0, [1, 0, 60], [2e-6, 1e9, 0, double.NaN], true),
            (1, [0, 1, 70], [1e-6, 2e9, 0, double.NaN], false))),
        new Hospital("two", Table(
            (1, [0, 1, 40], [1e-6, 1e9, 0, 3], true),
            (1, [0, 0, 45], [1e-6, 1e9, 0, double.NaN], true)))).Survey;

    [Fact]
    public void Rows_are_counted_per_scanner_and_only_fit_rows_estimate()
    {
        SurveyResult survey = Take();
        Assert.Equal([2, 2, 0], survey.RowsPerScanner);
        Assert.Equal([2, 3, 0], survey.AllRowsPerScanner);
        Assert.Equal([1, 2, 0], survey.HoldersPerScanner);
        Assert.Equal(4, survey.Rows);
    }

    [Fact]
    public void Levels_are_counted_over_fit_rows_and_missing_values_also_where_a_scanner_may_be_new()
    {
        SurveyResult survey = Take();
        Assert.Equal([2, 1, 1], survey.RowsPerLevel[0]);
        Assert.Empty(survey.RowsPerLevel[1]);
        Assert.Equal([0, 0, 0, 3], survey.MissingPerFeature);
    }

    [Fact]
    public void Exponents_bound_every_scale_and_a_zero_feature_has_none()
    {
        SurveyResult survey = Take();
        Assert.Equal([-16, 32, int.MinValue, 8], survey.FeatureExponent);
        Assert.Equal([0, 0, 8], survey.DesignExponent);
    }

    [Fact]
    public void More_sites_than_the_packed_counters_hold_are_refused()
    {
        var coordinate = new SurveyAnalysis().Coordinate(new CoordinatorContext(Plan, SurveyAnalysis.Specification, null, 128));
        Assert.Equal("E2101", Assert.Throws<AnalysisRefusedException>(() => coordinate.First()).Code);
    }

    [Theory]
    [InlineData(1e-300, -64)]
    [InlineData(1.0, 0)]
    [InlineData(1.0000000000000002, 8)]
    [InlineData(256.0, 8)]
    [InlineData(1e9, 32)]
    [InlineData(1e300, 72)]
    public void A_magnitude_lies_under_the_edge_of_its_class(double magnitude, int exponent) =>
        Assert.Equal(exponent, ScaleClass.HighestExponent(ScaleClass.Mark(magnitude)));

    [Fact]
    public void Packed_classes_add_up_over_127_sites_without_carrying()
    {
        Int128 sum = 0;
        for (int site = 0; site < ScaleClass.MostSites; site++) sum += ScaleClass.Mark(3);
        Assert.Equal(8, ScaleClass.HighestExponent(sum));
        Assert.Equal(72, ScaleClass.HighestExponent(sum + ScaleClass.Mark(1e30)));
    }
}
