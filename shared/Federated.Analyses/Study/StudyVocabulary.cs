using System.Collections.Immutable;
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
            Features = features.Features,
        };
    }

    private static ImmutableArray<string> Words(ReadOnlySpan<string> cells, int[] rows)
    {
        var words = new SortedSet<string>(CodePointOrder.Instance);
        foreach (int row in rows)
            if (!DecimalText.IsMissing(cells[row])) words.Add(cells[row]);
        return [.. words];
    }
}
