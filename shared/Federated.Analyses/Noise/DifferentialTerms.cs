using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Study.Shapes;

namespace Federated.Analyses.Noise;

/// <summary>Between what values a number is held before it is summed under differential privacy.</summary>
public sealed record ValueBounds(string Name, double Low, double High)
{
    /// <summary>The number as a part of -1 to 1; what lies outside counts as the nearer end.</summary>
    public double Scaled(double value) => Math.Clamp((value - Middle) / HalfWidth, -1, 1);

    /// <summary>Half way between the ends.</summary>
    public double Middle => Low + (HalfWidth);

    /// <summary>Half the distance of the ends.</summary>
    public double HalfWidth => (High - Low) / 2;
}

/// <summary>
/// Differential privacy as a plan asks for it: no more than this may be learned of one patient from everything the study's sums tell, whoever reads them.
/// </summary>
public sealed record DifferentialTerms
{
    /// <summary>Epsilon over the whole study, one patient of one hospital added or removed.</summary>
    public required double Epsilon { get; init; }

    /// <summary>The probability with which epsilon may not hold.</summary>
    public required double Delta { get; init; }

    /// <summary>The longest part of one patient in a sum, in the Euclidean norm: hospitals shorten longer ones.</summary>
    public required double Clip { get; init; }

    /// <summary>How many hospitals may tell their own noise to whoever reads the sum, without the rest being less than promised.</summary>
    public int Colluding { get; init; } = 1;

    /// <summary>How many sums may be asked again, after a failure, within epsilon.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>Public bounds of the numbers that analyses read.</summary>
    public ImmutableArray<ValueBounds> Bounds { get; init; } = [];

    /// <summary>The bounds of that value, or null.</summary>
    public ValueBounds? Of(string name) => Bounds.FirstOrDefault(b => string.Equals(b.Name, name, StringComparison.Ordinal));

    /// <summary>The key of study.yaml and of plans.</summary>
    internal static OptionKey Key { get; } = new(
        "differential",
        new ObjectShape(
            new OptionKey("epsilon", new NumberShape(0, 100) { Between = true }, "How much the whole study may tell of one patient.") { Required = true },
            new OptionKey("delta", new NumberShape(0, 0.01) { Between = true }, "The probability with which epsilon may not hold: well below one over the number of patients.") { Required = true },
            new OptionKey("unit", new ChoiceShape("patient"), "Whose presence is protected.") { Required = true },
            new OptionKey("clip", new NumberShape(0, 1e9) { Between = true }, "The longest part of one patient in a sum; hospitals shorten longer ones.") { Required = true },
            new OptionKey("colluding", new IntegerShape(0, 99), "Hospitals that may take their own noise off the sum without harm to the others.") { Default = 1L },
            new OptionKey("repeats", new IntegerShape(0, 1_000), "Sums that may be asked again after a failure, within epsilon.") { Default = 1L },
            new OptionKey(
                "bounds",
                new ListShape(
                    new ObjectShape(
                        new OptionKey("name", new TextShape(), "Feature, covariate or column.") { Required = true },
                        new OptionKey("low", new NumberShape(double.MinValue, double.MaxValue), "Lower values count as this.") { Required = true },
                        new OptionKey("high", new NumberShape(double.MinValue, double.MaxValue), "Higher values count as this.") { Required = true }),
                    0, 2_000),
                "Public bounds of the numbers that analyses read: chosen beforehand, never from the data.")
            { Default = new JsonArray() }),
        "Noise that hides each patient, at a cost in accuracy; absent: sums are exact.");

    /// <summary>The terms that a privacy section states, or null.</summary>
    internal static DifferentialTerms? Read(JsonObject privacy) => privacy["differential"] is not JsonObject terms ? null : new DifferentialTerms
    {
        Epsilon = Number(terms["epsilon"]!),
        Delta = Number(terms["delta"]!),
        Clip = Number(terms["clip"]!),
        Colluding = (int)Number(terms["colluding"]!),
        Repeats = (int)Number(terms["repeats"]!),
        Bounds = [.. terms["bounds"]!.AsArray().Select(b => new ValueBounds((string)b!["name"]!, Number(b["low"]!), Number(b["high"]!)))],
    };

    /// <summary>The same in a plan's document.</summary>
    internal JsonObject Document() => new()
    {
        ["epsilon"] = Epsilon,
        ["delta"] = Delta,
        ["unit"] = "patient",
        ["clip"] = Clip,
        ["colluding"] = (long)Colluding,
        ["repeats"] = (long)Repeats,
        ["bounds"] = new JsonArray([.. Bounds.Select(b => (JsonNode)new JsonObject { ["name"] = b.Name, ["low"] = b.Low, ["high"] = b.High })]),
    };

    // Through text, so that a number can be asked for as double whether it was written as one or not.
    private static double Number(JsonNode node) => double.Parse(node.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);
}
