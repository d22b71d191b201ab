using System.Collections.Immutable;
using System.Text;
using Federated.Coordinator.Stores;

namespace Federated.Coordinator.Tests.Stores;

/// <summary>What every event store does. Derive once per implementation.</summary>
public abstract class EventStoreContract
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected abstract IEventStore Store { get; }

    [Fact]
    public async Task Events_come_back_in_order_and_whole()
    {
        Assert.True(await Store.TryAppendAsync("study/a", 0, Events("one", "two"), Cancellation));
        Assert.True(await Store.TryAppendAsync("study/a", 2, Events("three \u00e9\u0000"), Cancellation));
        Assert.Equal([(1, "one"), (2, "two"), (3, "three \u00e9\u0000")], await ReadAsync("study/a", 0));
        Assert.Equal([(3, "three \u00e9\u0000")], await ReadAsync("study/a", 2));
        Assert.Empty(await ReadAsync("study/a", 3));
        Assert.Empty(await ReadAsync("study/none", 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_writer_that_is_not_at_the_head_appends_nothing(long expected)
    {
        await Store.TryAppendAsync("study/a", 0, Events("one", "two"), Cancellation);
        Assert.False(await Store.TryAppendAsync("study/a", expected, Events("x", "y"), Cancellation));
        Assert.Equal([(1, "one"), (2, "two")], await ReadAsync("study/a", 0));
    }

    [Fact]
    public async Task A_stream_does_not_begin_in_the_middle()
    {
        Assert.False(await Store.TryAppendAsync("study/a", 1, Events("x"), Cancellation));
        Assert.Empty(await Store.HeadsAsync(Cancellation));
    }

    [Fact]
    public async Task Heads_are_listed_in_ordinal_order()
    {
        await Store.TryAppendAsync("study/b", 0, Events("1", "2", "3"), Cancellation);
        await Store.TryAppendAsync("study/B", 0, Events("1"), Cancellation);
        await Store.TryAppendAsync("study/a", 0, Events("1"), Cancellation);
        await Store.TryAppendAsync("study/a", 1, Events("2"), Cancellation);
        Assert.Equal([new StreamHead("study/B", 1), new StreamHead("study/a", 2), new StreamHead("study/b", 3)], await Store.HeadsAsync(Cancellation));
    }

    [Fact]
    public async Task Nothing_is_appended_for_nothing() =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.TryAppendAsync("study/a", 0, [], Cancellation));

    [Fact]
    public async Task Of_writers_in_a_race_each_place_goes_to_one()
    {
        async Task<int> Write(int writer)
        {
            int won = 0;
            for (long place = 0; place < 20; place++)
                if (await Store.TryAppendAsync("study/a", place, Events($"{writer}"), Cancellation)) won++;
                else if ((await Store.HeadsAsync(Cancellation)).FirstOrDefault().Sequence <= place) place--;
            return won;
        }

        int[] wins = await Task.WhenAll(Enumerable.Range(0, 4).Select(w => Task.Run(() => Write(w), Cancellation)));
        Assert.Equal(20, wins.Sum());
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), (await Store.ReadAsync("study/a", 0, Cancellation)).Select(e => e.Sequence));
    }

    protected static ImmutableArray<ReadOnlyMemory<byte>> Events(params string[] texts) => [.. texts.Select(t => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(t))];

    protected async Task<(long, string)[]> ReadAsync(string stream, long after) =>
        [.. (await Store.ReadAsync(stream, after, Cancellation)).Select(e => (e.Sequence, Encoding.UTF8.GetString(e.Data.Span)))];
}

public sealed class MemoryEventStoreTests : EventStoreContract
{
    protected override IEventStore Store { get; } = new MemoryEventStore();
}
