using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Study.Shapes;
using Federated.Statistics.Harmonization.Smoothing;

namespace Federated.Analyses.Combat;

/// <summary>An entry of the option `smooth`: a covariate whose effect is a curve instead of a straight line.</summary>
/// <param name="Covariate">A continuous covariate of the plan.</param>
/// <param name="Spline">Its B-splines.</param>
/// <param name="Strength">lambda, one for all features or one for each; empty: chosen by generalized cross-validation.</param>
public sealed record SmoothOptions(string Covariate, CubicSpline Spline, ImmutableArray<double> Strength)
{
    private const int Most = 8, FewestFunctions = 4, MostFunctions = 40;

    /// <summary>The key.</summary>
    public static OptionKey Key { get; } = new(
        "smooth",
        new ListShape(new ObjectShape(
            new OptionKey("covariate", new TextShape { Names = NameOf.ContinuousCovariate }, "Continuous covariate whose effect is a curve.") { Required = true },
            new OptionKey("bounds", new ListShape(new NumberShape(double.MinValue, double.MaxValue), 2, 2), "Ends of the curve, agreed beforehand: values beyond count as the end.") { Required = true },
            new OptionKey("knots", new IntegerShape(FewestFunctions, MostFunctions), "Size of the basis, as k of mgcv: so many B-splines, evenly spaced; absent: 10."),
            new OptionKey("interior", new ListShape(new NumberShape(double.MinValue, double.MaxValue), 0, MostFunctions - FewestFunctions), "Knots between the bounds, ascending, instead of evenly spaced ones."),
            new OptionKey("penalty", new EitherShape(new ChoiceShape("gcv"), new ListShape(new NumberShape(0, 1e15), 1, 200_000) { Repeats = true }),
                "gcv: every feature's curve is as smooth as generalized cross-validation finds best; or strengths [..]: one for all features, or one for each in the plan's order.")), 0, Most),
        "Covariates with smooth effects (ComBat-GAM): cubic splines, penalized by their integrated squared second derivative.");

    /// <summary>Reads the entries.</summary>
    /// <exception cref="AnalysisRefusedException">E2103: bounds or knots that do not ascend, or a covariate twice.</exception>
    public static ImmutableArray<SmoothOptions> Read(JsonNode? node)
    {
        if (node is not JsonArray entries) return [];
        var read = ImmutableArray.CreateBuilder<SmoothOptions>(entries.Count);
        foreach (JsonNode? entry in entries)
        {
            string covariate = (string)entry!["covariate"]!;
            if (read.Any(r => string.Equals(r.Covariate, covariate, StringComparison.Ordinal)))
                throw new AnalysisRefusedException(CombatOptions.Unknown, $"combat: smooth names {covariate} twice: keep one.");
            double[] bounds = [.. entry["bounds"]!.AsArray().Select(v => (double)v!)];
            try
            {
                CubicSpline spline = entry["interior"] is JsonArray interior
                    ? new CubicSpline(bounds[0], bounds[1], [.. interior.Select(v => (double)v!)])
                    : CubicSpline.Even(bounds[0], bounds[1], (int?)entry["knots"] ?? 10);
                read.Add(new SmoothOptions(covariate, spline, entry["penalty"] is JsonArray strengths ? [.. strengths.Select(v => (double)v!)] : []));
            }
            catch (ArgumentException)
            {
                throw new AnalysisRefusedException(CombatOptions.Unknown, $"combat: bounds and knots of smooth {covariate} do not ascend: write them from low to high, none twice.");
            }
        }

        return read.ToImmutable();
    }
}
