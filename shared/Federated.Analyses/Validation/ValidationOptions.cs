using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;

namespace Federated.Analyses.Validation;

/// <summary>The option `validate` of a regression.</summary>
/// <param name="Folds">Parts into which the rows are dealt; 0 = none are.</param>
/// <param name="Inner">Parts of each training part in which the penalty's strength is chosen; 0 = it is not chosen.</param>
/// <param name="BySite">Whether every hospital is left out once.</param>
/// <param name="Inside">Whether harmonization is estimated anew on every training part.</param>
/// <param name="Seed">Key of the hash that deals subjects to folds.</param>
/// <param name="Subject">Column that names the patient; null = every row is a patient of its own.</param>
/// <param name="Subgroups">Categories by whose levels performance is told.</param>
internal sealed record ValidationOptions(int Folds, int Inner, bool BySite, bool Inside, ulong Seed, string? Subject, ImmutableArray<string> Subgroups)
{
    private const string Unfit = "E2801";
    private const int MostFolds = 50;

    /// <summary>The key.</summary>
    public static OptionKey Key { get; } = new(
        "validate",
        new ObjectShape(
            new OptionKey("folds", new IntegerShape(2, MostFolds), "Parts, dealt by patient within each hospital: each is predicted by a model of the others; absent: as nested."),
            new OptionKey("nested", new IntegerShape(2, MostFolds), "Parts of each training part, in which the strength of the penalty is chosen."),
            new OptionKey("leave-one-site-out", new BooleanShape { ReadsSite = true }, "Whether each hospital is predicted by a model of the others; absent: false."),
            new OptionKey("harmonize", new ChoiceShape("inside", "before"), "inside: harmonization is estimated anew on each training part. before: on all rows, which tells the model of rows it must not know; absent: inside."),
            new OptionKey("seed", new IntegerShape(0, int.MaxValue), "Key of the hash that deals patients to parts; absent: 1."),
            new OptionKey("subject", new TextShape { Names = NameOf.Label }, "Column that names the patient: all rows of one fall into the same part."),
            new OptionKey("subgroups", new ListShape(new TextShape { Names = NameOf.Category }, 1, 16), "Categories by whose levels performance is told.")),
        "How well the model predicts rows that it has not seen.");

    /// <summary>Reads an entry that fits its shape; null = no validation.</summary>
    /// <exception cref="AnalysisRefusedException">E2801: the options do not go together.</exception>
    public static ValidationOptions? Read(StudyPlan plan, AnalysisSpecification specification)
    {
        if (specification.Options["validate"] is not JsonObject options) return null;
        int inner = (int?)options["nested"] ?? 0;
        var read = new ValidationOptions(
            (int?)options["folds"] ?? inner, inner, (bool?)options["leave-one-site-out"] ?? false, (string?)options["harmonize"] is not "before", (ulong)((long?)options["seed"] ?? 1),
            (string?)options["subject"], options["subgroups"] is JsonArray subgroups ? PlanParts.Words(subgroups) : []);
        string where = $"Analysis {specification.Id}";
        if (!string.Equals(specification.Kind, "logistic", StringComparison.Ordinal))
            throw new AnalysisRefusedException(Unfit, $"{where}: validate is for logistic models in this version: take it off {specification.Kind}.");
        if (read is { Folds: 0, BySite: false })
            throw new AnalysisRefusedException(Unfit, $"{where}: validate says neither folds, nested nor leave-one-site-out: write folds: 5.");
        if (read.BySite && plan.SiteColumn is null)
            throw new AnalysisRefusedException(Unfit, $"{where}: leave-one-site-out needs to know the hospitals: name their column with site: at the top of the study.");
        if (plan.SubjectColumn is { } subject && !string.Equals(subject, read.Subject, StringComparison.Ordinal))
            throw new AnalysisRefusedException(Unfit, $"{where}: the study names patients by '{PlainText.Shown(subject)}', and none may fall into two parts: write subject: {PlainText.Shown(subject)} under validate.");
        if (specification.Options["weights"] is not null)
            throw new AnalysisRefusedException(Unfit, $"{where}: validate takes no weights: leave them out.");
        JsonObject? penalty = specification.Options["penalty"] as JsonObject;
        bool chooses = penalty is not null && (penalty["lasso"] ?? penalty["lambda"]) is not JsonArray { Count: 1 };
        if (chooses != (inner > 0))
        {
            throw new AnalysisRefusedException(Unfit, chooses
                ? $"{where}: the strength of the penalty must be chosen inside each training part: write nested: 5 under validate, or a single lambda."
                : $"{where}: nested chooses among strengths of a penalty, and there is none to choose: write folds: {inner} instead.");
        }

        return read;
    }
}
