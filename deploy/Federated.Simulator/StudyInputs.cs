using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Tables;
using Federated.SiteAgent.Tables;

namespace Federated.Simulator;

/// <summary>The study file and the tables, read, and the plan they make together.</summary>
/// <param name="Study">The study file.</param>
/// <param name="Plan">Complete: what the file does not list was read off the tables, which only their owner may do.</param>
/// <param name="Features">Feature table, in file order.</param>
/// <param name="Cohort">Cohort table, in file order.</param>
/// <param name="IdColumn">Header of the feature table's first column.</param>
public sealed record StudyInputs(StudyFile Study, StudyPlan Plan, FeatureTable Features, CohortTable Cohort, string IdColumn)
{
    private const int MostStudyBytes = 1 << 20;

    /// <summary>Reads everything before anything is started or written.</summary>
    public static StudyInputs Read(TableRequest request)
    {
        string name = Path.GetFileName(request.Study);
        if (new FileInfo(request.Study) is { Exists: true, Length: > MostStudyBytes })
            throw new InputException($"{name}: larger than 1 MiB; a study file is text that people read: is this the right file?");
        StudyFile study = StudyFile.Read(File.ReadAllText(request.Study), name);
        CohortTable cohort = ReadFile(request.Cohort, (stream, file) => CsvTable.ReadCohort(stream, file));
        FeatureTable features = request.Features is null ? FromCohort(study, cohort) : ReadFile(request.Features, (stream, file) => CsvTable.ReadFeatures(stream, file));
        CheckColumns(study, cohort);
        StudyPlan plan = study.Complete(StudyVocabulary.FromTables(study, features, cohort));
        return new StudyInputs(study, plan, features, cohort, FirstHeader(request.Features ?? request.Cohort));
    }

    // What a hospital would find out when it answers, its owner is told before anything starts.
    private static void CheckColumns(StudyFile study, CohortTable cohort)
    {
        _ = cohort.Column(study.ScannerColumn, "the scanner");
        if (study.SiteColumn is not null) _ = cohort.Column(study.SiteColumn, "the site");
        if (study.FitOn is not null) _ = cohort.Column(study.FitOn.Column, "the rows to fit on");
        foreach (Covariate covariate in study.Covariates)
        {
            ReadOnlySpan<string> cells = cohort.Column(covariate.Name, "a covariate");
            for (int row = 0; covariate.Type == CovariateType.Continuous && row < cells.Length; row++)
            {
                if (!DecimalText.IsMissing(cells[row]) && DecimalText.Read(cells[row], out _) is var outcome and not NumberOutcome.Number)
                    throw DecimalText.Refused($"{cohort.Name}, row {row + 2} (id {PlainText.Shown(cohort.RowIds[row])})", covariate.Name, cells[row], outcome);
            }
        }
    }

    private static T ReadFile<T>(string path, Func<Stream, string, T> read)
    {
        using FileStream stream = File.OpenRead(path);
        return read(stream, Path.GetFileName(path));
    }

    // Without a table of features, the cohort's columns that the study names are the features; a study that includes everything means every column it does not use otherwise.
    private static FeatureTable FromCohort(StudyFile study, CohortTable cohort)
    {
        HashSet<string> otherwise =
        [
            study.ScannerColumn, .. study.Covariates.Select(c => c.Name), .. study.Columns.Select(c => c.Name),
            .. study.Values.Where(v => v.Kind is NameOf.Category or NameOf.Label).Select(v => v.Name),
        ];
        if (study.SiteColumn is not null) otherwise.Add(study.SiteColumn);
        if (study.FitOn is not null) otherwise.Add(study.FitOn.Column);
        string[] names = [.. cohort.Columns.Where(c => !otherwise.Contains(c) && cohort.Column(c, "a feature").ToArray().All(cell => DecimalText.IsMissing(cell) || DecimalText.Read(cell, out _) == NumberOutcome.Number))];
        if (names.Length == 0) throw new InputException($"{cohort.Name} holds no column of numbers that could be a feature: give the features with --features.");
        double[] values = new double[checked(cohort.Rows * names.Length)];
        for (int c = 0; c < names.Length; c++)
        {
            ReadOnlySpan<string> cells = cohort.Column(names[c], "a feature");
            for (int r = 0; r < cells.Length; r++)
                values[(r * names.Length) + c] = DecimalText.Read(cells[r], out double value) == NumberOutcome.Number ? value : double.NaN;
        }

        return new FeatureTable(cohort.Name, cohort.RowIds, [.. names], values);
    }

    // The results keep the input's header, whose first cell is free text.
    private static string FirstHeader(string path)
    {
        using var reader = new StreamReader(path);
        string line = reader.ReadLine() ?? "";
        if (!line.StartsWith('"')) return line.Split(',')[0];
        int end = line.IndexOf("\",", 1, StringComparison.Ordinal);
        return end < 0 ? line.Trim('"') : line[1..end].Replace("\"\"", "\"", StringComparison.Ordinal);
    }
}
