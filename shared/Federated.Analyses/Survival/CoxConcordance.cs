using Federated.Analyses.Exchange;
using Federated.Privacy.FixedPoint;
using Federated.Statistics.Survival;

namespace Federated.Analyses.Survival;

/// <summary>
/// The concordance of a fitted model. It compares patients of different hospitals in pairs, so it needs the joint table of times and scores; where times are exact
/// that table is read back from a sum, on a grid it is not asked for.
/// </summary>
internal static class CoxConcordance
{
    /// <summary>The step's name.</summary>
    public const string Step = "concordance";

    private const string Table = "score_table";
    private const string Cells = "cells";
    private const string Salt = "salt";

    /// <summary>The step as the manifest shows it.</summary>
    public static IEnumerable<StepDeclaration> Declare(SurvivalModel model)
    {
        if (model.Grid is not null) yield break;
        SparseCounts shape = Shape(model, SparseCounts.CellsFor(0), 0);
        yield return new StepDeclaration(
            Step, ExchangeKind.Sum, "How well the fitted model tells who has the event first, over pairs of patients of all hospitals.",
            [
                SparseCounts.Declared(
                    Table, shape.Words, shape.Amounts,
                    "Each patient's time, event and fitted linear predictor, without a name, a row id or a hospital"
                    + (model.Cluster is null ? "." : ", with a number that rows of one cluster share.")
                    + " Exact times: whoever sees the sum sees a list of single patients' times and risk scores."),
            ])
        { SinglePatients = true };
    }

    /// <summary>Asks until the table is read back; nothing is found on a grid, or of more rows than can be listed.</summary>
    public static IEnumerable<Step> Ask(SurvivalModel model, CoxFit fit, long rows, Action<Concordance> found)
    {
        if (model.Grid is not null || rows > SparseCounts.MostKeys) yield break;
        for (int attempt = 1; attempt <= 4; attempt++)
        {
            SparseCounts table = Shape(model, SparseCounts.CellsFor(Math.Min(rows * attempt, SparseCounts.MostKeys)), attempt);
            var step = new SumStep(
                Step,
                new Broadcast([.. fit.Frame.ToTensors(), Tensor.Vector(CoxSums.Beta, fit.Beta), Tensor.Scalar(Cells, table.Cells), Tensor.Scalar(Salt, attempt)]),
                new SumLayout(table.Block()));
            yield return step;
            if (table.Read(step.Sum) is not { } entries) continue;
            found(Concordance.Of(Rows(model, entries)));
            yield break;
        }
    }

    /// <summary>The site half.</summary>
    public static SiteAnswer Answer(SurvivalModel model, SurvivalRows rows, CoxSite site, BroadcastReader broadcast)
    {
        double cells = broadcast.Numbers(Cells)[0], salt = broadcast.Numbers(Salt)[0];
        if (model.Grid is not null || !(cells is > 0 and <= SparseCounts.MostCells) || cells % 3 != 0 || !(salt is >= 0 and < 1024))
            throw new BroadcastInvalidException("A table of this size is not declared.");
        SparseCounts table = Shape(model, (int)cells, (int)salt);
        var sum = new SumVector(new SumLayout(table.Block()));
        ulong[][] keys = [.. Enumerable.Range(0, rows.Count).Select(row => Key(model, rows, site, row))];
        bool[] firsts = model.Cluster is null ? [] : MarkClusters(rows, keys);
        for (int row = 0; row < rows.Count; row++)
        {
            double weight = rows.Weight[row];
            Int128[] amounts = [.. model.Weights is null ? (Int128[])[] : [Fixed(weight), Fixed(weight * weight)], .. model.Cluster is null ? (Int128[])[] : [firsts[row] ? 1 : 0]];
            table.Add(sum, keys[row], amounts);
        }

        return new SiteAnswer { Sum = sum, Packed = [Table] };
    }

    private static SparseCounts Shape(SurvivalModel model, int cells, int salt) => new(
        Table, 3 + (model.Start is null ? 0 : 1) + (model.Cluster is null ? 0 : 1), (model.Weights is null ? 0 : 2) + (model.Cluster is null ? 0 : 1), cells, salt);

    private static ulong[] Key(SurvivalModel model, SurvivalRows rows, CoxSite site, int row)
    {
        ulong who = ((ulong)rows.Stratum[row] << 1) | (rows.IsEvent(row) ? 1UL : 0UL);
        ulong[] key = new ulong[Shape(model, 3, 0).Words];
        (key[0], key[1], key[2]) = (who, SparseCounts.Word(rows.Stop[row]), SparseCounts.Word(site.Predictor[row]));
        if (model.Start is not null) key[3] = SparseCounts.Word(rows.Start[row]);
        return key;
    }

    // A cluster is known by a digest of what its rows say, not by its label: clusters that look alike are counted as such.
    private static bool[] MarkClusters(SurvivalRows rows, ulong[][] keys)
    {
        bool[] firsts = new bool[keys.Length];
        foreach (IGrouping<double, int> cluster in Enumerable.Range(0, keys.Length).GroupBy(row => rows.Cluster![row]))
        {
            ulong[] digests = [.. cluster.Select(row => SparseCounts.Digest(SparseCounts.Word(rows.Weight[row]), keys[row])).Order()];
            ulong digest = Math.Max(1, SparseCounts.Digest(0, digests));
            foreach (int row in cluster) keys[row][^1] = digest;
            firsts[cluster.First()] = true;
        }

        return firsts;
    }

    private static IReadOnlyList<ConcordanceRow> Rows(SurvivalModel model, IReadOnlyList<SparseEntry> entries)
    {
        var alike = new Dictionary<ulong, double>();
        if (model.Cluster is not null)
            foreach (SparseEntry entry in entries) alike[entry.Key[^1]] = alike.GetValueOrDefault(entry.Key[^1]) + (double)entry.Amounts[^1];
        return
        [
            .. entries.Select(e => new ConcordanceRow(
                (int)(e.Key[0] >> 1), model.Start is null ? double.NegativeInfinity : SparseCounts.Number(e.Key[3]), SparseCounts.Number(e.Key[1]), (e.Key[0] & 1) == 1,
                SparseCounts.Number(e.Key[2]), model.Weights is null ? e.Count : Fixed128.Decode(e.Amounts[0], 0),
                model.Weights is null ? e.Count : Fixed128.Decode(e.Amounts[1], 0), model.Cluster is null ? 0 : e.Key[^1],
                model.Cluster is null ? 1 : alike[e.Key[^1]])),
        ];
    }

    private static Int128 Fixed(double value) => Fixed128.TryEncode(value, 0, out Int128 element) ? element : throw new OutOfRangeException(Table, 0);
}
