using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Noise;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Statistics.Learning;

namespace Federated.Analyses.Learning;

/// <summary>The options of `train`.</summary>
internal sealed record TrainOptions
{
    /// <summary>An option does not fit the others.</summary>
    public const string Unfit = "E2601";

    /// <summary>More parameters than this make rounds of many megabytes.</summary>
    public const int MostParameters = 200_000;

    private const int MostPredictors = 2_000;
    private static readonly TextShape Value = new() { Names = NameOf.Value };

    /// <summary>The keys.</summary>
    public static ImmutableArray<OptionKey> Keys { get; } =
    [
        new("outcome", Value, "What is predicted: 0 or 1, or one of two levels.") { Required = true },
        new("predictors", new ListShape(Value, 1, MostPredictors), "From what: features, covariates, columns of the cohort, or `harmonized` for every harmonized feature.") { Required = true },
        new("from", new TextShape { Names = NameOf.EarlierCombat }, "Id of the combat whose features `harmonized` means; absent: the last one before."),
        new("factors", new ListShape(new TextShape { Names = NameOf.Category }, 0, MostPredictors), "Predictors that are categories, even where they look like numbers: one column for each level after the first.")
        { Default = new JsonArray() },
        new(
            "model",
            new EitherShape(
                new ChoiceShape("logistic"),
                new ObjectShape(
                    new OptionKey("hidden", new ListShape(new IntegerShape(1, 1_000), 1, 8) { Repeats = true }, "Units of each hidden layer, first to last.") { Required = true },
                    new OptionKey("activation", new ChoiceShape("relu", "tanh"), "What a hidden unit makes of its input.") { Default = "relu" })),
            "The declared architecture: a logistic model, or a multilayer perceptron.")
        { Default = "logistic" },
        new("strategy", new ChoiceShape("fedavg", "fedprox", "fedadam", "fedyogi", "scaffold"), "How the hospitals' changes become the next model.") { Default = "fedavg" },
        new("rounds", new IntegerShape(1, 10_000), "Most rounds.") { Default = 50 },
        new("local-epochs", new IntegerShape(1, 1_000), "Passes of a hospital over its rows in each round.") { Default = 1 },
        new("batch", new IntegerShape(2, 1_000_000), "Rows of one local step; never one alone.") { Default = 32 },
        new("rate", new NumberShape(0, 100) { Between = true }, "Length of a local step.") { Default = 0.1 },
        new("server-rate", new NumberShape(0, 100) { Between = true }, "Length of the server's step; absent: 1, for fedadam and fedyogi 0.05."),
        new("proximal", new NumberShape(0, 1_000), "fedprox: how strongly a hospital's model is held near the one it was given.") { Default = 0.01 },
        new("penalty", new NumberShape(0, 1_000), "Half the squared weights times this is added to the mean loss.") { Default = 0.0 },
        new("clip", new NumberShape(0, 1e9) { Between = true }, "Longest change of a hospital that leaves it; longer ones are shortened. Absent: none is."),
        new("participation", new NumberShape(0.01, 1), "Share of hospitals that train in a round, drawn by the seed.") { Default = 1.0 },
        new("validation", new NumberShape(0, 0.9), "Share of rows that are kept from training, drawn by seed and row id.") { Default = 0.2 },
        new("patience", new IntegerShape(1, 10_000), "Rounds without a lower validation loss after which training ends; absent: it never ends early."),
        PatientRows.Key,
        new("seed", new IntegerShape(0, uint.MaxValue), "Makes the run repeatable to the bit.") { Default = 1 },
    ];

    public required ImmutableArray<int> Hidden { get; init; }

    public required Activation Activation { get; init; }

    public required string Strategy { get; init; }

    public required int Rounds { get; init; }

    public required LocalTraining Local { get; init; }

    public required double ServerRate { get; init; }

    public required double Participation { get; init; }

    public required double Validation { get; init; }

    public required int? Patience { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Whether hospitals correct their steps for how they differ from the others (SCAFFOLD, Karimireddy et al. 2020).</summary>
    public bool HasControls => Strategy is "scaffold";

    /// <summary>Reads an entry that fits its shape.</summary>
    /// <exception cref="AnalysisRefusedException">E2601: the options do not go together.</exception>
    public static TrainOptions Read(AnalysisSpecification specification)
    {
        JsonObject options = specification.Options;
        double Number(string key, double otherwise) => (double?)options[key] ?? otherwise;
        string strategy = (string?)options["strategy"] ?? "fedavg";
        double validation = Number("validation", 0.2);
        int? patience = (int?)options["patience"];
        if (patience is not null && validation == 0)
            throw new AnalysisRefusedException(Unfit, $"Analysis {specification.Id}: patience needs rows that are kept from training: set validation above 0, or leave patience out.");
        JsonObject? perceptron = options["model"] as JsonObject;
        return new TrainOptions
        {
            Hidden = perceptron?["hidden"] is JsonArray hidden ? [.. hidden.Select(u => (int)u!)] : [],
            Activation = (string?)perceptron?["activation"] is "tanh" ? Activation.Tanh : Activation.Rectifier,
            Strategy = strategy,
            Rounds = (int)Number("rounds", 50),
            Local = new LocalTraining(
                (int)Number("local-epochs", 1), (int)Number("batch", 32), Number("rate", 0.1), Number("penalty", 0),
                strategy is "fedprox" ? Number("proximal", 0.01) : 0, Number("clip", double.PositiveInfinity)),
            ServerRate = Number("server-rate", strategy is "fedadam" or "fedyogi" ? 0.05 : 1),
            Participation = Number("participation", 1),
            Validation = validation,
            Patience = patience,
            Seed = (ulong)Number("seed", 1),
        };
    }

    /// <summary>The server's half of the strategy.</summary>
    public ServerStep Server(int parameters) => Strategy is "fedadam" or "fedyogi"
        ? new AdaptiveStep(parameters, ServerRate, Strategy is "fedyogi")
        : new AveragingStep(ServerRate);
}
