using System.Collections.Immutable;
using Federated.Ledger.Checkpoints;

namespace Federated.Ledger.Exports;

/// <summary>Something in an export that is not what was written.</summary>
/// <param name="Line">Line of the file, from 1.</param>
/// <param name="Entry">The entry concerned, from 0; null where it is not one entry.</param>
/// <param name="Message">What, where.</param>
public sealed record LedgerFault(long Line, long? Entry, string Message);

/// <summary>A cosignature that was found good.</summary>
/// <param name="Size">Entries that it covers.</param>
/// <param name="Witness">Who saw the log.</param>
/// <param name="At">When.</param>
public sealed record LedgerCosignature(ulong Size, string Witness, DateTimeOffset At);

/// <summary>What a verifier found.</summary>
/// <param name="Key">The ledger's key as the file names it; null where the header cannot be read.</param>
/// <param name="Entries">Entries that were read.</param>
/// <param name="Checkpoints">Checkpoints of the ledger that are signed and fit the entries.</param>
/// <param name="Cosignatures">Of witnesses whose keys were given.</param>
/// <param name="Faults">What is wrong, in the order of the file; none = the ledger is whole and unchanged.</param>
public sealed record LedgerVerdict(
    NoteKey? Key, long Entries, ImmutableArray<Checkpoint> Checkpoints, ImmutableArray<LedgerCosignature> Cosignatures, ImmutableArray<LedgerFault> Faults)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool Holds => Faults.IsEmpty;

    /// <summary>The verdict for people.</summary>
    public IEnumerable<string> Lines()
    {
        if (Key is not null)
        {
            yield return $"ledger       {Key.Name}";
            yield return $"signed with  {Key.Fingerprint} (compare it with what its owner says)";
        }

        yield return $"entries      {Entries}";
        yield return $"checkpoints  {Checkpoints.Length} signed and fitting{(Checkpoints.IsEmpty ? "" : $", the last over {Checkpoints[^1].Size} entries")}";
        foreach (LedgerCosignature seen in Cosignatures) yield return $"cosigned     by {seen.Witness} at {seen.At:u}, over {seen.Size} entries";
        foreach (LedgerFault fault in Faults) yield return $"FAULT        line {fault.Line}: {fault.Message}";
        yield return Holds ? "The ledger is whole and unchanged." : $"The ledger is NOT what was signed: {Faults.Length} {(Faults.Length == 1 ? "fault" : "faults")}.";
    }

    /// <summary>The verdict for programs.</summary>
    public object Document() => new
    {
        Holds,
        Origin = Key?.Name,
        Key?.Fingerprint,
        Entries,
        Checkpoints = Checkpoints.Select(c => c.Size),
        Cosignatures = Cosignatures.Select(c => new { c.Size, c.Witness, c.At }),
        Faults = Faults.Select(f => new { f.Line, f.Entry, f.Message }),
    };
}
