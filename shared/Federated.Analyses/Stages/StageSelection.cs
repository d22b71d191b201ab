using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;

namespace Federated.Analyses.Stages;

/// <summary>
/// The options `of` (stages, default raw and, after a combat, harmonized) and `from` (id of the combat, default the last one before this analysis), as
/// `describe` and `variability` have them.
/// </summary>
/// <param name="Stages">In the order of the options, without repetition.</param>
/// <param name="From">Id of the combat whose outcome is looked at; null if harmonized values are not.</param>
public sealed record StageSelection(ImmutableArray<FeatureStage> Stages, string? From)
{
    private const string Raw = "raw";
    private const string Harmonized = "harmonized";
    private const string Combat = "combat";

    /// <summary>The keys `of` and `from`.</summary>
    public static ImmutableArray<OptionKey> Keys { get; } =
    [
        new("of", new ListShape(new ChoiceShape(Raw, Harmonized), 1, 2), "Which values: as measured, as harmonized, or both; absent: both where a combat stands before."),
        new("from", new TextShape { Names = NameOf.EarlierCombat }, "Id of the combat whose outcome is meant; absent: the last one before."),
    ];

    /// <summary>The word for a stage in study.yaml and in results.</summary>
    public static string Word(FeatureStage stage) => stage == FeatureStage.Raw ? Raw : Harmonized;

    /// <summary>Reads the options of this analysis.</summary>
    /// <exception cref="AnalysisRefusedException">E2401: an option has no such value, or there is no combat before it.</exception>
    public static StageSelection Read(StudyPlan plan, AnalysisSpecification specification)
    {
        string where = $"Analysis {specification.Id}";
        ImmutableArray<string> combats = [.. plan.Analyses.TakeWhile(a => !Is(a.Id, specification.Id)).Where(a => Is(a.Kind, Combat)).Select(a => a.Id)];
        ImmutableArray<FeatureStage> otherwise = combats.IsEmpty ? [FeatureStage.Raw] : [FeatureStage.Raw, FeatureStage.Harmonized];
        ImmutableArray<FeatureStage> stages = Of(specification.Options["of"], where, otherwise);
        if (!stages.Contains(FeatureStage.Harmonized)) return new StageSelection(stages, null);

        string? from = Text(specification.Options["from"], where);
        if (combats.IsEmpty)
            throw Refused($"{where}: `of` names harmonized values, but no combat comes before it: add one, or ask for [raw].");
        if (from is not null && !combats.Contains(from, StringComparer.Ordinal))
            throw Refused($"{where}: `from` names '{PlainText.Shown(from)}', which is no combat before it: use one of {string.Join(", ", combats)}.");
        return new StageSelection(stages, from ?? combats[^1]);
    }

    private static ImmutableArray<FeatureStage> Of(JsonNode? node, string where, ImmutableArray<FeatureStage> otherwise)
    {
        if (node is null) return otherwise;
        var stages = ImmutableArray.CreateBuilder<FeatureStage>();
        foreach (JsonNode? word in node as JsonArray ?? [])
        {
            string text = Text(word, where) ?? "";
            if (!Is(text, Raw) && !Is(text, Harmonized)) throw Unreadable(where);
            FeatureStage stage = Is(text, Raw) ? FeatureStage.Raw : FeatureStage.Harmonized;
            if (stages.Contains(stage)) throw Unreadable(where);
            stages.Add(stage);
        }

        return stages.Count > 0 ? stages.ToImmutable() : throw Unreadable(where);
    }

    private static string? Text(JsonNode? node, string where)
    {
        if (node is null) return null;
        if (node.GetValueKind() != JsonValueKind.String) throw Unreadable(where);
        return node.GetValue<string>();
    }

    private static AnalysisRefusedException Unreadable(string where) =>
        Refused($"{where}: `of` is a list of raw and harmonized, each at most once, and `from` the id of a combat.");

    private static AnalysisRefusedException Refused(string message) => new("E2401", message);

    private static bool Is(string text, string word) => string.Equals(text, word, StringComparison.Ordinal);
}
