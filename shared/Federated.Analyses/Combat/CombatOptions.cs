using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Statistics.Harmonization;
using Federated.Statistics.Harmonization.Covariance;

namespace Federated.Analyses.Combat;

/// <summary>The options of a <c>combat</c> entry, read from their canonical form.</summary>
/// <param name="Settings">How scanner effects are estimated.</param>
/// <param name="Reference">Label of the scanner that all others are brought to; null: the average of all.</param>
public sealed record CombatOptions(CombatSettings Settings, string? Reference)
{
    /// <summary>An option has a value that is not one of those allowed.</summary>
    internal const string Unknown = "E2103";

    private const string NotAvailable = "E2102";

    /// <summary>How many components of the covariance are harmonized; null: none.</summary>
    public ComponentChoice? Covariance { get; init; }

    /// <summary>Covariates with smooth effects.</summary>
    public ImmutableArray<SmoothOptions> Smooth { get; init; } = [];

    /// <summary>Reads the options; what is absent takes its default (parametric, locations and scales, no reference, to convergence).</summary>
    /// <exception cref="AnalysisRefusedException">A value is unknown or not available in this version.</exception>
    public static CombatOptions From(JsonObject options)
    {
        if (!IsEmpty(options["random-intercept"]))
            throw new AnalysisRefusedException(NotAvailable, "combat: random-intercept is not available in this version: leave it out.");

        var settings = new CombatSettings
        {
            Shrinkage = Word(options, "empirical-bayes", "parametric") switch
            {
                "parametric" => Shrinkage.Parametric,
                "nonparametric" => Shrinkage.Nonparametric,
                "none" => Shrinkage.None,
                string other => throw new AnalysisRefusedException(
                    Unknown, $"combat: empirical-bayes is \"{other}\": parametric, nonparametric or none is needed."),
            },
            Stopping = Word(options, "stopping", "converged") switch
            {
                "converged" => Stopping.Converged,
                "compatible" => Stopping.Compatible,
                string other => throw new AnalysisRefusedException(Unknown, $"combat: stopping is \"{other}\": converged or compatible is needed."),
            },
            MeanOnly = options["mean-only"] switch
            {
                null => false,
                JsonValue value when value.TryGetValue(out bool flag) => flag,
                JsonNode other => throw new AnalysisRefusedException(Unknown, $"combat: mean-only is {other.ToJsonString()}: true or false is needed."),
            },
        };
        string reference = Word(options, "reference", "");
        ComponentChoice? covariance = CovarianceOptions.Read(options["covariance"]);
        if (covariance is not null && settings.MeanOnly)
            throw new AnalysisRefusedException(Unknown, "combat: covariance brings scales together, and mean-only leaves them as they are: keep one.");
        return new CombatOptions(settings, reference.Length == 0 ? null : reference) { Smooth = SmoothOptions.Read(options["smooth"]), Covariance = covariance };
    }

    private static string Word(JsonObject options, string key, string otherwise) => options[key] switch
    {
        null => otherwise,
        JsonValue value when value.TryGetValue(out string? word) => word,
        JsonNode other => throw new AnalysisRefusedException(Unknown, $"combat: {key} is {other.ToJsonString()}: a word is needed."),
    };

    private static bool IsEmpty(JsonNode? node) => node is null or JsonArray { Count: 0 };
}
