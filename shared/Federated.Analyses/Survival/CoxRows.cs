using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Federated.Analyses.Tables;
using Federated.Statistics.Survival;

namespace Federated.Analyses.Survival;

/// <summary>
/// A site's rows for a Cox model as every round needs them, whatever the coefficients: centred and scaled, with their places among the event times.
/// </summary>
internal sealed class CoxRows
{
    // The rows of the last round, for as long as the table lives. They follow from table, entry and frame, so keeping them changes no answer, only its time.
    private static readonly ConditionalWeakTable<StudyTable, CoxRows> Kept = [];

    private readonly JsonObject _options;
    private readonly HarmonizedTable? _harmonized;

    private CoxRows(SiteContext context, SurvivalModel model, CoxFrame frame)
    {
        int p = model.Columns.Length;
        _options = context.Specification.Options;
        _harmonized = Harmonized(context, model);
        Frame = frame;
        Rows = new SurvivalRows(context, model);
        if (frame.Edges is not null) Rows.RoundTo(frame.Edges);
        EventTimes index = frame.Index();
        Design = new double[Rows.Count * p];
        for (int j = 0; j < p; j++)
        {
            double scale = double.ScaleB(1, -frame.Exponent[j]);
            for (int row = 0; row < Rows.Count; row++) Design[(row * p) + j] = (Rows.Columns[j][row] - frame.Centre[j]) * scale;
        }

        Last = new int[Rows.Count];
        Before = new int[Rows.Count];
        for (int row = 0; row < Rows.Count; row++)
        {
            Last[row] = index.LastNotAfter(Rows.Stratum[row], Rows.Stop[row]);
            Before[row] = index.LastNotAfter(Rows.Stratum[row], Rows.Start[row]);
        }
    }

    public CoxFrame Frame { get; }

    public SurvivalRows Rows { get; }

    /// <summary>Row-major rows x p.</summary>
    public double[] Design { get; }

    /// <summary>Last event time at which each row is at risk, -1 = none.</summary>
    public int[] Last { get; }

    /// <summary>Last event time before it enters, -1 = none.</summary>
    public int[] Before { get; }

    /// <summary>The rows of this context.</summary>
    public static CoxRows Of(SiteContext context, SurvivalModel model, CoxFrame frame)
    {
        if (Kept.TryGetValue(context.Table, out CoxRows? kept) && kept.Fits(context, model, frame)) return kept;
        var rows = new CoxRows(context, model, frame);
        Kept.AddOrUpdate(context.Table, rows);
        return rows;
    }

    private bool Fits(SiteContext context, SurvivalModel model, CoxFrame frame) =>
        frame.Equals(Frame) && ReferenceEquals(Harmonized(context, model), _harmonized) && JsonNode.DeepEquals(context.Specification.Options, _options);

    private static HarmonizedTable? Harmonized(SiteContext context, SurvivalModel model) =>
        model.From is null ? null : context.Harmonized.GetValueOrDefault(model.From);
}
