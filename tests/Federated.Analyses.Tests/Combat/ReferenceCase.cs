using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Analyses.Tests.Exchange;

namespace Federated.Analyses.Tests.Combat;

/// <summary>One scan of a case.</summary>
public sealed record Scan(string Id, int Scanner, string Site, double[] Design, double[] Features, bool Fit)
{
    /// <summary>Before logarithms were taken; null = none were.</summary>
    public double[]? Measured { get; init; }
}

/// <summary>A published case: its scans, its plan, and what the published tool made of them.</summary>
public sealed class ReferenceCase
{
    public const string AnalysisId = "harmonize";

    private readonly string _folder;
    private readonly JsonObject _options;

    public ReferenceCase(string folder, string stopping)
    {
        _folder = folder;
        _options = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "options.json")))!.AsObject();
        ReferenceTable data = Table("data")!, cohort = Table("covariates")!;
        Assert.Equal(data.Ids, cohort.Ids);
        ReferenceTable? split = Table("split");
        int batch = cohort.Column("batch"), site = cohort.Column("site");
        string[] scanners = [.. cohort.Cells.Select(c => c[batch]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Plan = new StudyPlan
        {
            Id = "reference",
            Title = Path.GetFileName(folder),
            Scanners = [.. scanners],
            Features = [.. data.Columns],
            Covariates = [.. Covariates(cohort)],
            Analyses = [new AnalysisSpecification(AnalysisId, "combat", AnalysisOptions(stopping))],
        };
        Scans =
        [
            .. data.Ids.Select((id, i) => new Scan(
                id, Array.IndexOf(scanners, cohort.Cells[i][batch]), site < 0 ? cohort.Cells[i][batch] : cohort.Cells[i][site],
                Design(cohort, i), [.. data.Cells[i].Select(ReferenceTable.Parse)], split is null || split.Cells[i][0] is "train")),
        ];
    }

    public StudyPlan Plan { get; init; }

    public ImmutableArray<Scan> Scans { get; init; }

    /// <summary>Sites as the case has them; one per scanner where it names none.</summary>
    public Consortium AsPublished() => Dealt(scan => scan.Site);

    /// <summary>The scans dealt to sites by a rule.</summary>
    public Consortium Dealt(Func<Scan, string> site) => Consortium(Plan, Scans, site);

    public static Consortium Consortium(StudyPlan plan, IEnumerable<Scan> scans, Func<Scan, string> site) =>
        new(plan, [.. scans.GroupBy(site, StringComparer.Ordinal).Select(g => new Hospital(g.Key, Table(plan, g)))]);

    public ReferenceTable? Table(string name) =>
        File.Exists(Path.Combine(_folder, name + ".csv")) ? ReferenceTable.Read(Path.Combine(_folder, name + ".csv")) : null;

    /// <summary>The scans dealt to so many hospitals, some of which may stay empty.</summary>
    public static Consortium Dealt(StudyPlan plan, IReadOnlyCollection<Scan> scans, int hospitals, Func<Scan, int> hospital) =>
        new(plan, [.. Enumerable.Range(0, hospitals).Select(h => new Hospital($"h{h:00}", Table(plan, scans.Where(s => hospital(s) == h))))]);

    private static StudyTable Table(StudyPlan plan, IEnumerable<Scan> scans)
    {
        Scan[] rows = [.. scans.OrderBy(s => s.Scanner).ThenBy(s => s.Id, StringComparer.Ordinal)];
        return new StudyTable(
            plan, [.. rows.Select(r => r.Id)], [.. rows.Select(r => r.Scanner)], [.. rows.SelectMany(r => r.Design)],
            [.. rows.SelectMany(r => r.Features)], [.. rows.Select(r => r.Fit)], ImmutableSortedDictionary<ExclusionReason, long>.Empty)
        {
            Measured = rows.All(r => r.Measured is not null) ? [.. rows.SelectMany(r => r.Measured!)] : null,
        };
    }

    private IEnumerable<Covariate> Covariates(ReferenceTable cohort)
    {
        JsonNode covariates = _options["covariates"]!;
        foreach (string name in covariates["categorical"]!.AsArray().Select(n => (string)n!))
        {
            int column = cohort.Column(name);
            yield return new Covariate(name, CovariateType.Categorical, [.. cohort.Cells.Select(c => c[column]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
        }

        foreach (string name in covariates["continuous"]!.AsArray().Select(n => (string)n!)) yield return new Covariate(name, CovariateType.Continuous, []);
    }

    private double[] Design(ReferenceTable cohort, int row) =>
    [
        .. Plan.DesignColumns.Select(c =>
        {
            string cell = cohort.Cells[row][cohort.Column(Plan.Covariates[c.Covariate].Name)];
            return c.Level is null ? ReferenceTable.Parse(cell) : string.Equals(cell, c.Level, StringComparison.Ordinal) ? 1 : 0;
        }),
    ];

    private JsonObject AnalysisOptions(string stopping)
    {
        JsonObject options = _options["options"]!.AsObject();
        return new JsonObject
        {
            ["empirical-bayes"] = !(bool)options["eb"]! ? "none" : (bool)options["parametric"]! ? "parametric" : "nonparametric",
            ["mean-only"] = (bool)options["mean_only"]!,
            ["reference"] = (string?)options["ref_batch"],
            ["stopping"] = stopping,
        };
    }
}
