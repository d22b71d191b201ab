using System.Collections.Immutable;
using Federated.Analyses.Study.Documents;
using Federated.Analyses.Study.Shapes;

namespace Federated.Analyses.Study;

/// <summary>What the names that analyses give to their outcomes, predictors, factors and times refer to: a feature, a covariate, or a column of the cohort.</summary>
internal static class ColumnChoice
{
    /// <summary>The word that stands for every harmonized feature of the study.</summary>
    public const string Harmonized = "harmonized";

    /// <summary>Each name once, with the strongest word on what it must be: a factor that is also listed as a predictor is a category.</summary>
    /// <param name="mentions">What was read.</param>
    /// <param name="siteColumn">The study's column `site`; null = none.</param>
    public static IReadOnlyList<(string Name, NameOf Kind, Mention First)> Named(IEnumerable<Mention> mentions, string? siteColumn) =>
    [
        .. mentions.Where(m => (m.Kind == NameOf.Site ? siteColumn is not null : IsValue(m.Kind)) && !IsReserved(m))
            .GroupBy(m => m.Kind == NameOf.Site ? siteColumn! : m.Name, StringComparer.Ordinal)
            .Select(g => (g.Key, g.Select(m => m.Kind == NameOf.Site ? NameOf.Category : m.Kind).MaxBy(Strength), g.First())),
    ];

    /// <summary>The columns that the plan must name, in the order in which analyses name them; an error for each name that refers to nothing usable.</summary>
    public static ImmutableArray<CohortColumn> Choose(
        MapNode root, string? siteColumn, ImmutableArray<string> features, ImmutableArray<Covariate> covariates, ImmutableArray<CohortColumn> declared,
        ImmutableSortedDictionary<string, CohortColumn> found, ShapeReading reading)
    {
        var columns = ImmutableArray.CreateBuilder<CohortColumn>();
        foreach ((string name, NameOf kind, Mention first) in Named(reading.Mentions, siteColumn))
        {
            DocumentNode at = first.At;
            CohortColumn? own = declared.FirstOrDefault(c => Is(c.Name, name));
            if (own is null && covariates.FirstOrDefault(c => Is(c.Name, name)) is { } covariate)
            {
                RequireType(kind, covariate.Type == CovariateType.Categorical ? ColumnType.Category : ColumnType.Number, name, at, reading);
                continue;
            }

            if (own is null && kind is NameOf.Value or NameOf.Number && features.Contains(name, StringComparer.Ordinal)) continue;
            CohortColumn? other = found.GetValueOrDefault(name);
            CohortColumn column = own ?? other ?? new CohortColumn(name, TypeFor(kind), []);
            if (!RequireType(kind, column.Type, name, at, reading)) continue;
            if (column.Type == ColumnType.Category && column.Levels.IsEmpty) column = column with { Levels = other?.Levels ?? [] };
            if (column.Type == ColumnType.Category && column.Levels.IsEmpty)
            {
                string shown = PlainText.Shown(name);
                reading.Error("E2008", at, $"column '{shown}' lists no levels: add columns: [{{ name: {shown}, type: categorical, levels: [LEVEL, LEVEL] }}] (the first is the reference)");
            }

            columns.Add(column);
        }

        RequireUsed(root, declared, columns, reading);
        return columns.ToImmutable();
    }

    /// <summary>Every name that an analysis of a plan gives is in the plan.</summary>
    public static void Require(StudyPlan plan, ShapeReading reading)
    {
        foreach ((string name, NameOf kind, Mention mention) in Named(reading.Mentions, plan.SiteColumn))
        {
            ColumnType? type = plan.Columns.FirstOrDefault(c => Is(c.Name, name))?.Type
                ?? (plan.Covariates.FirstOrDefault(c => Is(c.Name, name))?.Type is { } covariate
                    ? covariate == CovariateType.Categorical ? ColumnType.Category : ColumnType.Number
                    : plan.Features.Contains(name, StringComparer.Ordinal) ? ColumnType.Number : null);
            if (type is null) reading.Error("E2009", mention.At, $"{mention.Label} '{PlainText.Shown(name)}' is no feature, covariate or column of the plan");
            else RequireType(kind, type.Value, name, mention.At, reading);
        }

        foreach (CohortColumn column in plan.Columns)
        {
            if ((column.Type == ColumnType.Category) == column.Levels.IsEmpty)
                reading.Error("E2008", reading.Mentions.FirstOrDefault()?.At ?? new ScalarNode("", false, 1, 1), $"column '{PlainText.Shown(column.Name)}' must list levels if it is categorical, and only then");
        }
    }

    private static bool RequireType(NameOf kind, ColumnType type, string name, DocumentNode at, ShapeReading reading)
    {
        bool fits = kind switch
        {
            NameOf.Category => type == ColumnType.Category,
            NameOf.Number => type == ColumnType.Number,
            NameOf.Label => true,
            _ => type != ColumnType.Label,
        };
        if (!fits)
        {
            reading.Error("E2005", at, $"'{PlainText.Shown(name)}' is a {Word(type)}, and a {Word(TypeFor(kind))} is needed here; use another column, or correct its type under columns or covariates");
        }

        return fits;
    }

    private static void RequireUsed(MapNode root, ImmutableArray<CohortColumn> declared, ImmutableArray<CohortColumn>.Builder columns, ShapeReading reading)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < declared.Length; i++)
        {
            DocumentNode at = ((MapNode)((ListNode)root.Find("columns")!).Items[i]).Find("name")!;
            string shown = PlainText.Shown(declared[i].Name);
            if (!names.Add(declared[i].Name)) reading.Error("E2006", at, $"column '{shown}' occurs twice; remove one");
            else if (declared[i].Type != ColumnType.Category && !declared[i].Levels.IsEmpty) reading.Error("E2005", at, $"column '{shown}' is not categorical and has no levels; remove them");
            else if (!columns.Any(c => Is(c.Name, declared[i].Name))) reading.Error("E2009", at, $"column '{shown}' is read by no analysis; remove it, or correct its name");
        }
    }

    private static bool IsValue(NameOf kind) => kind is NameOf.Value or NameOf.Number or NameOf.Category or NameOf.Label;

    private static bool IsReserved(Mention mention) => mention.Kind == NameOf.Value && Is(mention.Name, Harmonized);

    private static int Strength(NameOf kind) => kind switch { NameOf.Category => 4, NameOf.Number => 3, NameOf.Value => 2, _ => 1 };

    private static ColumnType TypeFor(NameOf kind) => kind switch { NameOf.Category => ColumnType.Category, NameOf.Label => ColumnType.Label, _ => ColumnType.Number };

    private static string Word(ColumnType type) => type switch { ColumnType.Category => "category", ColumnType.Label => "label", _ => "number" };

    private static bool Is(string a, string b) => string.Equals(a, b, StringComparison.Ordinal);
}
