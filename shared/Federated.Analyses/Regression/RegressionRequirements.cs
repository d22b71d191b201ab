using System.Globalization;
using Federated.Analyses.Study;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Regression;

/// <summary>What the data must offer before a regression is worth another round; every refusal names the culprit and the way out.</summary>
internal static class RegressionRequirements
{
    /// <summary>Checks what the first sum can tell.</summary>
    /// <param name="specification">The plan's entry.</param>
    /// <param name="model">Its model.</param>
    /// <param name="sizes">The first sum.</param>
    /// <param name="possible">What outcomes the model can have, in words.</param>
    /// <exception cref="AnalysisRefusedException">E2302 to E2306.</exception>
    public static void Check(AnalysisSpecification specification, RegressionModel model, RegressionSizes sizes, string possible)
    {
        string where = $"Analysis {specification.Id}";
        string outcome = PlainText.Shown(model.Outcome.Name);
        if (sizes.Rows == 0)
            throw new AnalysisRefusedException("E2305", $"{where}: no row has every value it needs{Left(sizes)}: check the names and the rows to fit on.");
        if (sizes.ImpossibleRows.Outcomes > 0)
            throw new AnalysisRefusedException("E2302", $"{where}: outcome '{outcome}' has {sizes.ImpossibleRows.Outcomes} rows that are not {possible}: correct the column, or choose another kind.");
        if (sizes.ImpossibleRows.Weights > 0)
            throw new AnalysisRefusedException("E2306", $"{where}: weights '{PlainText.Shown(model.Options.Weights!)}' has {sizes.ImpossibleRows.Weights} rows below zero: a weight says how much a row counts.");
        if (model.Options.Penalty is null && sizes.Rows <= model.Columns.Length - (model.Intercept ? 1 : 0))
            throw new AnalysisRefusedException("E2305", $"{where}: {sizes.Rows} rows cannot carry {model.Columns.Length} columns{Left(sizes)}: add rows, or name fewer predictors.");
    }

    /// <summary>The refusal of an outcome that is the same everywhere.</summary>
    public static AnalysisRefusedException Constant(AnalysisSpecification specification, RegressionModel model, double value) => new(
        "E2303", $"Analysis {specification.Id}: outcome '{PlainText.Shown(model.Outcome.Name)}' is {value.ToString("R", CultureInfo.InvariantCulture)} in every row, so there is nothing to explain: choose another outcome, or other rows.");

    /// <summary>The refusal of a search without an end.</summary>
    public static AnalysisRefusedException NotConverged(AnalysisSpecification specification) => new(
        "E2307", $"Analysis {specification.Id}: no maximum after {NewtonSearch.MostPoints} steps: look for predictors of extreme scale or outcomes out of line, and leave them out.");

    /// <summary>The refusal of a penalty without a column to weigh.</summary>
    public static AnalysisRefusedException NothingVaries(AnalysisSpecification specification) => new(
        "E2305", $"Analysis {specification.Id}: no predictor varies, so a penalty has nothing to choose from: name other predictors, or other rows.");

    private static string Left(RegressionSizes sizes) =>
        sizes.Excluded.IsEmpty ? "" : $" (left out: {string.Join(", ", sizes.Excluded.Select(e => $"{e.Value} {e.Key}"))})";
}
