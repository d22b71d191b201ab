using System.Collections.Immutable;
using Federated.Ledger.Merkle;

namespace Federated.SiteAgent.Link;

/// <summary>A checkpoint of the coordinator's ledger as it was shown, unchecked.</summary>
/// <param name="Note">A signed note.</param>
/// <param name="Proof">That it continues what the site saw before.</param>
public sealed record CheckpointShown(string Note, ImmutableArray<MerkleHash> Proof);

/// <summary>How a site watches over the coordinator's own ledger: ledger.proto. Every call is safe to repeat.</summary>
public interface ICoordinatorLedgerLink
{
    /// <summary>The newest checkpoint and its proof from the size seen last; null = the coordinator keeps no ledger, or an empty one.</summary>
    Task<CheckpointShown?> GetCheckpointAsync(ulong seen, CancellationToken cancellation);

    /// <summary>"I saw this checkpoint, and it continues everything I saw before": 72 bytes, Unix seconds and signature.</summary>
    Task CosignAsync(ulong size, MerkleHash root, byte[] signature, CancellationToken cancellation);
}
