using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Federated.Analyses.Study;

/// <summary>
/// A study as it is approved: everything named, nothing left to be found out from the data. Made from study.yaml with its vocabularies (scanners,
/// levels,
/// features) complete, so no word from a hospital's tables ever needs to leave it.
/// </summary>
public sealed record StudyPlan
{
    /// <summary>Identifier, [a-z0-9-]{1,64}.</summary>
    public required string Id { get; init; }

    /// <summary>One line for people.</summary>
    public required string Title { get; init; }

    /// <summary>What it is for, shown to officers.</summary>
    public string Purpose { get; init; } = "";

    /// <summary>Legal entity that sees the results.</summary>
    public string Recipient { get; init; } = "";

    /// <summary>Ethics or data-permit reference.</summary>
    public string Approval { get; init; } = "";

    /// <summary>Cohort column that names the batch: one scanner under one reconstruction.</summary>
    public string ScannerColumn { get; init; } = "scanner";

    /// <summary>Cohort column that names the data holder; used by the simulator only.</summary>
    public string? SiteColumn { get; init; }

    /// <summary>Cohort column that names the patient, for repeated scans.</summary>
    public string? SubjectColumn { get; init; }

    /// <summary>Rows to estimate on; null = all.</summary>
    public FitOn? FitOn { get; init; }

    /// <summary>Scanner labels, in code-point order: the index is the scanner's number on the wire.</summary>
    public required ImmutableArray<string> Scanners { get; init; }

    /// <summary>Feature names, in the order of the vocabulary: the index is the feature's number on the wire.</summary>
    public required ImmutableArray<string> Features { get; init; }

    /// <summary>identity or log.</summary>
    public FeatureScale Scale { get; init; }

    /// <summary>How the features are measured; null = the plan does not say, and tables come as they are.</summary>
    public MeasurementSection? Measurement { get; init; }

    /// <summary>Covariates whose effect is kept.</summary>
    public ImmutableArray<Covariate> Covariates
    {
        get;
        init
        {
            field = value;
            DesignColumns = DesignOf(value);
        }
    } = [];

    /// <summary>Columns of the cohort that analyses read beside the covariates: outcomes, predictors, factors, weights, times. Nothing of them is harmonized.</summary>
    public ImmutableArray<CohortColumn> Columns { get; init; } = [];

    /// <summary>Every column of the cohort that the study reads: of a hospital's others, no cell is looked at.</summary>
    public ImmutableHashSet<string> CohortColumns =>
    [
        ScannerColumn, .. SubjectColumn is { } subject ? (string[])[subject] : [], .. FitOn is { } fitOn ? (string[])[fitOn.Column] : [],
        .. Covariates.Select(c => c.Name), .. Columns.Select(c => c.Name),
    ];

    /// <summary>Analyses, in the order in which they run.</summary>
    public required ImmutableArray<AnalysisSpecification> Analyses { get; init; }

    /// <summary>What protects the exchange.</summary>
    public PrivacyTerms Privacy { get; init; } = new();

    /// <summary>Who must take part, and how long a round may last.</summary>
    public Quorum Quorum { get; init; } = new();

    /// <summary>
    /// Covariate columns of the design, without batch columns: per covariate in plan order, one column for a continuous one, one dummy per level
    /// after the
    /// first for a categorical one.
    /// </summary>
    public ImmutableArray<DesignColumn> DesignColumns { get; private init; } = [];

    private static ImmutableArray<DesignColumn> DesignOf(ImmutableArray<Covariate> covariates)
    {
        var columns = ImmutableArray.CreateBuilder<DesignColumn>();
        for (int c = 0; c < covariates.Length; c++)
        {
            if (covariates[c].Type == CovariateType.Continuous)
                columns.Add(new DesignColumn(covariates[c].Name, c, null));
            else
                foreach (string level in covariates[c].Levels.Skip(1)) columns.Add(new DesignColumn(covariates[c].Name + "=" + level, c, level));
        }

        return columns.ToImmutable();
    }
}

/// <summary>Estimate on the rows where <paramref name="Column"/> has <paramref name="Value"/>; apply the frozen estimates to all.</summary>
public sealed record FitOn(string Column, string Value);

/// <summary>The scale on which features are harmonized.</summary>
public enum FeatureScale
{
    /// <summary>As measured.</summary>
    Identity,

    /// <summary>Natural logarithm, returned on the original scale: for positive features (SUV, volumes).</summary>
    Log,
}

/// <summary>Continuous or categorical.</summary>
public enum CovariateType
{
    /// <summary>A number.</summary>
    Continuous,

    /// <summary>One of the listed levels.</summary>
    Categorical,
}

/// <summary>A covariate whose effect is kept. The first level is the reference.</summary>
public sealed record Covariate(string Name, CovariateType Type, ImmutableArray<string> Levels);

/// <summary>What the cells of a column of the cohort are.</summary>
public enum ColumnType
{
    /// <summary>A number.</summary>
    Number,

    /// <summary>One of the levels that the plan lists.</summary>
    Category,

    /// <summary>A label that is known at its site only, such as a patient's: tells rows apart, and is never spelt in a plan or on the wire.</summary>
    Label,
}

/// <summary>A column of the cohort that analyses read. The first level of a category is the reference; others have none.</summary>
public sealed record CohortColumn(string Name, ColumnType Type, ImmutableArray<string> Levels);

/// <summary>One column of the design: its name, the covariate's index, and the level it marks (null for a continuous one).</summary>
public sealed record DesignColumn(string Name, int Covariate, string? Level);

/// <summary>One analysis of the plan: its id, its kind, and the options of that kind in canonical form (defaults filled in).</summary>
public sealed record AnalysisSpecification(string Id, string Kind, JsonObject Options);

/// <summary>Terms under which numbers leave.</summary>
public sealed record PrivacyTerms
{
    /// <summary>Masked (secure) or clear integers (plain) on the wire.</summary>
    public Aggregation Aggregation { get; init; } = Aggregation.Secure;

    /// <summary>Least number of rows per scanner; a site's officer may ask for more. Null: the site's own policy decides.</summary>
    public int? MinimumRows { get; init; }

    /// <summary>Whether scanner effects are reported per scanner or stay local.</summary>
    public ScannerEffectsTerms ScannerEffects { get; init; } = ScannerEffectsTerms.Shared;

    /// <summary>Noise that hides each patient; null: sums are exact.</summary>
    public Noise.DifferentialTerms? Differential { get; init; }
}

/// <summary>How sums are protected against the coordinator.</summary>
public enum Aggregation
{
    /// <summary>The coordinator sees each site's integers.</summary>
    Plain,

    /// <summary>The coordinator sees only the sum.</summary>
    Secure,
}

/// <summary>Whether the coordinator sees each scanner's effects.</summary>
public enum ScannerEffectsTerms
{
    /// <summary>Reported per scanner.</summary>
    Shared,

    /// <summary>They stay at the hospital.</summary>
    Local,
}

/// <summary>Least number of sites, and the longest a round may last.</summary>
public sealed record Quorum
{
    /// <summary>Sites that must have approved, and that must answer each round.</summary>
    public int Sites { get; init; } = 1;

    /// <summary>A round without enough answers after this time is closed.</summary>
    public TimeSpan RoundDeadline { get; init; } = TimeSpan.FromHours(2);
}
