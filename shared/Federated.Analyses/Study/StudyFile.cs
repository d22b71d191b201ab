using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Study.Documents;
using Federated.Analyses.Study.Shapes;

namespace Federated.Analyses.Study;

/// <summary>A study as its author wrote it: checked and filled in with defaults, but its vocabularies may still be open.</summary>
public sealed class StudyFile
{
    private readonly MapNode _root;
    private readonly ShapeReading _reading;
    private readonly JsonObject _document;
    private readonly IReadOnlyList<IAnalysis> _catalogue;

    private StudyFile(string fileName, MapNode root, ShapeReading reading, JsonObject document, IReadOnlyList<IAnalysis> catalogue)
    {
        _catalogue = catalogue;
        FileName = fileName;
        _root = root;
        _reading = reading;
        _document = document;
        Covariates = PlanParts.Covariates(document);
        FitOn = PlanParts.FitOn(document);
        ImmutableSortedDictionary<string, ImmutableArray<string>>.Builder levels = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        foreach (Covariate covariate in Covariates)
            if (!covariate.Levels.IsEmpty) levels.Add(covariate.Name, covariate.Levels);
        Measurement = document["measurement"] is JsonObject measurement ? new MeasurementSection(measurement) : null;
        Columns = PlanParts.Columns(document);
        Vocabulary = new StudyVocabulary
        {
            Scanners = document["scanners"] is JsonArray scanners ? PlanParts.Words(scanners) : null,
            Levels = levels.ToImmutable(),
            Features = FeatureChoice.OfFile(document["features"]!.AsObject()),
        };
    }

    /// <summary>Its name, for messages.</summary>
    public string FileName { get; }

    /// <summary>Identifier.</summary>
    public string Id => (string)_document["study"]!;

    /// <summary>Cohort column that names the scanner.</summary>
    public string ScannerColumn => (string)_document["scanner"]!;

    /// <summary>Cohort column that names the data holder; null = none.</summary>
    public string? SiteColumn => (string?)_document["site"];

    /// <summary>Rows to estimate on; null = all.</summary>
    public FitOn? FitOn { get; }

    /// <summary>Covariates; a categorical one has no levels yet if the file lists none.</summary>
    public ImmutableArray<Covariate> Covariates { get; }

    /// <summary>How the features are measured; null = the file does not say.</summary>
    public MeasurementSection? Measurement { get; }

    /// <summary>Columns that the file describes; a categorical one has no levels yet if the file lists none.</summary>
    public ImmutableArray<CohortColumn> Columns { get; }

    /// <summary>
    /// Names that analyses give to what they read of the rows, each once, with the strongest word on what it must be. Some are features or covariates.
    /// </summary>
    public IReadOnlyList<(string Name, NameOf Kind)> Values =>
        [.. ColumnChoice.Named(_reading.Mentions, SiteColumn).Select(n => (n.Name, n.Kind))];

    /// <summary>The words that the file itself lists.</summary>
    public StudyVocabulary Vocabulary { get; }

    /// <summary>Reads a study file.</summary>
    /// <param name="yaml">Its text, at most 1 MiB as UTF-8.</param>
    /// <param name="fileName">Its name, for messages.</param>
    /// <exception cref="StudyFileInvalidException">It says something else than a study may say: every error with its place and remedy.</exception>
    public static StudyFile Read(string yaml, string fileName) => Read(yaml, fileName, AnalysisCatalogue.All);

    /// <summary>Reads a study file that may use these kinds of analysis.</summary>
    /// <param name="yaml">Its text, at most 1 MiB as UTF-8.</param>
    /// <param name="fileName">Its name, for messages.</param>
    /// <param name="catalogue">The kinds there are.</param>
    /// <exception cref="StudyFileInvalidException">It says something else than a study may say: every error with its place and remedy.</exception>
    public static StudyFile Read(string yaml, string fileName, IReadOnlyList<IAnalysis> catalogue)
    {
        var reading = new ShapeReading();
        try
        {
            DocumentNode root = YamlReader.Read(yaml);
            var document = StudyShape.File(catalogue).Read(root, "the study", reading) as JsonObject;
            if (reading.Errors.Count == 0) CrossChecks.Names((MapNode)root, document!, reading);
            Throw(fileName, reading.Errors);
            return new StudyFile(fileName, (MapNode)root, reading, document!, catalogue);
        }
        catch (DocumentUnreadableException unreadable)
        {
            throw new StudyFileInvalidException([new StudyFileError("E2001", fileName, unreadable.Line, unreadable.Column, unreadable.Message)]);
        }
    }

    /// <summary>The plan, from the words that the file itself lists.</summary>
    /// <exception cref="StudyFileInvalidException">A list is missing, or refers to nothing: one error each.</exception>
    public StudyPlan Complete() => Complete(StudyVocabulary.Empty);

    /// <summary>The plan: open words are taken from <paramref name="found"/>; what the file lists holds.</summary>
    /// <param name="found">Words found in the tables.</param>
    /// <exception cref="StudyFileInvalidException">A list is missing from both, or refers to nothing: one error each.</exception>
    public StudyPlan Complete(StudyVocabulary found)
    {
        var reading = new ShapeReading();
        reading.Mentions.AddRange(_reading.Mentions);

        ImmutableArray<string> scanners = Known(
            Vocabulary.Scanners ?? found.Scanners, StudyShape.Scanners, "scanners", _root, reading,
            $"the study lists no scanners: add scanners: [LABEL, LABEL] with every label of the cohort's column '{PlainText.Shown(ScannerColumn)}'");
        if (!scanners.IsEmpty) CrossChecks.Scanners(scanners, reading);

        ImmutableArray<string> features = [];
        if ((Vocabulary.Features ?? found.Features) is { } names)
            features = FeatureChoice.Choose(_document["features"]!.AsObject(), _root.Find("features") ?? _root, names, reading);
        else
            reading.Error("E2008", _root.Find("features") ?? _root, "the study lists no feature names: add names: [suvmax, tlg] under features, or an include without * and ?");
        if (!features.IsEmpty) Known(features, StudyShape.Features, "features", _root, reading, "");

        var covariates = ImmutableArray.CreateBuilder<Covariate>();
        for (int c = 0; c < Covariates.Length; c++)
        {
            Covariate covariate = Covariates[c];
            if (covariate.Type == CovariateType.Categorical && covariate.Levels.IsEmpty)
            {
                string name = PlainText.Shown(covariate.Name);
                covariate = covariate with
                {
                    Levels = Known(
                        found.Levels.TryGetValue(covariate.Name, out ImmutableArray<string> levels) ? levels : null, StudyShape.Levels, $"levels of covariate '{name}'",
                        ((ListNode)_root.Find("covariates")!).Items[c], reading,
                        $"covariate '{name}' lists no levels: add levels: [{(covariate.Name is "sex" ? "F, M" : "LEVEL, LEVEL")}] (the first is the reference)"),
                };
            }

            covariates.Add(covariate);
        }

        Throw(FileName, reading.Errors);
        ImmutableArray<CohortColumn> columns = ColumnChoice.Choose(_root, SiteColumn, features, covariates.ToImmutable(), Columns, found.Columns, reading);
        Throw(FileName, reading.Errors);
        StudyPlan plan = PlanParts.Plan(_document, scanners, features, covariates.ToImmutable()) with { Columns = columns };
        CrossChecks.Declarations(plan, _catalogue, _root, reading);
        Throw(FileName, reading.Errors);
        return plan;
    }

    // Words from tables have not been held against a shape yet.
    private static ImmutableArray<string> Known(
        ImmutableArray<string>? words, ListShape shape, string label, DocumentNode at, ShapeReading reading, string whenMissing)
    {
        if (words is null)
        {
            reading.Error("E2008", at, whenMissing);
            return [];
        }

        int before = reading.Errors.Count;
        var node = new ListNode([.. words.Value.Select(w => new ScalarNode(w, false, at.Line, at.Column))], at.Line, at.Column);
        shape.Read(node, label, reading);
        return reading.Errors.Count == before ? words.Value : [];
    }

    private static void Throw(string fileName, List<ShapeError> errors)
    {
        if (errors.Count == 0) return;
        throw new StudyFileInvalidException(
        [
            .. errors.OrderBy(e => e.Line).ThenBy(e => e.Column).Take(100).Select(e => new StudyFileError(e.Code, fileName, e.Line, e.Column, e.Message)),
        ]);
    }
}
