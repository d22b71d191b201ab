using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Host.Tests.Support;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Host.Tests.Storage;

/// <summary>Imports add and update by row id; the study table shows exactly what was imported.</summary>
public sealed class LocalTablesTests : IDisposable
{
    private static readonly Digest Any = Digest.Of("plan"u8);

    private static readonly StudyPlan Plan = new()
    {
        Id = "s",
        Title = "S",
        Scanners = ["A", "B"],
        Features = ["f2", "f1"],
        Covariates = [new Covariate("sex", CovariateType.Categorical, ["F", "M"])],
        Analyses = [],
    };

    private readonly TemporaryDirectory _directory = new();
    private readonly LocalTables _tables;

    public LocalTablesTests() => _tables = new LocalTables(new SiteDatabase(_directory.Path));

    [Fact]
    public void What_was_imported_is_what_the_study_sees()
    {
        Assert.Equal(new ImportSummary(3, 0, 3, 3), _tables.Import(Features(["r1", "r2", "r3"], ["f1", "extra", "f2"], [1, 9, 2, 3, 9, double.NaN, 5, 9, 6]), false));
        Assert.Equal(new ImportSummary(3, 0, 2, 3), _tables.Import(Cohort(["r3", "r2", "r1"], ("scanner", ["A", "B", "A"]), ("sex", ["F", "M", ""])), false));
        StudyTable table = _tables.Read(Any, Plan);
        Assert.Equal(["r3", "r2"], table.RowIds);
        Assert.Equal([6, 5, double.NaN, 3], table.Features);
        Assert.Equal([0.0, 1], table.Design);
        Assert.Equal(1, table.Excluded[ExclusionReason.CovariateMissing]);
    }

    [Fact]
    public void A_second_import_updates_rows_and_keeps_columns_it_does_not_have()
    {
        _tables.Import(Features(["r1", "r2"], ["f1", "f2"], [1, 2, 3, 4]), false);
        Assert.Equal(new ImportSummary(1, 1, 3, 3), _tables.Import(Features(["r3", "r2"], ["f2", "f9"], [60, 90, 40, 91]), false));
        _tables.Import(Cohort(["r1", "r2", "r3"], ("scanner", ["A", "A", "A"])), false);
        Assert.Equal(new ImportSummary(0, 3, 2, 3), _tables.Import(Cohort(["r1", "r2", "r3"], ("sex", ["F", "F", "F"])), false));
        StudyTable table = _tables.Read(Any, Plan);
        Assert.Equal(["r1", "r2", "r3"], table.RowIds);
        Assert.Equal([2, 1, 40, 3, 60, double.NaN], table.Features);
    }

    [Fact]
    public void Replace_forgets_what_was_there()
    {
        _tables.Import(Features(["r1", "r2"], ["f1", "f2"], [1, 2, 3, 4]), false);
        Assert.Equal(new ImportSummary(1, 0, 1, 1), _tables.Import(Features(["r9"], ["f1"], [7]), true));
        Assert.Equal((1L, 1), (_tables.Features().Rows, _tables.Features().Features.Length));
    }

    [Fact]
    public void The_study_table_is_kept_until_the_data_change()
    {
        _tables.Import(Features(["r1", "r2"], ["f1", "f2"], [1, 2, 3, 4]), false);
        _tables.Import(Cohort(["r1", "r2"], ("scanner", ["A", "A"]), ("sex", ["F", "M"])), false);
        StudyTable first = _tables.Read(Any, Plan);
        Assert.Same(first, _tables.Read(Any, Plan));
        _tables.Import(Features(["r1"], ["f1"], [10]), false);
        Assert.Equal([2, 10, 4, 3], _tables.Read(Any, Plan).Features);
        Assert.NotSame(_tables.Read(Any, Plan), _tables.Read(Digest.Of("another plan"u8), Plan));
    }

    [Fact]
    public void A_feature_of_the_plan_that_was_never_imported_is_named()
    {
        _tables.Import(Features(["r1"], ["f1", "f02"], [1, 2]), false);
        _tables.Import(Cohort(["r1"], ("scanner", ["A"]), ("sex", ["F"])), false);
        TableInvalidException absent = Assert.Throws<TableInvalidException>(() => _tables.Read(Any, Plan));
        Assert.Contains("f2", absent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bits_survive()
    {
        double[] odd = [-0.0, double.Epsilon, 1e-300, 0.1, double.MaxValue, -1.5];
        _tables.Import(Features(["r1", "r2", "r3"], ["f1", "f2"], odd), false);
        _tables.Import(Cohort(["r1", "r2", "r3"], ("scanner", ["A", "A", "A"]), ("sex", ["F", "F", "F"])), false);
        double[] read = _tables.Read(Any, Plan).Features;
        Assert.Equal(
            [odd[1], odd[0], odd[3], odd[2], odd[5], odd[4]],
            read, (a, b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b));
    }

    [Fact]
    public void The_cohorts_vocabulary_is_listed_by_frequency()
    {
        _tables.Import(Cohort(["r1", "r2", "r3", "r4"], ("scanner", ["B", "A", "B", "NA"]), ("age", ["61", "72.5", "", "9"])), false);
        (long rows, ImmutableArray<ColumnSummary> columns) = _tables.Cohort(1);
        Assert.Equal(4, rows);
        Assert.Equal(("scanner", 1L, false, 2), (columns[0].Name, columns[0].Missing, columns[0].Numeric, columns[0].Distinct));
        Assert.Equal([("B", 2L)], columns[0].Levels);
        Assert.Equal(("age", 1L, true, 3), (columns[1].Name, columns[1].Missing, columns[1].Numeric, columns[1].Distinct));
    }

    public void Dispose() => _directory.Dispose();

    private static FeatureTable Features(ImmutableArray<string> ids, ImmutableArray<string> names, double[] values) => new("features.csv", ids, names, values);

    private static CohortTable Cohort(ImmutableArray<string> ids, params ReadOnlySpan<(string Name, string[] Cells)> columns)
    {
        (string Name, string[] Cells)[] all = columns.ToArray();
        return new CohortTable("cohort.csv", ids, [.. all.Select(c => c.Name)], [.. all.Select(c => c.Cells)]);
    }
}
