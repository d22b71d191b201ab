using System.Reflection;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Microsoft.Data.Sqlite;

namespace Federated.Coordinator.Storage.Sqlite;

/// <summary>The coordinator's database: one SQLite file, write-ahead log, every commit on disk before it returns.</summary>
public sealed class CoordinatorDatabase
{
    private readonly string _connectionString;

    private CoordinatorDatabase(string connectionString) => _connectionString = connectionString;

    /// <summary>Opens the file, making it if need be, and brings its schema up to this release.</summary>
    /// <exception cref="InvalidDataException">A migration failed: the file is not a coordinator's database, or is damaged.</exception>
    public static CoordinatorDatabase Open(string path)
    {
        string connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            ForeignKeys = true,
            Pooling = true,
            DefaultTimeout = 30,
        }.ToString();
        var database = new CoordinatorDatabase(connectionString);
        try
        {
            using SqliteConnection connection = database.Connect();
            Execute(connection, "PRAGMA journal_mode = WAL");
        }
        catch (SqliteException e)
        {
            throw new InvalidDataException($"{path} is not a coordinator's database, or is damaged: {e.Message}", e);
        }

        DatabaseUpgradeResult result = DeployChanges.To.SqliteDatabase(connectionString)
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.EndsWith(".sql", StringComparison.Ordinal))
            .WithTransactionPerScript()
            .LogTo(new NoUpgradeLog())
            .Build()
            .PerformUpgrade();
        return result.Successful ? database : throw new InvalidDataException($"{path} could not be brought up to this release: {result.Error.Message}", result.Error);
    }

    /// <summary>A connection from the pool, opened and set to durable commits.</summary>
    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        Execute(connection, "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;");
        return connection;
    }

    /// <summary>Gives pooled connections back to the system, so that the file can be moved or removed.</summary>
    public void Release()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private sealed class NoUpgradeLog : IUpgradeLog
    {
        public void LogTrace(string format, params object[] args) { }

        public void LogDebug(string format, params object[] args) { }

        public void LogInformation(string format, params object[] args) { }

        public void LogWarning(string format, params object[] args) { }

        public void LogError(string format, params object[] args) { }

        public void LogError(Exception ex, string format, params object[] args) { }
    }
}

/// <summary>
/// Notices that some other connection, in this process or another, wrote to the database. Holds one connection of its own; asked by one thread at a time.
/// </summary>
public sealed class DatabaseWatch : IDisposable
{
    private readonly SqliteConnection _connection;
    private long _version;

    /// <summary>Watches from now on.</summary>
    public DatabaseWatch(CoordinatorDatabase database)
    {
        _connection = database.Connect();
        _version = Version();
    }

    /// <summary>Whether anything was written since this was last asked.</summary>
    public bool Changed()
    {
        long version = Version();
        bool changed = version != _version;
        _version = version;
        return changed;
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private long Version()
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "PRAGMA data_version";
        return (long)command.ExecuteScalar()!;
    }
}
