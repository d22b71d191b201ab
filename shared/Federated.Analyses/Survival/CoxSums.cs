using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Regression;
using Federated.Statistics.Kernels;

namespace Federated.Analyses.Survival;

/// <summary>The vectors of a Cox model: names, shapes, meanings, and how they are read. Risk sets travel as what enters and leaves them between event times.</summary>
internal static class CoxSums
{
    public const string Risk = "risk";
    public const string Score = "score";
    public const string Robust = "robust";

    public const string Beta = "beta";
    public const string Chosen = "chosen";
    public const string Hazard = "hazard";
    public const string TiedHazard = "tied_hazard";
    public const string Mean = "mean";
    public const string MeanHazard = "mean_hazard";
    public const string TiedMeanHazard = "tied_mean_hazard";

    public const string Risk0 = "risk0";
    public const string Risk1 = "risk1";
    public const string Tied0 = "tied0";
    public const string Tied1 = "tied1";
    public const string EventPredictor = "event_predictor";
    public const string Beyond = "beyond";
    public const string Gradient = "gradient";
    public const string Squares = "squares";
    public const string Products = "products";

    public static IEnumerable<StepDeclaration> Declare(SurvivalModel model, bool robust)
    {
        int p = model.Columns.Length;
        bool exact = model.Grid is null;
        string single = exact
            ? " Exact times: between two event times few patients leave, often one, so from this sum the covariates of single patients can be computed, though not their hospital."
            : "";
        string stratum = model.Strata is { } strata ? $" Risk sets are per level of '{PlainText.Shown(strata.Name)}': of a level that one hospital holds, they are that hospital's." : "";
        yield return new StepDeclaration(
            Risk, ExchangeKind.Sum, "Who is at risk at each event time, at the present coefficients.",
            [
                new DeclaredItem(Risk0, [-1], $"Relative hazards of those who leave the risk set between two event times.{stratum}"),
                new DeclaredItem(Risk1, [-1, p], $"The same, times each column.{single} Asked for at all event times at the first and last coefficients, at some in between."),
                new DeclaredItem(Tied0, [-1], "Relative hazards of those with an event, at each time with several."),
                new DeclaredItem(Tied1, [-1, p], "The same, times each column."),
                new DeclaredItem(EventPredictor, [], "Sum of the linear predictor over rows with an event."),
                new DeclaredItem(Beyond, [], "Number of rows whose relative hazard is too large to be summed."),
            ], "Again for each step towards the maximum.")
        { SinglePatients = exact };
        yield return new StepDeclaration(
            Score, ExchangeKind.Sum, "Gradient and curvature of the likelihood.",
            [
                new DeclaredItem(Gradient, [p], "Martingale residuals times each column, summed over rows."),
                new DeclaredItem(Squares, [SymmetricSums.Length(p)], "Products of columns, weighted by the hazard each row has met."),
            ], "Again for each step towards the maximum.");
        if (robust)
        {
            yield return new StepDeclaration(
                Robust, ExchangeKind.Sum, "Robust covariance of the coefficients.",
                [new DeclaredItem(Products, [SymmetricSums.Length(p)], "Products of score residuals, added up within each cluster first.")],
                "There are clusters, or weights that are no whole numbers.");
        }
    }

    /// <summary>The vector of <see cref="Risk"/>, with covariates at that many times (and at tied times, if at all).</summary>
    public static SumLayout RiskLayout(CoxFrame frame, int p, int chosen)
    {
        var blocks = ImmutableArray.CreateBuilder<SumBlock>();
        ImmutableArray<int> unit = [frame.RiskUnit];
        blocks.Add(new SumBlock(Risk0, [frame.Times], unit));
        if (chosen > 0) blocks.Add(new SumBlock(Risk1, [chosen, p], unit));
        if (!frame.Tied.IsEmpty) blocks.Add(new SumBlock(Tied0, [frame.Tied.Length], unit));
        if (!frame.Tied.IsEmpty && chosen == frame.Times) blocks.Add(new SumBlock(Tied1, [frame.Tied.Length, p], unit));
        blocks.Add(new SumBlock(EventPredictor, [], unit));
        blocks.Add(SumBlock.Counts(Beyond));
        return new SumLayout(blocks.ToImmutable());
    }

    public static SumLayout ScoreLayout(CoxFrame frame, int p) =>
        new(new SumBlock(Gradient, [p], [frame.ScoreUnit]), SymmetricSums.Block(Squares, p, frame.ScoreUnit));

    public static SumLayout RobustLayout(CoxFrame frame, int p) => new(SymmetricSums.Block(Products, p, frame.ScoreUnit));

    /// <summary>
    /// Sums over risk sets out of what leaves them: at each time of a stratum, everything that leaves then or later.
    /// </summary>
    /// <param name="sum">The vector.</param>
    /// <param name="block">Its block, a row per time.</param>
    /// <param name="stratum">Stratum of each time.</param>
    public static double[] Cumulated(SumVector sum, string block, ReadOnlySpan<int> stratum)
    {
        (SumBlock declared, int start) = sum.Layout[block];
        int width = stratum.Length == 0 ? 0 : declared.Length / stratum.Length;
        ReadOnlySpan<Int128> elements = sum.Elements.Slice(start, declared.Length);
        double[] values = new double[declared.Length];
        var rest = new Int128[width];
        for (int t = stratum.Length - 1; t >= 0; t--)
        {
            if (t + 1 < stratum.Length && stratum[t + 1] != stratum[t]) Array.Clear(rest);
            for (int j = 0; j < width; j++)
            {
                rest[j] = unchecked(rest[j] + elements[(t * width) + j]);
                values[(t * width) + j] = Privacy.FixedPoint.Fixed128.Decode(rest[j], declared.UnitAt(j));
            }
        }

        return values;
    }

    /// <summary>Rows of tied times, spread over all event times.</summary>
    public static double[] Spread(double[] values, ImmutableArray<int> tied, int times)
    {
        int width = tied.IsEmpty ? 0 : values.Length / tied.Length;
        double[] all = new double[Math.Max(width, 1) * times];
        for (int i = 0; i < tied.Length; i++) Array.Copy(values, i * width, all, tied[i] * width, width);
        return all;
    }

    /// <summary>A vector with its low digits.</summary>
    public static DoubleDouble[] Read(SumVector sum, string block)
    {
        var values = new DoubleDouble[sum.Layout[block].Block.Length];
        for (int i = 0; i < values.Length; i++)
        {
            double high = sum.Read(block, i, out double low);
            values[i] = new DoubleDouble(high, low);
        }

        return values;
    }
}
