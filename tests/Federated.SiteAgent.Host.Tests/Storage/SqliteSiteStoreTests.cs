using Federated.Privacy.Randomness;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Host.Tests.Support;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;
using Federated.SiteAgent.Tests.Store;
using Microsoft.Data.Sqlite;

namespace Federated.SiteAgent.Host.Tests.Storage;

/// <summary>The contract of every store, each time read back as a process started later would.</summary>
public sealed class SqliteSiteStoreTests : SiteStoreContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SiteIdentity _identity = SiteIdentity.Create();
    private readonly StateSeal _seal;
    private readonly SqliteSiteStore _store;

    public SqliteSiteStoreTests()
    {
        _seal = new StateSeal(_identity, new SystemRandomness());
        _store = new SqliteSiteStore(new SiteDatabase(_directory.Path), () => _seal);
    }

    protected override ISiteStore Store => _store;

    [Fact]
    public void What_is_written_together_is_kept_all_or_none()
    {
        byte[] plan = [1, 2, 3];
        var digest = Digest.Of(plan);
        Assert.Throws<InvalidOperationException>(() => _store.Together(() =>
        {
            _store.AddPlan(digest, plan);
            _store.Together(() => _store.Ledger.AddCheckpoint(1, "note"));
            Assert.Equal(plan, _store.FindPlan(digest)); // its own reads see it
            throw new InvalidOperationException("The process ends here.");
        }));
        Assert.Null(_store.FindPlan(digest));
        Assert.Empty(_store.Ledger.Checkpoints());

        _store.Together(() =>
        {
            _store.AddPlan(digest, plan);
            _store.Ledger.AddCheckpoint(1, "note");
        });
        var reopened = new SqliteSiteStore(new SiteDatabase(_directory.Path), () => _seal);
        Assert.Equal(plan, reopened.FindPlan(digest));
        Assert.Equal(["note"], reopened.Ledger.Checkpoints());
    }

    [Fact]
    public void Answers_cannot_be_changed_or_deleted_even_by_hand()
    {
        A_payload_comes_back_to_the_byte();
        foreach (string sql in (string[])["UPDATE outbox SET checks = '[]'", "DELETE FROM outbox", "UPDATE outbox_payload SET bytes = x'00'", "DELETE FROM outbox_payload"])
            Assert.ThrowsAny<SqliteException>(() => ByHand(sql));
    }

    [Fact]
    public void The_ledger_cannot_be_changed_or_deleted_even_by_hand()
    {
        Entries_are_appended_once_per_occasion_and_come_back_to_the_byte();
        _store.Ledger.AddCheckpoint(1, "note");
        foreach (string sql in (string[])["UPDATE ledger SET bytes = x'00'", "DELETE FROM ledger", "UPDATE ledger_checkpoint SET note = ''", "DELETE FROM ledger_checkpoint", "INSERT INTO ledger VALUES (9, 'gap', x'00', zeroblob(32))"])
            Assert.ThrowsAny<SqliteException>(() => ByHand(sql));
    }

    [Fact]
    public void What_left_is_encrypted_at_rest()
    {
        byte[] clear = [.. Enumerable.Repeat((byte)0x5a, 64)];
        _store.AddToOutbox(Payload(7, bytes: clear), null);
        Assert.Equal(clear, Reopened().FindOutbox(Task(7).Key)!.Payload!.Bytes.ToArray());
        SqliteConnection.ClearAllPools();
        foreach (string file in Directory.GetFiles(_directory.Path)) Assert.Equal(-1, File.ReadAllBytes(file).AsSpan().IndexOf(clear.AsSpan(0, 16)));
        using SiteIdentity other = SiteIdentity.Create();
        Assert.Throws<SiteStoreException>(() => new SqliteSiteStore(new SiteDatabase(_directory.Path), () => new StateSeal(other, new SystemRandomness())).FindOutbox(Task(7).Key));
    }

    [Fact]
    public void The_file_can_be_read_by_its_owner_only()
    {
        if (OperatingSystem.IsWindows()) return; // files there take the directory's access list
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.File("site.db")));
        A_plan_comes_back_to_the_byte();
        foreach (string file in Directory.GetFiles(_directory.Path, "site.db-*"))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void Every_commit_is_on_disk_before_it_returns()
    {
        Assert.Equal("wal", new SiteDatabase(_directory.Path).Do(c => Scalar(c, "PRAGMA journal_mode")));
        Assert.Equal("2", new SiteDatabase(_directory.Path).Do(c => Scalar(c, "PRAGMA synchronous")));
    }

    [Fact]
    public void A_database_of_a_newer_release_is_left_alone()
    {
        ByHand("PRAGMA user_version = 99");
        SiteStoreException refused = Assert.Throws<SiteStoreException>(() => new SiteDatabase(_directory.Path));
        Assert.Contains("newer release", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _identity.Dispose();
        _directory.Dispose();
    }

    protected override ISiteStore Reopened()
    {
        SqliteConnection.ClearAllPools();
        return new SqliteSiteStore(new SiteDatabase(_directory.Path), () => _seal);
    }

    private static string? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private void ByHand(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_directory.File("site.db")}");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
