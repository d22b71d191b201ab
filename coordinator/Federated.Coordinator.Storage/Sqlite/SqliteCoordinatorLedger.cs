using System.Collections.Immutable;
using Dapper;
using Federated.Coordinator.Ledgers;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;
using Microsoft.Data.Sqlite;

namespace Federated.Coordinator.Storage.Sqlite;

/// <summary>The coordinator's ledger in SQLite.</summary>
public sealed class SqliteCoordinatorLedger(CoordinatorDatabase database) : ICoordinatorLedger
{
    /// <inheritdoc/>
    public long Size
    {
        get
        {
            using SqliteConnection connection = database.Connect();
            return connection.ExecuteScalar<long>("SELECT COUNT(*) FROM ledger");
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Heads()
    {
        using SqliteConnection connection = database.Connect();
        return connection.Query<(string Stream, long Head)>("SELECT stream, MAX(sequence) FROM ledger GROUP BY stream").ToDictionary(r => r.Stream, r => r.Head, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public void Append(string stream, IReadOnlyList<(long Sequence, LedgerEntry Entry)> entries)
    {
        using SqliteConnection connection = database.Connect();
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        long head = connection.ExecuteScalar<long?>("SELECT MAX(sequence) FROM ledger WHERE stream = @stream", new { stream }, transaction) ?? 0;
        long position = connection.ExecuteScalar<long>("SELECT COUNT(*) FROM ledger", transaction: transaction);
        connection.Execute(
            "INSERT INTO ledger (position, stream, sequence, bytes, leaf) VALUES (@position, @stream, @sequence, @bytes, @leaf)",
            entries.Where(e => e.Sequence > head).Select(e => new { position = position++, stream, sequence = e.Sequence, bytes = e.Entry.Encoded.ToArray(), leaf = e.Entry.Leaf.ToArray() }),
            transaction);
        transaction.Commit();
    }

    /// <inheritdoc/>
    public IEnumerable<LedgerEntry> Entries()
    {
        using SqliteConnection connection = database.Connect();
        foreach (byte[] bytes in connection.Query<byte[]>("SELECT bytes FROM ledger ORDER BY position", buffered: false)) yield return LedgerEntry.Read(bytes);
    }

    /// <inheritdoc/>
    public ImmutableArray<MerkleHash> Leaves(long from = 0)
    {
        using SqliteConnection connection = database.Connect();
        return [.. connection.Query<byte[]>("SELECT leaf FROM ledger WHERE position >= @from ORDER BY position", new { from }).Select(leaf => new MerkleHash(leaf))];
    }

    /// <inheritdoc/>
    public void AddCheckpoint(ulong size, SignedNote note)
    {
        using SqliteConnection connection = database.Connect();
        connection.Execute("INSERT INTO ledger_checkpoints VALUES (@size, @note) ON CONFLICT (size) DO NOTHING", new { size = (long)size, note = note.ToString() });
    }

    /// <inheritdoc/>
    public void AddCosignature(ulong size, NoteSignature signature)
    {
        using SqliteConnection connection = database.Connect();
        connection.Execute(
            "INSERT INTO ledger_cosignatures VALUES (@size, @name, @id, @signature) ON CONFLICT (size, name) DO NOTHING",
            new { size = (long)size, name = signature.Name, id = (long)signature.KeyId, signature = signature.Signature.ToArray() });
    }

    /// <inheritdoc/>
    public ImmutableArray<SignedNote> Checkpoints()
    {
        using SqliteConnection connection = database.Connect();
        ILookup<long, NoteSignature> under = connection
            .Query<(long Size, string Name, long Id, byte[] Signature)>("SELECT size, name, key_id, signature FROM ledger_cosignatures ORDER BY size, name")
            .ToLookup(r => r.Size, r => new NoteSignature(r.Name, (uint)r.Id, [.. r.Signature]));
        return
        [
            .. connection.Query<(long Size, string Note)>("SELECT size, note FROM ledger_checkpoints ORDER BY size").Select(r =>
                SignedNote.TryParse(r.Note, out SignedNote? note) ? under[r.Size].Aggregate(note, (signed, signature) => signed.With(signature))
                    : throw new InvalidDataException($"The checkpoint over {r.Size} entries is damaged.")),
        ];
    }
}
