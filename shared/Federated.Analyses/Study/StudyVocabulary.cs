using System.Collections.Immutable;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Tables;

namespace Federated.Analyses.Study;

/// <summary>
/// The words of a study that a plan must spell out: scanner labels, levels, feature names. They come from study.yaml; or, where all tables are in one
/// hand (the simulator), from
/// the tables. At a hospital the words found in its tables are shown to its officer and go nowhere else.
/// </summary>
public sealed record StudyVocabulary
{
    /// <summary>Nothing known.</summary>
    public static StudyVocabulary Empty { get; } = new();

    /// <summary>Scanner labels; null = not known.</summary>
    public ImmutableArray<string>? Scanners { get; init; }

    /// <summary>Levels by name of the categorical covariate, the reference first; no entry = not known.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Levels { get; init; } =
        ImmutableSortedDictionary.Create<string, ImmutableArray<string>>(StringComparer.Ordinal);

    /// <summary>What the cohort's columns hold, by name; no entry = not known.</summary>
    public ImmutableSortedDictionary<string, CohortColumn> Columns { get; init; } =
        ImmutableSortedDictionary.Create<string, CohortColumn>(StringComparer.Ordinal);

    /// <summary>Feature names, before the study's include and exclude; null = not known.</summary>
    public ImmutableArray<string>? Features { get; init; }

    /// <summary>
    /// The words found in these tables: scanners and levels in code-point order (so the first level is the reference), features in the table's order.
    /// Only rows with features
    /// count; with `fit-on`, only levels among the rows to estimate on, since the effect of another level could not be estimated.
    /// </summary>
    /// <exception cref="TableInvalidException">The cohort lacks a column that the study names.</exception>
    public static StudyVocabulary FromTables(StudyFile study, FeatureTable features, CohortTable cohort)
    {
        var measured = new HashSet<string>(features.RowIds, StringComparer.Ordinal);
        int[] rows = [.. Enumerable.Range(0, cohort.Rows).Where(r => measured.Contains(cohort.RowIds[r]))];
        int[] fitRows = rows;
        if (study.FitOn is { } fitOn)
        {
            string[] roles = cohort.Column(fitOn.Column, "the rows to fit on").ToArray();
            fitRows = [.. rows.Where(r => string.Equals(roles[r], fitOn.Value, StringComparison.Ordinal))];
        }

        ImmutableSortedDictionary<string, ImmutableArray<string>>.Builder levels = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        foreach (Covariate covariate in study.Covariates)
            if (covariate.Type == CovariateType.Categorical) levels[covariate.Name] = Words(cohort.Column(covariate.Name, "a covariate"), fitRows);
        return new StudyVocabulary
        {
            Scanners = Words(cohort.Column(study.ScannerColumn, "the scanner"), rows),
            Levels = levels.ToImmutable(),
            Columns = FindColumns(study, features, cohort, rows),
            Features = features.Features,
        };
    }

    // A name that is no feature and no covariate is a column of the cohort: a category where some cell is no number.
    private static ImmutableSortedDictionary<string, CohortColumn> FindColumns(StudyFile study, FeatureTable features, CohortTable cohort, int[] rows)
    {
        ImmutableSortedDictionary<string, CohortColumn>.Builder columns = ImmutableSortedDictionary.CreateBuilder<string, CohortColumn>(StringComparer.Ordinal);
        foreach ((string name, NameOf kind) in study.Values)
        {
            if (study.Covariates.Any(c => string.Equals(c.Name, name, StringComparison.Ordinal))) continue;
            bool feature = features.Features.Contains(name, StringComparer.Ordinal);
            if (feature && !cohort.Has(name)) continue;
            ReadOnlySpan<string> cells = cohort.Column(name, "what an analysis reads");
            ColumnType type = kind switch
            {
                NameOf.Category => ColumnType.Category,
                NameOf.Label => ColumnType.Label,
                _ => study.Columns.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.Ordinal))?.Type
                    ?? (kind == NameOf.Value && !AllNumbers(cells, rows) ? ColumnType.Category : ColumnType.Number),
            };
            columns[name] = new CohortColumn(name, type, type == ColumnType.Category ? Words(cells, rows) : []);
        }

        return columns.ToImmutable();
    }

    private static bool AllNumbers(ReadOnlySpan<string> cells, int[] rows)
    {
        foreach (int row in rows)
            if (!DecimalText.IsMissing(cells[row]) && DecimalText.Read(cells[row], out _) != NumberOutcome.Number) return false;
        return true;
    }

    private static ImmutableArray<string> Words(ReadOnlySpan<string> cells, int[] rows)
    {
        var words = new SortedSet<string>(CodePointOrder.Instance);
        foreach (int row in rows)
            if (!DecimalText.IsMissing(cells[row])) words.Add(cells[row]);
        return [.. words];
    }
}
