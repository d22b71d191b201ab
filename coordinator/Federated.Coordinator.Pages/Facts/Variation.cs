using Federated.Coordinator.Running;
using Federated.Coordinator.Service;

namespace Federated.Coordinator.Pages.Facts;

/// <summary>How much scanners differ in one feature: between-scanner coefficients of variation, as fractions; NaN where not applicable.</summary>
public sealed record FeatureVariation(string Feature, double Raw, double Harmonized)
{
    /// <summary>Coefficient of variation of the scanners' means, harmonized: holds the chance of few patients per scanner too.</summary>
    public double MeansHarmonized { get; init; } = double.NaN;

    /// <summary>What counts: as harmonized where that is known.</summary>
    public double Final => double.IsFinite(Harmonized) ? Harmonized : Raw;

    /// <summary>Whether the feature can be used across scanners: below 10 %, up to 15 %, above.</summary>
    public string Verdict => VerdictOn(Final);

    /// <summary>The clinical verdict on a between-scanner coefficient of variation.</summary>
    public static string VerdictOn(double variation) => !double.IsFinite(variation) ? "not applicable" : variation < 0.10 ? "usable" : variation <= 0.15 ? "borderline" : "not usable";
}

/// <summary>Effects of scanners on features, from a combat that shares them.</summary>
/// <param name="Scanners">Rows.</param>
/// <param name="Features">Columns.</param>
/// <param name="Location">Per scanner and feature, in pooled standard deviations; NaN = left untouched.</param>
/// <param name="Scale">Per scanner and feature, ratio of variances.</param>
public sealed record ScannerEffectsGrid(IReadOnlyList<string> Scanners, IReadOnlyList<string> Features, double[][] Location, double[][] Scale)
{
    /// <summary>Scanners by how far they lie from the others: root mean square of their location effects, in pooled standard deviations.</summary>
    public IEnumerable<(string Scanner, double Distance)> ByDistance() => Scanners.Select((s, i) => (s, Root(Location[i]))).OrderByDescending(p => p.Item2);

    private static double Root(double[] effects)
    {
        double sum = 0;
        int count = 0;
        foreach (double effect in effects.Where(double.IsFinite))
        {
            sum += effect * effect;
            count++;
        }

        return count == 0 ? double.NaN : Math.Sqrt(sum / count);
    }
}

/// <summary>What a study knows of the variation between its scanners.</summary>
/// <param name="Features">Per feature; empty without an analysis of variability.</param>
/// <param name="Effects">Null where no combat shares them.</param>
/// <param name="VariabilityId">The analysis that found the first; null = none.</param>
/// <param name="CombatId">The analysis that found the second; null = none.</param>
public sealed record Variation(IReadOnlyList<FeatureVariation> Features, ScannerEffectsGrid? Effects, string? VariabilityId, string? CombatId)
{
    /// <summary>From a study's findings: the last of each kind counts.</summary>
    public static Variation Of(IEnumerable<AnalysisFinding> findings)
    {
        AnalysisFinding[] concluded = [.. findings.Where(f => f.Document is not null)];
        AnalysisFinding? variability = concluded.LastOrDefault(f => f.Analysis.Kind is "variability"), combat = concluded.LastOrDefault(f => f.Analysis.Kind is "combat");
        return new Variation(
            variability is null ? [] : Spread(variability.Document!), combat is null ? null : EffectsOf(combat.Document!), variability?.Analysis.Id, combat?.Analysis.Id);
    }

    private static List<FeatureVariation> Spread(ResultDocument document)
    {
        var grid = ResultGrid.Read("variability", document.Tables[0].Csv);
        var order = new List<string>();
        var known = new Dictionary<string, FeatureVariation>(StringComparer.Ordinal);
        for (int row = 0; row < grid.Rows.Count; row++)
        {
            string feature = grid.Rows[row][grid.Find("feature")];
            double variation = grid.Number(row, "cov_between");
            if (!known.TryGetValue(feature, out FeatureVariation? found))
            {
                order.Add(feature);
                found = new FeatureVariation(feature, double.NaN, double.NaN);
            }

            known[feature] = grid.Rows[row][grid.Find("stage")] is "raw" ? found with { Raw = variation } : found with { Harmonized = variation, MeansHarmonized = grid.Find("cov_scanner_means") < 0 ? double.NaN : grid.Number(row, "cov_scanner_means") };
        }

        return [.. order.Select(f => known[f])];
    }

    private static ScannerEffectsGrid? EffectsOf(ResultDocument document)
    {
        (string _, string? location) = document.Tables.FirstOrDefault(t => t.Name is "gamma_star");
        (string _, string? scale) = document.Tables.FirstOrDefault(t => t.Name is "delta_star");
        if (location is null || scale is null) return null;
        ResultGrid gamma = ResultGrid.Read("gamma_star", location), delta = ResultGrid.Read("delta_star", scale);
        return new ScannerEffectsGrid([.. gamma.Rows.Select(r => r[0])], [.. gamma.Columns.Skip(1)], Numbers(gamma), Numbers(delta));
    }

    private static double[][] Numbers(ResultGrid grid) => [.. grid.Rows.Select(r => r.Skip(1).Select(ResultGrid.Number).ToArray())];
}
