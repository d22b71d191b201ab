using Federated.Analyses.Study.Documents;

namespace Federated.Analyses.Study.Shapes;

/// <summary>One reading of a document against its shape: what was wrong, and which names it mentions that must exist elsewhere.</summary>
internal sealed class ShapeReading
{
    /// <summary>What was wrong, in the order in which it was met.</summary>
    public List<ShapeError> Errors { get; } = [];

    /// <summary>Names that must exist elsewhere in the study.</summary>
    public List<Mention> Mentions { get; } = [];

    /// <summary>Which entry of `analyses` is being read, from 0; -1 before the first.</summary>
    public int Analysis { get; set; } = -1;

    /// <summary>Notes an error at a node.</summary>
    public void Error(string code, DocumentNode at, string message) => Errors.Add(new ShapeError(code, at.Line, at.Column, message));

    /// <summary>Notes that a value is not what it should be.</summary>
    public void Mismatch(DocumentNode at, string label, ValueShape shape) => Error("E2004", at, $"{label} is {at.Found}; write {shape.Expected}");
}

/// <summary>Where, what and how to mend it.</summary>
internal sealed record ShapeError(string Code, int Line, int Column, string Message);

/// <summary>A name at a node that must be one of the study's scanners, covariates or analyses.</summary>
internal sealed record Mention(NameOf Kind, string Name, string Label, int Analysis, DocumentNode At);

/// <summary>What a name in an analysis' options refers to.</summary>
public enum NameOf
{
    /// <summary>Nothing: it stands for itself.</summary>
    Nothing,

    /// <summary>A scanner of the plan.</summary>
    Scanner,

    /// <summary>A continuous covariate of the plan.</summary>
    ContinuousCovariate,

    /// <summary>An analysis of kind combat that stands earlier in the plan.</summary>
    EarlierCombat,

    /// <summary>A feature, a covariate or a column of the cohort: a number or one of a few levels. The word `harmonized` stands for every harmonized feature.</summary>
    Value,

    /// <summary>A feature, a continuous covariate or a column of the cohort that holds numbers.</summary>
    Number,

    /// <summary>A categorical covariate or a column of the cohort, taken as one of the levels that the plan lists even where it looks like a number.</summary>
    Category,

    /// <summary>The study's own column `site`, taken as a category; the mention's own name says nothing.</summary>
    Site,

    /// <summary>A column of the cohort whose cells tell rows of one site apart (patients): they stay there.</summary>
    Label,
}
