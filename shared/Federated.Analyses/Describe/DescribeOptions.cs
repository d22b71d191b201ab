using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;

namespace Federated.Analyses.Describe;

/// <summary>The options of a `describe` entry.</summary>
/// <param name="Stages">`of` and `from`.</param>
/// <param name="Quantiles">`quantiles`: probabilities, ascending, each in (0, 1).</param>
/// <param name="Bins">`bins`: equal bins over mean +- 3 standard deviations, beside the two tails.</param>
public sealed record DescribeOptions(StageSelection Stages, ImmutableArray<double> Quantiles, int Bins)
{
    private const int DefaultBins = 24;
    private const int MostBins = 1000;
    private const int MostQuantiles = 99;

    private static readonly ImmutableArray<double> DefaultQuantiles = [0.05, 0.25, 0.5, 0.75, 0.95];

    /// <summary>Reads the options of this analysis; what is absent takes its default (five quantiles, 24 bins, raw).</summary>
    /// <exception cref="AnalysisRefusedException">E2401: an option has no such value.</exception>
    public static DescribeOptions Read(StudyPlan plan, AnalysisSpecification specification)
    {
        JsonNode? of = specification.Options["of"];
        StageSelection stages = of is null ? new StageSelection([FeatureStage.Raw], null) : StageSelection.Read(plan, specification);
        return new DescribeOptions(stages, Probabilities(specification), Count(specification));
    }

    private static ImmutableArray<double> Probabilities(AnalysisSpecification specification)
    {
        JsonNode? node = specification.Options["quantiles"];
        if (node is null) return DefaultQuantiles;
        ImmutableArray<double> probabilities = node is JsonArray list ? [.. list.Select(Number)] : [double.NaN];
        bool ascending = probabilities.Zip(probabilities.Skip(1)).All(pair => pair.First < pair.Second);
        if (probabilities.Length > MostQuantiles || !ascending || !probabilities.All(p => p is > 0 and < 1))
            throw new AnalysisRefusedException("E2401", $"Analysis {specification.Id}: `quantiles` is a list of at most {MostQuantiles} ascending numbers between 0 and 1.");
        return probabilities;
    }

    private static int Count(AnalysisSpecification specification)
    {
        JsonNode? node = specification.Options["bins"];
        if (node is null) return DefaultBins;
        double bins = Number(node);
        if (!(bins is >= 1 and <= MostBins) || bins != Math.Floor(bins))
            throw new AnalysisRefusedException("E2401", $"Analysis {specification.Id}: `bins` is a whole number from 1 to {MostBins}.");
        return (int)bins;
    }

    private static double Number(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? value.Deserialize<double>() : double.NaN;
}
