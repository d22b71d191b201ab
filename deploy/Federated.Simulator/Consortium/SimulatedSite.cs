using System.Collections.Immutable;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Coordinator;

namespace Federated.Simulator.Consortium;

/// <summary>One hospital of the simulation: the label the tables give it, the name it has in the consortium, and its rows.</summary>
public sealed record SimulatedSite(string Label, string Name, FeatureTable Features, CohortTable Cohort)
{
    /// <summary>
    /// Deals the rows of a study to its data holders: by the site column, or one holder per scanner where the study names none. Rows without a holder belong to nobody
    /// and are returned as a count.
    /// </summary>
    public static (ImmutableArray<SimulatedSite> Sites, int Unassigned) Deal(string? siteColumn, string scannerColumn, FeatureTable features, CohortTable cohort)
    {
        ReadOnlySpan<string> holders = siteColumn is null ? cohort.Column(scannerColumn, "the scanner") : cohort.Column(siteColumn, "the site");
        var rowsOf = new SortedDictionary<string, List<int>>(StringComparer.Ordinal);
        int unassigned = 0;
        for (int row = 0; row < holders.Length; row++)
        {
            if (DecimalText.IsMissing(holders[row])) unassigned++;
            else if (rowsOf.TryGetValue(holders[row], out List<int>? rows)) rows.Add(row);
            else rowsOf[holders[row]] = [row];
        }

        Dictionary<string, int> featureRow = features.RowIds.Select((id, row) => (id, row)).ToDictionary(r => r.id, r => r.row, StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var sites = ImmutableArray.CreateBuilder<SimulatedSite>(rowsOf.Count);
        foreach ((string label, List<int> rows) in rowsOf)
        {
            CohortTable own = cohort.Take([.. rows]);
            int[] ownFeatures = [.. own.RowIds.Where(featureRow.ContainsKey).Select(id => featureRow[id])];
            sites.Add(new SimulatedSite(label, NameFor(label, taken), features.Take(ownFeatures), own));
        }

        return (sites.MoveToImmutable(), unassigned);
    }

    /// <summary>The site's rows under a plan, and what was done to get them.</summary>
    public StudyTableBuild Build(StudyPlan plan) => StudyTableBuilder.Build(plan, Features, Cohort);

    // A name fit for a certificate, near the label; made unique where two labels come out alike.
    private static string NameFor(string label, HashSet<string> taken)
    {
        string stem = string.Concat(label.ToLowerInvariant().Select(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') ? c : '-')).Trim('-');
        if (stem.Length == 0) stem = "site";
        stem = stem[..int.Min(stem.Length, 50)].TrimEnd('-');
        string name = stem;
        for (int i = 2; !SiteName.IsValid(name) || !taken.Add(name); i++) name = $"{stem}-{i}";
        return name;
    }
}
