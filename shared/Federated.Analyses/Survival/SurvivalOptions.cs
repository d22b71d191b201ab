using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Values;

namespace Federated.Analyses.Survival;

/// <summary>The keys that the analyses of survival share, and what they say under a plan.</summary>
internal static class SurvivalOptions
{
    /// <summary>An option does not fit the plan or the others.</summary>
    public const string Unfit = "E2501";

    /// <summary>Most edges of a grid of times.</summary>
    public const int MostEdges = 10_000;

    public static readonly TextShape Value = new() { Names = NameOf.Value };
    public static readonly TextShape Number = new() { Names = NameOf.Number };
    public static readonly TextShape Category = new() { Names = NameOf.Category };
    public static readonly TextShape Label = new() { Names = NameOf.Label };

    public static readonly OptionKey Time = new("time", Number, "When a row left: a number, such as days.") { Required = true };
    public static readonly OptionKey Status = new("status", Value, "Whether it left with an event: 1 or 0, or the second of two levels.") { Required = true };
    public static readonly OptionKey Strata = new("strata", Category, "A category within which rows are compared, such as the column `site`.");
    public static readonly OptionKey Confidence = new("confidence", new NumberShape(0, 1) { Between = true }, "Confidence of the intervals.") { Default = 0.95 };

    public static readonly OptionKey Times = new(
        "times",
        new EitherShape(
            new ChoiceShape("exact"),
            new ObjectShape(new OptionKey(
                "grid", new ListShape(new NumberShape(double.MinValue, double.MaxValue), 1, MostEdges), "Ends of the intervals, ascending. Times are taken as the end of their interval; what lies beyond the last is cut off there.")
            { Required = true })),
        "exact: every distinct time is told, and with it when single patients left. { grid: [..] }: times are rounded up to agreed ends of intervals, which hides them.")
    { Default = "exact" };

    /// <summary>The edges of the agreed grid, or null where times are exact.</summary>
    /// <exception cref="AnalysisRefusedException">E2501: they are not ascending.</exception>
    public static ImmutableArray<double>? Grid(AnalysisSpecification specification)
    {
        if (specification.Options["times"] is not JsonObject { } times) return null;
        ImmutableArray<double> edges = [.. times["grid"]!.AsArray().Select(e => (double)e!)];
        if (edges.Zip(edges.Skip(1)).Any(pair => pair.First >= pair.Second))
            throw new AnalysisRefusedException(Unfit, $"Analysis {specification.Id}: the grid of times is not ascending: sort it.");
        return edges;
    }

    /// <summary>What a key's name stands for; null if the key is absent.</summary>
    /// <exception cref="AnalysisRefusedException">E2501: it stands for nothing.</exception>
    public static PlanValue? Named(StudyPlan plan, AnalysisSpecification specification, string key) =>
        (string?)specification.Options[key] is { } name ? Find(plan, specification, name) : null;

    /// <summary>What a name stands for.</summary>
    /// <exception cref="AnalysisRefusedException">E2501: nothing.</exception>
    public static PlanValue Find(StudyPlan plan, AnalysisSpecification specification, string name) => PlanValue.Find(plan, name)
        ?? throw new AnalysisRefusedException(Unfit, $"Analysis {specification.Id}: '{PlainText.Shown(name)}' is no feature, covariate or column of the study: correct the name.");

    /// <summary>The words of a list.</summary>
    public static ImmutableArray<string> Words(AnalysisSpecification specification, string key) =>
        specification.Options[key] is JsonArray words ? PlanParts.Words(words) : [];
}
