using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;

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

    /// <summary>The keys of a `describe` entry.</summary>
    public static ImmutableArray<OptionKey> Keys { get; } =
    [
        .. StageSelection.Keys,
        new("quantiles", new ListShape(new NumberShape(0, 1) { Between = true }, 0, MostQuantiles), "Probabilities of the quantiles; absent: 5, 25, 50, 75 and 95 %."),
        new("bins", new IntegerShape(1, MostBins), "Equal bins of the histogram over mean +- 3 standard deviations.") { Default = DefaultBins },
    ];

    /// <summary>Reads the options of this analysis; what is absent takes its default (five quantiles, 24 bins).</summary>
    /// <exception cref="AnalysisRefusedException">E2401: an option has no such value.</exception>
    public static DescribeOptions Read(StudyPlan plan, AnalysisSpecification specification)
    {
        return new DescribeOptions(StageSelection.Read(plan, specification), Probabilities(specification), Count(specification));
    }

    private static ImmutableArray<double> Probabilities(AnalysisSpecification specification)
    {
        JsonNode? node = specification.Options["quantiles"];
        if (node is null) return DefaultQuantiles;
        ImmutableArray<double> probabilities = node is JsonArray list ? [.. list.Select(Number).Order()] : [double.NaN];
        bool distinct = probabilities.Zip(probabilities.Skip(1)).All(pair => pair.First < pair.Second);
        if (probabilities.Length > MostQuantiles || !distinct || !probabilities.All(p => p is > 0 and < 1))
        {
            throw new AnalysisRefusedException(
                "E2401", $"Analysis {specification.Id}: `quantiles` is a list of at most {MostQuantiles} different numbers between 0 and 1.");
        }

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
