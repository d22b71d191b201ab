using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;

namespace Federated.Analyses.Survey;

/// <summary>
/// The opening sum of every study: how many rows per scanner and level, how many values are missing, and the power of two that every feature and
/// covariate fits under. All later sums take their units from it, so scales from 1e-6 to 1e9 meet in one table without overflow and without lost
/// digits.
/// </summary>
public sealed class SurveyAnalysis : IAnalysis
{
    /// <summary>Both the kind and the id of the survey.</summary>
    public const string Name = "survey";

    /// <summary>Its only step.</summary>
    public const string Step = "sizes";

    private const string TakingPart = "taking_part";
    private const string Rows = "rows";
    private const string AllRows = "all_rows";
    private const string Holders = "holders";
    private const string LevelRows = "level_rows";
    private const string Missing = "missing";
    private const string FeatureScale = "feature_scale";
    private const string DesignScale = "design_scale";

    /// <inheritdoc/>
    public string Kind => Name;

    /// <summary>The entry that stands for the survey before the analyses of the plan.</summary>
    public static AnalysisSpecification Specification { get; } = new(Name, Name, []);

    /// <summary>The vector of the survey under this plan.</summary>
    /// <remarks>Under differential privacy nothing about patients is asked, only who takes part: private analyses take their scales from the plan's public bounds.</remarks>
    public static SumLayout Layout(StudyPlan plan) => plan.Privacy.Differential is not null ? new SumLayout(SumBlock.Counts(TakingPart)) : new(
        SumBlock.Counts(Rows, plan.Scanners.Length),
        SumBlock.Counts(AllRows, plan.Scanners.Length),
        SumBlock.Counts(Holders, plan.Scanners.Length),
        SumBlock.Counts(LevelRows, LevelCount(plan)),
        SumBlock.Counts(Missing, plan.Features.Length),
        SumBlock.Counts(FeatureScale, plan.Features.Length),
        SumBlock.Counts(DesignScale, plan.DesignColumns.Length));

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification) => plan.Privacy.Differential is not null
        ? [new StepDeclaration(Step, ExchangeKind.Sum, "Agree on who takes part. Under differential privacy nothing is asked about patients here.", [new DeclaredItem(TakingPart, [], "1: this hospital takes part.")])]
        :
    [
        new StepDeclaration(Step, ExchangeKind.Sum, "Agree on the size of the study and on the scale of every number in it.",
        [
            new DeclaredItem(Rows, [plan.Scanners.Length], "Number of rows used to estimate, per scanner."),
            new DeclaredItem(AllRows, [plan.Scanners.Length], "Number of all rows, per scanner."),
            new DeclaredItem(Holders, [plan.Scanners.Length], "Number of sites with rows of each scanner."),
            new DeclaredItem(LevelRows, [LevelCount(plan)], "Number of rows used to estimate, per level of each categorical covariate."),
            new DeclaredItem(
                Missing, [plan.Features.Length], "Number of missing values among the rows used to estimate, per feature (of a scanner without such rows here: among all its rows)."),
            new DeclaredItem(
                FeatureScale, [plan.Features.Length], "Magnitude of each feature in 18 classes of 8 octaves: in how many sites the largest scanner lies in each."),
            new DeclaredItem(DesignScale, [plan.DesignColumns.Length], "The same for each covariate column."),
        ]),
    ];

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        RequireFewEnoughSites(context.Sites);
        var sizes = new SumStep(Step, Broadcast.Empty, Layout(context.Plan));
        yield return sizes;
        yield return new ConclusionStep(Describe(context.Plan, Read(context.Plan, sizes.Sum), context.Sites));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        if (!string.Equals(step, Step, StringComparison.Ordinal)) throw new BroadcastInvalidException($"The survey has no step {step}.");
        RequireFewEnoughSites(context.Sites);

        StudyPlan plan = context.Plan;
        StudyTable table = context.Table;
        var sum = new SumVector(Layout(plan));
        if (plan.Privacy.Differential is not null)
        {
            sum.Add(TakingPart, 0, 1);
            return new SiteAnswer { Sum = sum };
        }

        CountRows(table, sum);
        CountLevels(plan, table, sum);
        CountMissing(table, sum);
        MarkScales(table, table.Features, plan.Features.Length, FeatureScale, sum);
        MarkScales(table, table.Design, plan.DesignColumns.Length, DesignScale, sum);
        return new SiteAnswer { Sum = sum, Packed = [FeatureScale, DesignScale] };
    }

    /// <summary>What the survey's sum says.</summary>
    /// <param name="plan">The plan under which it was asked.</param>
    /// <param name="sum">The sum over sites, of <see cref="Layout"/>.</param>
    public static SurveyResult Read(StudyPlan plan, SumVector sum)
    {
        if (plan.Privacy.Differential is not null) return new SurveyResult { RowsPerScanner = [], AllRowsPerScanner = [], HoldersPerScanner = [], MissingPerFeature = [], FeatureExponent = [], DesignExponent = [] };
        var levels = ImmutableArray.CreateBuilder<ImmutableArray<long>>(plan.Covariates.Length);
        int level = 0;
        foreach (Covariate covariate in plan.Covariates)
        {
            int start = level;
            level += LevelCount(covariate);
            levels.Add([.. Enumerable.Range(start, level - start).Select(i => (long)sum[LevelRows, i])]);
        }

        return new SurveyResult
        {
            RowsPerScanner = Integers(sum, Rows),
            AllRowsPerScanner = Integers(sum, AllRows),
            HoldersPerScanner = [.. Integers(sum, Holders).Select(h => (int)h)],
            RowsPerLevel = levels.MoveToImmutable(),
            MissingPerFeature = Integers(sum, Missing),
            FeatureExponent = Exponents(sum, FeatureScale),
            DesignExponent = Exponents(sum, DesignScale),
        };
    }

    private static ImmutableArray<long> Integers(SumVector sum, string block) => [.. sum.Block(block).Select(v => (long)v)];

    private static ImmutableArray<int> Exponents(SumVector sum, string block) =>
        [.. Enumerable.Range(0, sum.Layout[block].Block.Length).Select(i => ScaleClass.HighestExponent(sum.Raw(block, i)))];

    private static int LevelCount(StudyPlan plan) => plan.Covariates.Sum(LevelCount);

    private static int LevelCount(Covariate covariate) => covariate.Type == CovariateType.Categorical ? covariate.Levels.Length : 0;

    private static void RequireFewEnoughSites(int sites)
    {
        if (sites > ScaleClass.MostSites)
            throw new AnalysisRefusedException(
                "E2101", $"{sites} sites take part, and a study holds at most {ScaleClass.MostSites}: split the consortium into several studies.");
    }

    private static void CountRows(StudyTable table, SumVector sum)
    {
        for (int row = 0; row < table.Rows; row++)
        {
            int scanner = table.Scanner[row];
            sum.Add(AllRows, scanner, 1);
            if (table.Fit[row]) sum.Add(Rows, scanner, 1);
            if (row == 0 || table.Scanner[row - 1] != scanner) sum.Add(Holders, scanner, 1);
        }
    }

    private static void CountLevels(StudyPlan plan, StudyTable table, SumVector sum)
    {
        int columns = plan.DesignColumns.Length;
        int column = 0;
        int level = 0;
        foreach (Covariate covariate in plan.Covariates)
        {
            if (covariate.Type == CovariateType.Continuous)
            {
                column++;
                continue;
            }

            int dummies = covariate.Levels.Length - 1;
            for (int row = 0; row < table.Rows; row++)
            {
                if (!table.Fit[row]) continue;
                int marked = table.Design.AsSpan((row * columns) + column, dummies).IndexOf(1.0); // -1: the reference level
                sum.Add(LevelRows, level + 1 + marked, 1);
            }

            column += dummies;
            level += covariate.Levels.Length;
        }
    }

    /// <summary>
    /// Over the rows that may estimate something: fit rows, and every row of a scanner without fit rows, which may turn out to be a new one.
    /// </summary>
    private static void CountMissing(StudyTable table, SumVector sum)
    {
        int features = table.Plan.Features.Length;
        long[] missing = new long[features];
        var fitted = new HashSet<int>(Enumerable.Range(0, table.Rows).Where(row => table.Fit[row]).Select(row => table.Scanner[row]));
        for (int row = 0; row < table.Rows; row++)
        {
            if (!table.Fit[row] && fitted.Contains(table.Scanner[row])) continue;
            ReadOnlySpan<double> values = table.Features.AsSpan(row * features, features);
            for (int f = 0; f < features; f++)
                if (double.IsNaN(values[f])) missing[f]++;
        }

        for (int f = 0; f < features; f++) sum.Add(Missing, f, missing[f]);
    }

    /// <summary>
    /// Marks, per column, the class of the largest root mean square of any scanner here. Per scanner, not over the site's rows: the outcome is then
    /// the same however scanners are dealt to sites, and so are the units and the bits of every later sum.
    /// </summary>
    private static void MarkScales(StudyTable table, double[] values, int columns, string block, SumVector sum)
    {
        double[] largest = new double[columns];
        double[] squares = new double[columns];
        int[] counts = new int[columns];
        for (int first = 0, next; first < table.Rows; first = next)
        {
            for (next = first + 1; next < table.Rows && table.Scanner[next] == table.Scanner[first];) next++;
            Array.Clear(squares);
            Array.Clear(counts);
            for (int row = first; row < next; row++)
            {
                ReadOnlySpan<double> line = values.AsSpan(row * columns, columns);
                for (int c = 0; c < columns; c++)
                {
                    if (double.IsNaN(line[c])) continue;
                    squares[c] += line[c] * line[c];
                    counts[c]++;
                }
            }

            for (int c = 0; c < columns; c++)
                if (counts[c] > 0) largest[c] = Math.Max(largest[c], Math.Sqrt(squares[c] / counts[c]));
        }

        for (int c = 0; c < columns; c++) sum.AddRaw(block, c, ScaleClass.Mark(largest[c]));
    }

    private static AnalysisResult Describe(StudyPlan plan, SurveyResult survey, int sites)
    {
        if (plan.Privacy.Differential is not null) return new AnalysisResult(new JsonObject { ["sites"] = sites }, [new ResultTable("sites", ["sites"], [[(long)sites]])]) { Survey = survey };
        var rows = new JsonObject();
        for (int s = 0; s < plan.Scanners.Length; s++) rows.Add(plan.Scanners[s], survey.RowsPerScanner[s]);
        var missing = new JsonObject();
        for (int f = 0; f < plan.Features.Length; f++)
            if (survey.MissingPerFeature[f] > 0) missing.Add(plan.Features[f], survey.MissingPerFeature[f]);
        var document = new JsonObject { ["n"] = survey.Rows, ["sites"] = sites, ["rows_per_scanner"] = rows, ["missing_per_feature"] = missing };
        var table = new ResultTable(
            "scanners", ["scanner", "rows", "all_rows", "holders"],
            [.. plan.Scanners.Select((name, s) => new object?[] { name, survey.RowsPerScanner[s], survey.AllRowsPerScanner[s], survey.HoldersPerScanner[s] })]);
        return new AnalysisResult(document, [table]) { Survey = survey };
    }
}
