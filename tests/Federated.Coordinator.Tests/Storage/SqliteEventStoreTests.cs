using Dapper;
using Federated.Coordinator.Storage.Files;
using Federated.Coordinator.Storage.Sqlite;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Federated.Coordinator.Tests.Kit;
using Federated.Coordinator.Tests.Stores;
using Microsoft.Data.Sqlite;

namespace Federated.Coordinator.Tests.Storage;

public sealed class SqliteEventStoreTests : EventStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CoordinatorDatabase _database;

    public SqliteEventStoreTests()
    {
        _database = CoordinatorDatabase.Open(_folder["coordinator.db"]);
        Store = new SqliteEventStore(_database);
    }

    protected override IEventStore Store { get; }

    [Fact]
    public async Task Events_survive_the_process()
    {
        await Store.TryAppendAsync("study/a", 0, Events("one"), Cancellation);
        _database.Release();
        var reopened = new SqliteEventStore(CoordinatorDatabase.Open(_folder["coordinator.db"]));
        Assert.Equal(1, Assert.Single(await reopened.ReadAsync("study/a", 0, Cancellation)).Sequence);
    }

    [Theory]
    [InlineData("UPDATE events SET data = x'00'", "append-only")]
    [InlineData("DELETE FROM events", "append-only")]
    [InlineData("INSERT INTO events (stream, sequence, data) VALUES ('study/a', 3, x'00')", "without a gap")]
    [InlineData("INSERT INTO events (stream, sequence, data) VALUES ('study/b', 1, 'text')", "TEXT")]
    public async Task The_database_itself_guards_the_history(string statement, string complaint)
    {
        await Store.TryAppendAsync("study/a", 0, Events("one"), Cancellation);
        using SqliteConnection connection = _database.Connect();
        Assert.Contains(complaint, Assert.Throws<SqliteException>(() => connection.Execute(statement)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_commit_reaches_the_disk()
    {
        using SqliteConnection connection = _database.Connect();
        Assert.Equal("wal", connection.ExecuteScalar<string>("PRAGMA journal_mode"));
        Assert.Equal(2, connection.ExecuteScalar<long>("PRAGMA synchronous"));
    }

    [Fact]
    public async Task Writes_of_others_are_noticed()
    {
        using var watch = new DatabaseWatch(_database);
        Assert.False(watch.Changed());
        await Store.TryAppendAsync("study/a", 0, Events("one"), Cancellation);
        Assert.True(watch.Changed());
        Assert.False(watch.Changed());
    }

    [Fact]
    public void A_file_that_is_not_a_database_is_named()
    {
        File.WriteAllText(_folder["other.db"], new string('x', 5000));
        Assert.Contains("other.db is not a coordinator's database", Assert.Throws<InvalidDataException>(() => CoordinatorDatabase.Open(_folder["other.db"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_study_runs_on_disk_with_a_new_process_before_every_answer()
    {
        using var consortium = new TestConsortium(3, Store, new FileBlobStore(_folder["blobs"]));
        await consortium.StartAsync(3, "m:mean", "r:reporting");
        for (int i = 0; i < 12; i++)
        {
            consortium.Restart();
            Assert.NotNull(await consortium.AnswerAsync(consortium.Hospitals[i % 3]));
        }

        Assert.Equal(StudyState.Released, (await consortium.StudyAsync()).State);

        using var memory = new TestConsortium(3);
        await memory.StartAsync(3, "m:mean", "r:reporting");
        await memory.RunAsync();
        Assert.Equal(string.Concat((await memory.ResultsAsync()).Select(r => r.Document!.Json)), string.Concat((await consortium.ResultsAsync()).Select(r => r.Document!.Json)));
    }

    public void Dispose()
    {
        _database.Release();
        _folder.Dispose();
    }
}
