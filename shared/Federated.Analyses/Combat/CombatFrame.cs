using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;

namespace Federated.Analyses.Combat;

/// <summary>
/// What every site must know of the survey to fill the vectors of a ComBat: scales, and where the plain case is left. Travels with every broadcast,
/// so a site half needs no memory.
/// </summary>
/// <param name="FeatureExponent">Powers of two the features fit under, p.</param>
/// <param name="DesignExponent">Powers of two the covariates are divided by before they are used, k.</param>
/// <param name="Incomplete">Features with missing values anywhere, ascending.</param>
/// <param name="Shared">Scanners with rows at more than one site, ascending.</param>
/// <param name="New">Scanners without a row to fit on: estimated against the others' frozen model, from all their rows.</param>
public sealed record CombatFrame(
    ImmutableArray<int> FeatureExponent, ImmutableArray<int> DesignExponent, ImmutableArray<int> Incomplete, ImmutableArray<int> Shared,
    ImmutableArray<int> New)
{
    /// <summary>The frame of a surveyed study.</summary>
    public static CombatFrame Of(SurveyResult survey, CombatDesign design) => new(
        [.. survey.FeatureExponent.Select(OrUnity)],
        design.Exponents([.. survey.DesignExponent.Select(OrUnity)]),
        Where(survey.MissingPerFeature.Length, f => survey.MissingPerFeature[f] > 0),
        Where(survey.HoldersPerScanner.Length, s => survey.HoldersPerScanner[s] > 1),
        Where(survey.RowsPerScanner.Length, s => survey.RowsPerScanner[s] == 0 && survey.AllRowsPerScanner[s] > 0));

    /// <summary>As tensors of a broadcast.</summary>
    public IEnumerable<Tensor> ToTensors() =>
    [
        Tensor.Vector("feature_exponent", [.. FeatureExponent.Select(e => (double)e)]),
        Tensor.Vector("design_exponent", [.. DesignExponent.Select(e => (double)e)]),
        Tensor.Vector("incomplete_features", [.. Incomplete.Select(f => (double)f)]),
        Tensor.Vector("shared_scanners", [.. Shared.Select(s => (double)s)]),
        Tensor.Vector("new_scanners", [.. New.Select(s => (double)s)]),
    ];

    /// <summary>Reads it back.</summary>
    /// <exception cref="BroadcastInvalidException">It is not the frame of a study under this plan.</exception>
    public static CombatFrame Read(BroadcastReader broadcast, StudyPlan plan, CombatDesign design) => new(
        broadcast.WholeNumbers("feature_exponent", -64, 72, plan.Features.Length),
        broadcast.WholeNumbers("design_exponent", -64, 72, design.Columns),
        broadcast.Indices("incomplete_features", plan.Features.Length),
        broadcast.Indices("shared_scanners", plan.Scanners.Length),
        broadcast.Indices("new_scanners", plan.Scanners.Length));

    private static int OrUnity(int exponent) => exponent == int.MinValue ? 0 : exponent;

    private static ImmutableArray<int> Where(int count, Func<int, bool> condition) => [.. Enumerable.Range(0, count).Where(condition)];
}
