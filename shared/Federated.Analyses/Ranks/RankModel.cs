using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Values;

namespace Federated.Analyses.Ranks;

/// <summary>What a rank analysis reads of a row: a value, and which of two groups it belongs to.</summary>
/// <param name="Value">What is ranked.</param>
/// <param name="Group">Category or 0/1 that makes the groups; null for paired values, whose groups are the signs of the differences.</param>
/// <param name="Paired">What is taken off the value of the same row; null where groups are compared.</param>
/// <param name="Grid">Ends of the intervals that values are rounded up to; null = exact.</param>
internal sealed record RankModel(PlanValue Value, PlanValue? Group, PlanValue? Paired, ImmutableArray<double>? Grid)
{
    /// <summary>An option does not fit the plan or the others.</summary>
    public const string Unfit = "E2701";

    private const int MostEdges = 10_000;

    public static readonly TextShape Any = new() { Names = NameOf.Value };
    public static readonly TextShape Number = new() { Names = NameOf.Number };
    public static readonly TextShape Category = new() { Names = NameOf.Category };

    public static readonly OptionKey Values = new(
        "values",
        new EitherShape(
            new ChoiceShape("exact"),
            new ObjectShape(new OptionKey("grid", new ListShape(new NumberShape(double.MinValue, double.MaxValue), 1, MostEdges), "Ends of the intervals, ascending. Values are taken as the end of their interval; what lies beyond the last as the last.")
            { Required = true })),
        "exact: every distinct value is told, and with it single patients' values. { grid: [..] }: values are rounded up to agreed ends of intervals, which hides them.")
    { Default = "exact" };

    /// <summary>What a key's name stands for.</summary>
    /// <exception cref="AnalysisRefusedException">E2701: nothing.</exception>
    public static PlanValue? Named(StudyPlan plan, AnalysisSpecification specification, string key) => (string?)specification.Options[key] is { } name
        ? PlanValue.Find(plan, name) ?? throw Refused(Unfit, specification, $"'{PlainText.Shown(name)}' is no feature, covariate or column of the study: correct the name")
        : null;

    /// <summary>The agreed grid; null where values are exact.</summary>
    /// <exception cref="AnalysisRefusedException">E2701: it is not ascending.</exception>
    public static ImmutableArray<double>? GridOf(AnalysisSpecification specification)
    {
        if (specification.Options["values"] is not JsonObject { } values) return null;
        ImmutableArray<double> edges = [.. values["grid"]!.AsArray().Select(e => (double)e!)];
        return edges.Zip(edges.Skip(1)).Any(pair => pair.First >= pair.Second) ? throw Refused(Unfit, specification, "the grid of values is not ascending: sort it") : edges;
    }

    /// <summary>A refusal that names the analysis.</summary>
    /// <param name="code">E27xx.</param>
    /// <param name="specification">The analysis.</param>
    /// <param name="what">What is wrong and how to mend it, without a full stop.</param>
    public static AnalysisRefusedException Refused(string code, AnalysisSpecification specification, string what) => new(code, $"Analysis {specification.Id}: {what}.");
}
