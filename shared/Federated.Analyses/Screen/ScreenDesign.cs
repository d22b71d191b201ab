using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Values;
using Federated.Statistics.Multiplicity;

namespace Federated.Analyses.Screen;

/// <summary>One column that explains features.</summary>
/// <param name="Name">As in R: the value's name, and for a category the level behind it.</param>
/// <param name="Value">What it holds.</param>
/// <param name="Level">The level it marks; -1 for a number.</param>
/// <param name="Tested">Whether it belongs to the outcome that is looked for, rather than to what is adjusted for.</param>
internal sealed record ScreenColumn(string Name, PlanValue Value, int Level, bool Tested);

/// <summary>What a screening looks for and what it adjusts for, under a plan.</summary>
/// <param name="Outcome">What features are held against.</param>
/// <param name="Columns">The design without its intercept: tested columns first.</param>
/// <param name="Stages">Which values of the features.</param>
/// <param name="Correction">Of the p-values.</param>
/// <param name="Alpha">Corrected p-values up to this one are discoveries.</param>
internal sealed record ScreenDesign(PlanValue Outcome, ImmutableArray<ScreenColumn> Columns, StageSelection Stages, Correction Correction, double Alpha)
{
    /// <summary>An option does not fit.</summary>
    public const string Unfit = "E2811";

    private const int MostAdjusted = 50;

    private static readonly TextShape Value = new() { Names = NameOf.Value };

    public static ImmutableArray<OptionKey> Keys { get; } =
    [
        new("outcome", Value, "What every feature is held against: a number, or a category whose groups are compared.") { Required = true },
        new("adjust-for", new ListShape(Value, 0, MostAdjusted), "What else explains the features: covariates or columns of the cohort.") { Default = new JsonArray() },
        new("factors", new ListShape(new TextShape { Names = NameOf.Category }, 0, MostAdjusted), "Those of them, or the outcome, that are categories even where they look like numbers.") { Default = new JsonArray() },
        new("correction", new ChoiceShape([.. Enum.GetValues<Correction>().Select(MultipleTesting.Word)]), "How p-values are corrected for their number, in R's words.") { Default = "BH" },
        new("alpha", new NumberShape(0, 1) { Between = true }, "Corrected p-values up to this one are discoveries.") { Default = 0.05 },
        .. StageSelection.Keys,
    ];

    /// <summary>Columns with the intercept.</summary>
    public int Width => Columns.Length + 1;

    public static ScreenDesign Of(StudyPlan plan, AnalysisSpecification specification)
    {
        PlanValue outcome = Find(plan, specification, (string)specification.Options["outcome"]!);
        var columns = ImmutableArray.CreateBuilder<ScreenColumn>();
        Add(columns, outcome, tested: true);
        string[] adjusted = specification.Options["adjust-for"] is JsonArray names ? [.. PlanParts.Words(names)] : [];
        foreach (string name in adjusted)
        {
            if (string.Equals(name, outcome.Name, StringComparison.Ordinal))
                throw Refused(Unfit, specification, $"'{PlainText.Shown(name)}' is looked for and adjusted for at once: take it off adjust-for");
            Add(columns, Find(plan, specification, name), tested: false);
        }

        foreach (string factor in specification.Options["factors"] is JsonArray factors ? PlanParts.Words(factors) : [])
            if (!columns.Any(c => string.Equals(c.Value.Name, factor, StringComparison.Ordinal)))
                throw Refused(Unfit, specification, $"factor '{PlainText.Shown(factor)}' is neither the outcome nor adjusted for: take it off factors");
        return new ScreenDesign(
            outcome, columns.ToImmutable(), StageSelection.Read(plan, specification), MultipleTesting.Find((string?)specification.Options["correction"] ?? "BH")!.Value,
            (double?)specification.Options["alpha"] ?? 0.05);
    }

    public static AnalysisRefusedException Refused(string code, AnalysisSpecification specification, string what) => new(code, $"Analysis {specification.Id}: {what}.");

    private static PlanValue Find(StudyPlan plan, AnalysisSpecification specification, string name) => PlanValue.Find(plan, name) is { } value
        ? value.Source != ValueSource.Feature ? value : throw Refused(Unfit, specification, $"'{PlainText.Shown(name)}' is a feature, and features are what is screened: name a covariate or a column of the cohort")
        : throw Refused(Unfit, specification, $"'{PlainText.Shown(name)}' is no covariate or column of the study: correct the name");

    private static void Add(ImmutableArray<ScreenColumn>.Builder columns, PlanValue value, bool tested)
    {
        if (!value.IsCategory) columns.Add(new ScreenColumn(value.Name, value, -1, tested));
        for (int level = 1; level < value.Levels.Length; level++) columns.Add(new ScreenColumn(value.Name + value.Levels[level], value, level, tested));
    }
}
