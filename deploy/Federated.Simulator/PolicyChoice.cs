using System.Text.Json;
using Federated.SiteAgent.Policy;

namespace Federated.Simulator;

/// <summary>What `--policy` says about the officers' limits.</summary>
public static class PolicyChoice
{
    /// <summary>
    /// The plan's own minimum and nothing else: in a simulation one person owns every row, so a site's default limits protect nobody; what the plan promises is kept.
    /// </summary>
    public static SitePolicy PlanOnly { get; } = SitePolicy.Permissive with { OwnData = false };

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>The policy of an option's value: a JSON file whose keys are those of <see cref="SitePolicy"/> in kebab case, `permissive`, or null.</summary>
    /// <exception cref="InputException">The file is not a policy.</exception>
    public static SitePolicy Read(string? option)
    {
        if (option is null) return PlanOnly;
        if (option == "permissive") return SitePolicy.Permissive;
        if (!File.Exists(option)) throw new InputException($"--policy {option}: there is no such file; give a policy file, or the word permissive.");
        try
        {
            return JsonSerializer.Deserialize<SitePolicy>(File.ReadAllText(option), Strict) ?? throw new InputException($"{option}: a policy is a JSON object, such as {{ \"minimum-rows-per-scanner\": 10 }}.");
        }
        catch (JsonException invalid)
        {
            throw new InputException($"{option}:{(invalid.LineNumber ?? 0) + 1}: not a policy ({invalid.Message.Split(" Path:")[0]}); keys are minimum-rows-per-scanner, minimum-rows-per-level, maximum-parameters-per-row, least-bin, least-difference, least-patients-per-update, epsilon-cap, cap-delta, allowed-kinds, share-scanner-effects, allow-plain-aggregation, allow-single-patients.");
        }
    }
}
