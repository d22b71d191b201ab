using System.Reflection;
using Dapper;
using DbUp;
using DbUp.Engine;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Store;
using Microsoft.Data.Sqlite;

namespace Federated.SiteAgent.Host.Storage;

/// <summary>
/// site.db in the data directory: SQLite with a write-ahead log, and every commit on disk before it returns. The running agent and the officer's commands use
/// it at the same time; one writes, the others wait.
/// </summary>
public sealed class SiteDatabase
{
    private const int Schema = 8;
    private readonly string _connectionString;
    private readonly AsyncLocal<(SqliteConnection Connection, SqliteTransaction Transaction)?> _together = new(); // of the caller alone

    /// <summary>Opens the database of a data directory, and makes or upgrades it.</summary>
    /// <exception cref="SiteStoreException">It cannot be opened, or belongs to a newer release.</exception>
    public SiteDatabase(string directory)
    {
        PrivateFiles.CreateDirectory(directory);
        FilePath = Path.Combine(directory, "site.db");
        _connectionString = new SqliteConnectionStringBuilder { DataSource = FilePath, DefaultTimeout = 30, ForeignKeys = true }.ToString();
        if (!File.Exists(FilePath)) PrivateFiles.Replace(FilePath, []); // made with the mode of a private file; SQLite gives its own files the same
        Do(connection =>
        {
            connection.Execute("PRAGMA journal_mode = WAL");
            return 0;
        });
        Upgrade();
    }

    /// <summary>Where it lies.</summary>
    public string FilePath { get; }

    /// <summary>Runs a query.</summary>
    /// <exception cref="SiteStoreException">SQLite failed.</exception>
    public T Do<T>(Func<SqliteConnection, T> work)
    {
        try
        {
            if (_together.Value is { } open) return work(open.Connection);
            using var connection = new SqliteConnection(_connectionString);
            connection.Open();
            connection.Execute("PRAGMA synchronous = FULL");
            return work(connection);
        }
        catch (SqliteException failure)
        {
            throw new SiteStoreException($"{FilePath}: {failure.Message}", failure);
        }
    }

    /// <summary>Runs writes that happen wholly or not at all.</summary>
    /// <exception cref="SiteStoreException">SQLite failed; nothing was changed.</exception>
    public T Write<T>(Func<SqliteConnection, SqliteTransaction, T> work) => Do(connection =>
    {
        if (_together.Value is { } open) return work(open.Connection, open.Transaction);
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        T result = work(connection, transaction);
        transaction.Commit();
        return result;
    });

    /// <summary>Runs work whose reads and writes, on this thread, are one transaction: one flush to disk for all of them.</summary>
    /// <exception cref="SiteStoreException">SQLite failed; nothing was changed.</exception>
    public void Together(Action work)
    {
        if (_together.Value is not null)
        {
            work();
            return;
        }

        Write((connection, transaction) =>
        {
            _together.Value = (connection, transaction);
            try
            {
                work();
            }
            finally
            {
                _together.Value = null;
            }

            return 0;
        });
    }

    /// <summary>Lets go of the file, so that its directory can be moved.</summary>
    public void Release()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private void Upgrade()
    {
        long version = Version();
        if (version == Schema) return;
        if (version > Schema) throw new SiteStoreException($"{FilePath}: written by a newer release (schema {version}, this one knows {Schema}); update this program.");
        using FileStream alone = Alone();
        if (Version() == Schema) return;
        DatabaseUpgradeResult result = DeployChanges.To.SqliteDatabase(_connectionString)
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.EndsWith(".sql", StringComparison.Ordinal))
            .WithTransactionPerScript()
            .LogToNowhere()
            .Build()
            .PerformUpgrade();
        if (!result.Successful) throw new SiteStoreException($"{FilePath}: the upgrade failed at {result.ErrorScript?.Name}: {result.Error.Message}", result.Error);
    }

    private long Version() => Do(connection => connection.ExecuteScalar<long>("PRAGMA user_version"));

    private FileStream Alone()
    {
        try
        {
            return new FileStream(FilePath + ".upgrade", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException busy)
        {
            throw new SiteStoreException($"{FilePath}: another process is making or upgrading it; try again in a moment.", busy);
        }
    }
}
