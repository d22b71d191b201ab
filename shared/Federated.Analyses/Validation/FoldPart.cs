using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Combat;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Analyses.Values;

namespace Federated.Analyses.Validation;

/// <summary>By what rows are held out.</summary>
internal enum Holdout
{
    /// <summary>None: performance on the rows that were fitted.</summary>
    Nothing,

    /// <summary>By patient.</summary>
    Fold,

    /// <summary>By hospital.</summary>
    Site,
}

/// <summary>One training part of a validation and the rows held out of it.</summary>
/// <param name="By">By what rows are held out.</param>
/// <param name="Outer">Which of the folds or hospitals.</param>
/// <param name="Inner">Which part of the training rows is held out in turn; -1 = none.</param>
internal sealed record FoldPart(Holdout By, int Outer, int Inner)
{
    private const string Name = "fold";
    // A path is walked once for every part of every part: a coarser one suffices to choose on.
    private const int PathLength = 20;

    private const string CombatPrefix = "harmonize_";

    /// <summary>Tensors of a step on this part.</summary>
    /// <param name="harmonization">What rows are harmonized with; empty = nothing yet.</param>
    /// <param name="own">Those of the step itself.</param>
    public Broadcast Broadcast(Broadcast harmonization, Broadcast own) =>
        new([Tensor.Vector(Name, [(int)By, Outer, Inner]), .. harmonization.Tensors.Select(t => t with { Name = CombatPrefix + t.Name }), .. own.Tensors]);

    /// <summary>Reads it back.</summary>
    /// <exception cref="BroadcastInvalidException">It is no part of this validation.</exception>
    public static FoldPart Read(BroadcastReader broadcast, ValidationOptions options, int sites)
    {
        ImmutableArray<int> words = broadcast.WholeNumbers(Name, -1, 100_000, 3);
        var part = new FoldPart((Holdout)words[0], words[1], words[2]);
        int outer = part.By switch { Holdout.Nothing => 1, Holdout.Fold => options.Folds, Holdout.Site when options.BySite => sites, _ => 0 };
        return part.Outer >= 0 && part.Outer < outer && part.Inner < options.Inner ? part : throw new BroadcastInvalidException("The fold is no part of this validation.");
    }

    /// <summary>Rows to train on and rows held out, of those to fit on.</summary>
    public (bool[] Training, bool[] Held) Rows(SiteContext context, ValidationOptions options)
    {
        StudyTable table = context.Table;
        double[]? sites = By == Holdout.Site ? PlanValue.Find(context.Plan, context.Plan.SiteColumn!)!.Read(context, null) : null;
        string[] patients = Patients(context, options);
        bool[] training = new bool[table.Rows], held = new bool[table.Rows];
        for (int row = 0; row < table.Rows; row++)
        {
            bool outer = By switch
            {
                Holdout.Fold => Fold(options.Seed, patients[row], 0, options.Folds) == Outer,
                Holdout.Site => sites![row] == Outer,
                _ => false,
            };
            bool inner = Inner >= 0 && Fold(options.Seed, patients[row], 1, options.Inner) == Inner;
            training[row] = table.Fit[row] && !outer && !inner;
            held[row] = table.Fit[row] && (Inner >= 0 ? inner && !outer : By == Holdout.Nothing || outer);
        }

        return (training, held);
    }

    /// <summary>A site's rows of which these are fitted, with features as this part's harmonization leaves them.</summary>
    /// <param name="context">The site.</param>
    /// <param name="specification">The analysis asked.</param>
    /// <param name="fit">Rows that count.</param>
    /// <param name="training">Rows that estimate harmonization.</param>
    /// <param name="combat">The harmonization that is estimated anew; null = none.</param>
    /// <param name="broadcast">Holds its estimates.</param>
    public static SiteContext Over(
        SiteContext context, AnalysisSpecification specification, bool[] fit, bool[] training, AnalysisSpecification? combat, Broadcast broadcast)
    {
        IReadOnlyDictionary<string, HarmonizedTable> harmonized = context.Harmonized;
        ImmutableArray<Tensor> estimates = [.. broadcast.Tensors.Where(t => t.Name.StartsWith(CombatPrefix, StringComparison.Ordinal)).Select(t => t with { Name = t.Name[CombatPrefix.Length..] })];
        if (combat is not null && estimates.Length > 0)
        {
            SiteContext trained = context with { Specification = combat, Table = Of(context.Table, training) };
            harmonized = new Dictionary<string, HarmonizedTable>(StringComparer.Ordinal)
            {
                [combat.Id] = new CombatAnalysis().Answer(trained, CombatLayouts.Estimates, new Broadcast(estimates)).Harmonized!,
            };
        }

        return context with { Specification = specification, Table = Of(context.Table, fit), Harmonized = harmonized };
    }

    /// <summary>The model's entry as it is fitted on a part.</summary>
    /// <param name="specification">The entry.</param>
    /// <param name="strengths">Strengths of the penalty; empty = its own.</param>
    public static AnalysisSpecification Model(AnalysisSpecification specification, IReadOnlyList<double> strengths)
    {
        var options = (JsonObject)specification.Options.DeepClone();
        options.Remove("validate");
        if (options["penalty"] is not JsonObject penalty) return specification with { Options = options };
        penalty["length"] ??= PathLength;
        if (strengths.Count > 0)
        {
            penalty.Remove("lasso");
            penalty["lambda"] = new JsonArray([.. strengths.Select(s => (JsonNode)s)]);
        }

        return specification with { Options = options };
    }

    private static StudyTable Of(StudyTable table, bool[] fit) =>
        new(table.Plan, table.RowIds, table.Scanner, table.Design, table.Features, fit, table.Excluded) { Columns = table.Columns };

    // A patient is known by the first of its rows: which rows are whose is known at the hospital only, and patients of two hospitals are never compared.
    private static string[] Patients(SiteContext context, ValidationOptions options)
    {
        if (options.Subject is null) return [.. context.Table.RowIds];
        double[] subject = PlanValue.Find(context.Plan, options.Subject)!.Read(context, null);
        var first = new Dictionary<double, string>();
        for (int row = 0; row < subject.Length; row++)
        {
            string id = context.Table.RowIds[row];
            if (!double.IsNaN(subject[row]) && (!first.TryGetValue(subject[row], out string? known) || CodePointOrder.Instance.Compare(id, known) < 0)) first[subject[row]] = id;
        }

        return [.. context.Table.RowIds.Select((id, row) => double.IsNaN(subject[row]) ? id : first[subject[row]])];
    }

    private static int Fold(ulong seed, string patient, ulong level, int folds) =>
        (int)(SparseCounts.Digest(seed, [level, .. patient.Select(c => (ulong)c)]) % (ulong)folds);
}
