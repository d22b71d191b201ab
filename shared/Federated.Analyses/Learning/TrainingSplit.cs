using Federated.Analyses.Exchange;
using Federated.Statistics.Learning;

namespace Federated.Analyses.Learning;

/// <summary>Which rows `train` keeps from training: drawn by seed and row id, so they are the same wherever they are held and for whoever compares.</summary>
public static class TrainingSplit
{
    /// <summary>Whether a row is kept for validation.</summary>
    /// <param name="rowId">The row.</param>
    /// <param name="seed">The analysis' seed.</param>
    /// <param name="share">Share of rows that are kept.</param>
    public static bool IsHeldOut(string rowId, ulong seed, double share) =>
        new SeededStream(SparseCounts.Digest(seed, [.. rowId.Select(c => (ulong)c)])).Uniform() < share;
}
