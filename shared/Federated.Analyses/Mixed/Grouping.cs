using System.Collections.Immutable;
using Federated.Analyses.Study;
using Federated.Analyses.Values;

namespace Federated.Analyses.Mixed;

/// <summary>What makes rows of one group: a category whose levels the plan lists and results name, or a label (a patient) that never leaves.</summary>
/// <param name="Value">The column.</param>
internal sealed record Grouping(PlanValue Value)
{
    /// <summary>An option of a mixed model or of repeatability does not fit.</summary>
    public const string Unfit = "E2901";

    /// <summary>Most rows of a group whose label never leaves.</summary>
    public const int MostRows = 64;

    /// <summary>Whether results name the groups.</summary>
    public bool Named => Value.IsCategory;

    /// <summary>Levels, or sizes from 1 on.</summary>
    public int Classes => Named ? Value.Levels.Length : MostRows;

    /// <summary>From the keys `group` and `subject`, of which one stands.</summary>
    /// <exception cref="AnalysisRefusedException">E2901.</exception>
    public static Grouping Of(StudyPlan plan, AnalysisSpecification specification)
    {
        string? group = (string?)specification.Options["group"], subject = (string?)specification.Options["subject"];
        if ((group is null) == (subject is null))
            throw Refused(Unfit, specification, "rows of one group are known by group: (a category whose levels results name) or by subject: (labels that never leave): write one of them");
        return new Grouping(Find(plan, specification, group ?? subject!));
    }

    /// <summary>What a name stands for.</summary>
    /// <exception cref="AnalysisRefusedException">E2901: nothing.</exception>
    public static PlanValue Find(StudyPlan plan, AnalysisSpecification specification, string name) => PlanValue.Find(plan, name)
        ?? throw Refused(Unfit, specification, $"'{PlainText.Shown(name)}' is no covariate or column of the study: correct the name");

    /// <summary>A refusal that names the analysis.</summary>
    public static AnalysisRefusedException Refused(string code, AnalysisSpecification specification, string what) => new(code, $"Analysis {specification.Id}: {what}.");

    /// <summary>Groups of the used rows, in order of their first row; a row whose group is unknown belongs to none (-1).</summary>
    /// <param name="context">The site.</param>
    /// <param name="rows">Rows of the study table.</param>
    public (int[] GroupOf, int Groups, ImmutableArray<int> Levels) Of(SiteContext context, IReadOnlyList<int> rows)
    {
        double[] values = Value.Read(context, null);
        var known = new Dictionary<double, int>();
        int[] groupOf = new int[rows.Count];
        for (int i = 0; i < groupOf.Length; i++)
        {
            double value = values[rows[i]];
            if (double.IsNaN(value) || (Named && value < 0)) groupOf[i] = -1;
            else if (known.TryGetValue(value, out int group)) groupOf[i] = group;
            else groupOf[i] = known[value] = known.Count;
        }

        return (groupOf, known.Count, [.. known.OrderBy(k => k.Value).Select(k => Named ? (int)k.Key : -1)]);
    }
}
