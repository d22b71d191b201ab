using Federated.Analyses.Study;
using Federated.Analyses.Survey;
using Federated.Statistics.Harmonization;

namespace Federated.Analyses.Combat;

/// <summary>What the data must offer before ComBat is worth a round; every refusal names the culprit and the way out.</summary>
internal static class CombatRequirements
{
    /// <summary>Checks what the survey can tell.</summary>
    /// <exception cref="AnalysisRefusedException">E2104 to E2109.</exception>
    public static void Check(StudyPlan plan, CombatOptions options, CombatDesign design, SurveyResult survey)
    {
        if (survey.Rows == 0)
        {
            throw new AnalysisRefusedException(
                "E2104", "combat: no site has a row to fit on: check fit-on and the scanner labels of the plan.");
        }
        CheckReference(plan, options, survey);
        CheckLevels(plan, survey);

        string[] single = [.. plan.Scanners.Where((_, s) => (survey.RowsPerScanner[s] > 0 ? survey.RowsPerScanner[s] : survey.AllRowsPerScanner[s]) == 1)];
        if (single.Length > 0 && !options.Settings.MeanOnly)
        {
            throw new AnalysisRefusedException(
                "E2106", $"combat: one scan only of {string.Join(", ", single)}: a scale cannot be estimated from it; leave the scanner out or choose mean-only: true.");
        }

        int scanners = survey.RowsPerScanner.Count(n => n > 0);
        if (survey.Rows <= scanners + design.Columns)
        {
            throw new AnalysisRefusedException(
                "E2107", $"combat: {survey.Rows} rows cannot carry {scanners} scanners and {design.Columns} covariate columns: add rows, or drop covariates or knots.");
        }

        if (scanners >= 1 << CombatLayouts.BitsPerCounter)
            throw new AnalysisRefusedException(
                "E2109", $"combat: {scanners} scanners, and at most {(1 << CombatLayouts.BitsPerCounter) - 1} can be counted: split the study.");
    }

    /// <summary>Features that a covariance is taken of.</summary>
    /// <exception cref="AnalysisRefusedException">E2110: values are missing, or there are too many or too few.</exception>
    public static int HarmonizedTogether(StudyPlan plan, CombatModel model, CombatFrame frame)
    {
        string[] incomplete = [.. frame.Incomplete.Where(model.IsHarmonized).Select(f => plan.Features[f])];
        if (incomplete.Length > 0)
        {
            throw new AnalysisRefusedException(
                "E2110", $"combat: covariance needs every value, and some are missing of {string.Join(", ", incomplete.Take(8))}{(incomplete.Length > 8 ? ", ..." : "")}: exclude these features.");
        }

        int features = Enumerable.Range(0, model.Features).Count(model.IsHarmonized);
        if (features is < 2 or > CovarianceOptions.MostFeatures)
        {
            throw new AnalysisRefusedException(
                "E2110", $"combat: covariance of {features} harmonized features: from 2 to {CovarianceOptions.MostFeatures} can be taken; include others, or leave covariance out.");
        }

        return features;
    }

    private static void CheckReference(StudyPlan plan, CombatOptions options, SurveyResult survey)
    {
        if (options.Reference is null) return;
        int reference = plan.Scanners.IndexOf(options.Reference);
        if (reference < 0)
        {
            throw new AnalysisRefusedException(
                "E2105", $"combat: reference {options.Reference} is not a scanner of the plan: choose one of {string.Join(", ", plan.Scanners)}.");
        }
        if (survey.RowsPerScanner[reference] < 2)
            throw new AnalysisRefusedException(
                "E2105", $"combat: reference {options.Reference} has {survey.RowsPerScanner[reference]} rows to fit on: choose a scanner with more.");
    }

    private static void CheckLevels(StudyPlan plan, SurveyResult survey)
    {
        for (int c = 0; c < survey.RowsPerLevel.Length; c++)
        {
            for (int level = 0; level < survey.RowsPerLevel[c].Length; level++)
            {
                if (survey.RowsPerLevel[c][level] > 0) continue;
                throw new AnalysisRefusedException(
                    "E2108", $"combat: covariate {plan.Covariates[c].Name} has no row of level {plan.Covariates[c].Levels[level]} to fit on: drop the level or the covariate.");
            }
        }
    }
}
