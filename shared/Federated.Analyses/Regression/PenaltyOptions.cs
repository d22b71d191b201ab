using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Study.Shapes;

namespace Federated.Analyses.Regression;

/// <summary>The option `penalty`: elastic net, lambda (alpha |b| + (1 - alpha) b^2 / 2), as glmnet has it.</summary>
/// <param name="Alpha">Share of the lasso.</param>
/// <param name="Lambda">Strengths; empty = a path from where the first coefficient appears.</param>
/// <param name="Standardize">Whether a coefficient counts per standard deviation of its column.</param>
/// <param name="Length">Strengths of a path.</param>
internal sealed record PenaltyOptions(double Alpha, ImmutableArray<double> Lambda, bool Standardize, int Length)
{
    /// <summary>Strengths of a path, as in glmnet.</summary>
    public const int PathLength = 100;

    private const int MostStrengths = 1_000;

    private static readonly EitherShape Strengths = new(new ChoiceShape("path"), new ListShape(new NumberShape(1e-12, 1e12), 1, MostStrengths));

    /// <summary>The key.</summary>
    public static OptionKey Key { get; } = new(
        "penalty",
        new EitherShape(new ChoiceShape("none"), new ObjectShape(
            new OptionKey("lasso", Strengths, "Strengths of a lasso: the same as alpha 1 and lambda."),
            new OptionKey("alpha", new NumberShape(0, 1), "Share of the lasso: 1 lasso, 0 ridge; absent: 1."),
            new OptionKey("lambda", Strengths, "Strengths, or path: from where the first coefficient appears; absent: path."),
            new OptionKey("length", new IntegerShape(2, MostStrengths), "Number of strengths of a path; absent: 100."),
            new OptionKey("standardize", new BooleanShape(), "Whether columns count per standard deviation; absent: true."))),
        "Elastic net: coefficients are shrunk, and become exactly zero where alpha is above 0.")
    { Default = "none" };

    /// <summary>Reads an entry that fits its shape; null = no penalty.</summary>
    /// <param name="node">Value of the key.</param>
    /// <param name="where">For messages.</param>
    /// <exception cref="AnalysisRefusedException">E2301: a lasso with an alpha or lambda of its own.</exception>
    public static PenaltyOptions? Read(JsonNode? node, string where)
    {
        if (node is not JsonObject options) return null;
        if (options["lasso"] is not null && (options["alpha"] is not null || options["lambda"] is not null))
            throw new AnalysisRefusedException(RegressionOptions.Unfit, $"{where}: penalty lasso says alpha and lambda already: leave those out.");
        ImmutableArray<double> strengths = (options["lasso"] ?? options["lambda"]) is JsonArray list ? [.. list.Select(v => (double)v!)] : [];
        return new PenaltyOptions(options["alpha"] is JsonValue alpha ? (double)alpha : 1, strengths, (bool?)options["standardize"] ?? true, (int?)options["length"] ?? PathLength);
    }

    /// <summary>The strengths in descending order.</summary>
    /// <param name="largest">Least strength at which a pure lasso has no coefficient.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Penalized columns.</param>
    public double[] Descending(double largest, long rows, int columns)
    {
        if (!Lambda.IsEmpty) return [.. Lambda.OrderDescending()];
        double first = largest / Math.Max(Alpha, 1e-3), last = rows > columns ? 1e-4 : 1e-2;
        return [.. Enumerable.Range(0, Length).Select(i => first * Math.Pow(last, i / (Length - 1.0)))];
    }
}
