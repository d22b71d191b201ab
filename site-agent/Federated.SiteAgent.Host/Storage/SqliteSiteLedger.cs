using System.Collections.Immutable;
using Dapper;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Store;
using Microsoft.Data.Sqlite;

namespace Federated.SiteAgent.Host.Storage;

/// <summary>The site's ledger in site.db.</summary>
public sealed class SqliteSiteLedger(SiteDatabase database) : ISiteLedger
{
    private const int EntriesAtATime = 256;

    /// <inheritdoc/>
    public long Size => database.Do(connection => connection.ExecuteScalar<long>("SELECT count(*) FROM ledger"));

    /// <inheritdoc/>
    public long Append(string occasion, Func<LedgerEntry> write)
    {
        if (database.Do(connection => Find(connection, null, occasion)) is { } known) return known;
        LedgerEntry entry = write(); // outside of the transaction: making it may read this database
        return database.Write((connection, transaction) => Find(connection, transaction, occasion) ?? connection.ExecuteScalar<long>(
            "INSERT INTO ledger (position, occasion, bytes, leaf) VALUES ((SELECT count(*) FROM ledger), @occasion, @bytes, @leaf) RETURNING position",
            new { occasion, bytes = entry.Encoded.ToArray(), leaf = entry.Leaf.ToArray() }, transaction));
    }

    /// <inheritdoc/>
    public IEnumerable<LedgerEntry> Entries(long from = 0)
    {
        while (true)
        {
            byte[][] some = database.Do(connection => connection.Query<byte[]>(
                "SELECT bytes FROM ledger WHERE position >= @from ORDER BY position LIMIT @most", new { from, most = EntriesAtATime }).ToArray());
            foreach (byte[] bytes in some)
            {
                yield return Read(bytes, from);
                from++;
            }

            if (some.Length < EntriesAtATime) yield break;
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<MerkleHash> Leaves(long from = 0) => database.Do(connection => connection
        .Query<byte[]>("SELECT leaf FROM ledger WHERE position >= @from ORDER BY position", new { from }).Select(leaf => new MerkleHash(leaf)).ToImmutableArray());

    /// <inheritdoc/>
    public void AddCheckpoint(ulong size, string note) => database.Write((connection, transaction) => connection.Execute(
        "INSERT INTO ledger_checkpoint VALUES (@size, @note) ON CONFLICT (size) DO NOTHING", new { size = (long)size, note }, transaction));

    /// <inheritdoc/>
    public ImmutableArray<string> Checkpoints() => database.Do(connection => connection
        .Query<string>("SELECT note FROM ledger_checkpoint ORDER BY size").ToImmutableArray());

    /// <inheritdoc/>
    public string? LastSeen() => database.Do(connection => connection.ExecuteScalar<string?>("SELECT note FROM coordinator_checkpoint ORDER BY position DESC LIMIT 1"));

    /// <inheritdoc/>
    public void RecordSeen(string note) => database.Write((connection, transaction) => connection.Execute("INSERT INTO coordinator_checkpoint (note) VALUES (@note)", new { note }, transaction));

    private static long? Find(SqliteConnection connection, SqliteTransaction? transaction, string occasion) =>
        connection.ExecuteScalar<long?>("SELECT position FROM ledger WHERE occasion = @occasion", new { occasion }, transaction);

    private LedgerEntry Read(byte[] bytes, long number)
    {
        try
        {
            return LedgerEntry.Read(bytes);
        }
        catch (LedgerEntryInvalidException damaged)
        {
            throw new SiteStoreException($"{database.FilePath}: entry {number} of the ledger is damaged ({damaged.Message.TrimEnd('.')}); restore the database from a backup.", damaged);
        }
    }
}
