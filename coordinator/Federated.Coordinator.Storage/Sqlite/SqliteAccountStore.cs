using System.Collections.Immutable;
using Dapper;
using Federated.Coordinator.Accounts;
using Microsoft.Data.Sqlite;

namespace Federated.Coordinator.Storage.Sqlite;

/// <summary>Accounts of the pages in the coordinator's database.</summary>
public sealed class SqliteAccountStore(CoordinatorDatabase database) : IAccountStore
{
    private const string Columns = "name, role, password_hash AS PasswordHash, stamp, created, failures, locked_until AS LockedUntil, last_visit AS LastVisit";

    /// <inheritdoc/>
    public ImmutableArray<Account> List()
    {
        using SqliteConnection connection = database.Connect();
        return [.. connection.Query<AccountRow>($"SELECT {Columns} FROM accounts ORDER BY name").Select(r => r.ToAccount())];
    }

    /// <inheritdoc/>
    public Account? Find(string name)
    {
        using SqliteConnection connection = database.Connect();
        return connection.QuerySingleOrDefault<AccountRow>($"SELECT {Columns} FROM accounts WHERE name = @name", new { name })?.ToAccount();
    }

    /// <inheritdoc/>
    public void Put(SetUpLink link)
    {
        using SqliteConnection connection = database.Connect();
        connection.Execute(
            "INSERT INTO set_up_links (token_sha256, name, role, expires) VALUES (@token, @Name, @role, @expires) ON CONFLICT (name) DO UPDATE SET token_sha256 = excluded.token_sha256, role = excluded.role, expires = excluded.expires",
            new { token = link.TokenDigest.ToBytes(), link.Name, role = (int)link.Role, expires = link.Expires.ToUnixTimeSeconds() });
    }

    /// <inheritdoc/>
    public SetUpLink? FindLink(Digest tokenDigest)
    {
        using SqliteConnection connection = database.Connect();
        (string? name, long role, long expires) = connection.QuerySingleOrDefault<(string?, long, long)>(
            "SELECT name, role, expires FROM set_up_links WHERE token_sha256 = @token", new { token = tokenDigest.ToBytes() });
        return name is null ? null : new SetUpLink(tokenDigest, name, (Role)role, DateTimeOffset.FromUnixTimeSeconds(expires));
    }

    /// <inheritdoc/>
    public bool TryRedeem(Digest tokenDigest, Account account)
    {
        using SqliteConnection connection = database.Connect();
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        if (connection.Execute("DELETE FROM set_up_links WHERE token_sha256 = @token", new { token = tokenDigest.ToBytes() }, transaction) == 0) return false;
        connection.Execute(
            """
            INSERT INTO accounts (name, role, password_hash, stamp, created) VALUES (@Name, @role, @PasswordHash, @Stamp, @created)
            ON CONFLICT (name) DO UPDATE SET role = excluded.role, password_hash = excluded.password_hash, stamp = excluded.stamp, failures = 0, locked_until = NULL
            """,
            new { account.Name, role = (int)account.Role, account.PasswordHash, account.Stamp, created = account.Created.ToUnixTimeSeconds() }, transaction);
        transaction.Commit();
        return true;
    }

    /// <inheritdoc/>
    public void Update(Account account)
    {
        using SqliteConnection connection = database.Connect();
        connection.Execute(
            "UPDATE accounts SET failures = @Failures, locked_until = @locked, last_visit = @visit WHERE name = @Name",
            new { account.Name, account.Failures, locked = account.LockedUntil?.ToUnixTimeSeconds(), visit = account.LastVisit?.ToUnixTimeSeconds() });
    }

    /// <inheritdoc/>
    public bool Remove(string name)
    {
        using SqliteConnection connection = database.Connect();
        return connection.Execute("DELETE FROM accounts WHERE name = @name", new { name }) + connection.Execute("DELETE FROM set_up_links WHERE name = @name", new { name }) > 0;
    }

    private sealed class AccountRow
    {
        public required string Name { get; init; }

        public long Role { get; init; }

        public required string PasswordHash { get; init; }

        public required string Stamp { get; init; }

        public long Created { get; init; }

        public long Failures { get; init; }

        public long? LockedUntil { get; init; }

        public long? LastVisit { get; init; }

        public Account ToAccount() => new(Name, (Role)Role, PasswordHash, Stamp, DateTimeOffset.FromUnixTimeSeconds(Created))
        {
            Failures = (int)Failures,
            LockedUntil = Time(LockedUntil),
            LastVisit = Time(LastVisit),
        };

        private static DateTimeOffset? Time(long? seconds) => seconds is { } known ? DateTimeOffset.FromUnixTimeSeconds(known) : null;
    }
}
