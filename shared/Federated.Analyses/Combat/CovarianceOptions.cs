using System.Text.Json.Nodes;
using Federated.Analyses.Study.Shapes;
using Federated.Statistics.Harmonization.Covariance;

namespace Federated.Analyses.Combat;

/// <summary>The option `covariance`: how much of what features have in common is harmonized too (CovBat).</summary>
internal static class CovarianceOptions
{
    /// <summary>Features that can be harmonized together: their products fill one vector.</summary>
    public const int MostFeatures = 2_000;

    private const double DefaultShare = 0.95;

    /// <summary>The key.</summary>
    public static OptionKey Key { get; } = new(
        "covariance",
        new ObjectShape(
            new OptionKey("variance-explained", new NumberShape(0, 1) { Between = true }, "Components are harmonized until they explain more than this share of the variance; absent: 0.95."),
            new OptionKey("components", new IntegerShape(1, MostFeatures), "Number of components, instead of a share.")),
        "Harmonize how features vary together, too (CovBat): scores of principal components lose their scanner's location and scale.");

    /// <summary>Reads the entry; null where covariances are left alone.</summary>
    /// <exception cref="AnalysisRefusedException">E2103: a share and a number.</exception>
    public static ComponentChoice? Read(JsonNode? node)
    {
        if (node is not JsonObject options) return null;
        if (options["variance-explained"] is not null && options["components"] is not null)
            throw new AnalysisRefusedException(CombatOptions.Unknown, "combat: covariance has variance-explained and components: keep one.");
        return new ComponentChoice((double?)options["variance-explained"] ?? DefaultShare, (int?)(long?)options["components"]);
    }
}
