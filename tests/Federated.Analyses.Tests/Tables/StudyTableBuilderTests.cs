using CsCheck;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;

namespace Federated.Analyses.Tests.Tables;

public sealed class StudyTableBuilderTests
{
    private static readonly StudyPlan Plan = new()
    {
        Id = "study",
        Title = "A study",
        Scanners = ["A", "B"],
        Features = ["suvmax", "tlg"],
        Covariates = [new Covariate("age", CovariateType.Continuous, []), new Covariate("stage", CovariateType.Categorical, ["I", "II", "III"])],
        Analyses = [],
    };

    [Fact]
    public void Orders_rows_by_scanner_then_by_code_point_of_the_id_and_picks_the_plans_features()
    {
        FeatureTable features = Features(["tlg", "other", "suvmax"], ("s2", [2, 0, 20]), ("s10", [10, 0, 100]), ("z1", [1, 0, 11]));
        CohortTable cohort = Cohort(("z1", "A", "61", "III"), ("s10", "B", "50", "I"), ("s2", "B", "40.5", "II"));

        StudyTable table = StudyTableBuilder.Build(Plan, features, cohort).Table;

        Assert.Equal(["z1", "s10", "s2"], table.RowIds);
        Assert.Equal([0, 1, 1], table.Scanner);
        Assert.Equal([11, 1, 100, 10, 20, 2], table.Features);
        Assert.Equal([61, 0, 1, 50, 0, 0, 40.5, 1, 0], table.Design);
        Assert.Equal([true, true, true], table.Fit);
        Assert.Empty(table.Excluded);
    }

    [Fact]
    public void Leaves_rows_out_and_says_why_to_the_tables_owner()
    {
        FeatureTable features = Features(
            ["suvmax", "tlg"], ("ok", [1, double.NaN]), ("nocohort", [1, 1]), ("scanner", [1, 1]), ("age", [1, 1]), ("stage", [1, 1]), ("level", [1, 1]),
            ("empty", [double.NaN, double.NaN]));
        CohortTable cohort = Cohort(
            ("ok", "A", "1", "I"), ("scanner", "C", "1", "I"), ("age", "A", "NA", "I"), ("stage", "A", "1", ""), ("level", "A", "1", "IV"), ("empty", "A", "1", "I"),
            ("unseen", "A", "1", "I"));

        StudyTableBuild build = StudyTableBuilder.Build(Plan, features, cohort);

        Assert.Equal(["ok"], build.Table.RowIds);
        Assert.Equal(
            [
                (ExclusionReason.ScannerNotInPlan, 1L), (ExclusionReason.CovariateMissing, 2L), (ExclusionReason.LevelNotInPlan, 1L), (ExclusionReason.NoFeatureValue, 1L),
                (ExclusionReason.NoCohortRow, 1L),
            ],
            build.Table.Excluded.Select(e => (e.Key, e.Value)));
        Assert.Equal(
            [
                new ExcludedRow("nocohort", ExclusionReason.NoCohortRow, null, null),
                new ExcludedRow("scanner", ExclusionReason.ScannerNotInPlan, "scanner", "C"),
                new ExcludedRow("age", ExclusionReason.CovariateMissing, "age", "NA"),
                new ExcludedRow("stage", ExclusionReason.CovariateMissing, "stage", ""),
                new ExcludedRow("level", ExclusionReason.LevelNotInPlan, "stage", "IV"),
                new ExcludedRow("empty", ExclusionReason.NoFeatureValue, null, null),
            ],
            build.Diagnostics.ExcludedRows);
        Assert.Equal([1L, 0L], build.Diagnostics.RowsPerScanner);
        Assert.Equal(1, build.Diagnostics.CohortRowsWithoutFeatures);
    }

    [Fact]
    public void Takes_logarithms_and_counts_values_that_have_none()
    {
        FeatureTable features = Features(["suvmax", "tlg"], ("a", [Math.E, 0]), ("b", [-1, 0]), ("c", [double.NaN, 1]));
        CohortTable cohort = Cohort(("a", "A", "1", "I"), ("b", "A", "1", "I"), ("c", "A", "1", "I"));

        StudyTableBuild build = StudyTableBuilder.Build(Plan with { Scale = FeatureScale.Log }, features, cohort);

        Assert.Equal(["a", "c"], build.Table.RowIds);
        Assert.Equal([1, double.NaN, double.NaN, 0], build.Table.Features);
        Assert.Equal(1, build.Table.Excluded[ExclusionReason.NoFeatureValue]);
        Assert.Equal([1L, 2L], build.Diagnostics.NonPositiveValues);
    }

    [Fact]
    public void Keeps_rows_outside_the_fit_and_counts_them()
    {
        FeatureTable features = Features(["suvmax", "tlg"], ("a", [1, 1]), ("b", [1, 1]), ("c", [1, 1]));
        CohortTable cohort = new(
            "cohort.csv", ["a", "b", "c"], ["scanner", "age", "stage", "role"],
            [["A", "A", "B"], ["1", "2", "3"], ["I", "I", "I"], ["train", "test", "NA"]]);

        StudyTable table = StudyTableBuilder.Build(Plan with { FitOn = new FitOn("role", "train") }, features, cohort).Table;

        Assert.Equal([true, false, false], table.Fit);
        Assert.Equal(2, table.Excluded[ExclusionReason.OutsideFit]);
    }

    [Fact]
    public void Gives_the_same_table_however_the_rows_were_stored()
    {
        Gen<(int Scanner, int Age, int Stage, double Value)> row =
            Gen.Select(Gen.Int[0, 2], Gen.Int[20, 90], Gen.Int[0, 3], Gen.Double[0, 10]);
        Gen.Select(row.Array[1, 30], Gen.Int).Sample((rows, seed) =>
        {
            string[] scanners = ["A", "B", "C"];
            string[] stages = ["I", "II", "III", "IV"];
            int[] order = [.. Enumerable.Range(0, rows.Length)];
            var random = new Random(seed);
            (FeatureTable, CohortTable) Tables() => (
                Features(["suvmax", "tlg"], [.. order.Select(i => ($"s{i}", (double[])[rows[i].Value, i % 3 == 0 ? double.NaN : i]))]),
                Cohort([.. order.OrderBy(_ => random.Next()).Select(i => ($"s{i}", scanners[rows[i].Scanner], $"{rows[i].Age}", stages[rows[i].Stage]))]));
            (FeatureTable features, CohortTable cohort) = Tables();
            StudyTable first = StudyTableBuilder.Build(Plan, features, cohort).Table;
            random.Shuffle(order);
            (features, cohort) = Tables();
            StudyTable second = StudyTableBuilder.Build(Plan, features, cohort).Table;

            Assert.Equal(first.RowIds, second.RowIds);
            Assert.Equal(first.Scanner, second.Scanner);
            Assert.Equal(first.Design, second.Design);
            Assert.Equal(first.Features, second.Features);
            Assert.Equal(first.Excluded, second.Excluded);
        });
    }

    [Fact]
    public void Names_a_column_that_the_cohort_lacks() =>
        Refuses("E2207", "cohort.csv: no column 'scaner', which the study needs as the scanner; did you mean 'scanner'?", Plan with { ScannerColumn = "scaner" });

    [Fact]
    public void Names_a_covariate_that_the_cohort_lacks() =>
        Refuses(
            "E2207", "cohort.csv: no column 'weight', which the study needs as a covariate; add the column, or name another in the study",
            Plan with { Covariates = [new Covariate("weight", CovariateType.Continuous, [])] });

    [Fact]
    public void Names_a_feature_that_the_table_lacks() =>
        Refuses("E2207", "features.csv: no column 'suv_max', which the study needs as a feature; did you mean 'suvmax'?", Plan with { Features = ["suv_max"] });

    [Fact]
    public void Names_the_cell_of_a_continuous_covariate_that_is_not_a_number() =>
        Refuses(
            "E2204", "cohort.csv, row id a, column stage: 'I' is not a number; correct it, or write NA where there is no value",
            Plan with { Covariates = [new Covariate("stage", CovariateType.Continuous, [])] });

    [Fact]
    public void A_part_of_a_table_is_read_like_a_table_of_its_own()
    {
        FeatureTable features = Features(["suvmax", "tlg"], ("a", [1, 2]), ("b", [3, 4]), ("c", [5, 6])).Take([2, 0]).Take([1]);
        CohortTable cohort = Cohort(("a", "A", "1", "I"), ("b", "B", "1", "I"), ("c", "B", "1", "I")).Take([2, 0]);
        StudyTableBuild build = StudyTableBuilder.Build(Plan, features, cohort);
        Assert.Equal(["a"], build.Table.RowIds);
        Assert.Equal([1, 2], build.Table.Features);
        Assert.Equal(1, build.Diagnostics.CohortRowsWithoutFeatures);
    }

    [Fact]
    public void A_row_id_that_occurs_twice_is_refused()
    {
        TableInvalidException refused = Assert.Throws<TableInvalidException>(() => Cohort(("a", "A", "1", "I"), ("a", "A", "1", "I")));
        Assert.Equal("cohort.csv: row id 'a' occurs twice; every row needs an id of its own", refused.Message);
    }

    private static void Refuses(string code, string message, StudyPlan plan)
    {
        FeatureTable features = Features(["suvmax", "tlg"], ("a", [1, 1]));
        CohortTable cohort = Cohort(("a", "A", "1", "I"));
        TableInvalidException refused = Assert.Throws<TableInvalidException>(() => StudyTableBuilder.Build(plan, features, cohort));
        Assert.Equal(message, refused.Message);
        Assert.Equal(code, refused.Code);
    }

    private static FeatureTable Features(string[] names, params (string Id, double[] Values)[] rows) =>
        new("features.csv", [.. rows.Select(r => r.Id)], [.. names], [.. rows.SelectMany(r => r.Values)]);

    private static CohortTable Cohort(params (string Id, string Scanner, string Age, string Stage)[] rows) => new(
        "cohort.csv", [.. rows.Select(r => r.Id)], ["scanner", "age", "stage"],
        [[.. rows.Select(r => r.Scanner)], [.. rows.Select(r => r.Age)], [.. rows.Select(r => r.Stage)]]);
}
