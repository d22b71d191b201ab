using System.Collections.Immutable;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Service;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Federated.Coordinator.Tests.Kit;

namespace Federated.Coordinator.Tests.Service;

/// <summary>Calls that arrive while another one is being written are written together, and each hears its own answer.</summary>
public sealed class SharedWriteTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_that_wait_for_one_write_share_the_next()
    {
        var events = new HeldEventStore();
        using var consortium = new TestConsortium(6, events);
        await consortium.StartAsync(6, "m:mean");
        var waiting = new List<Task<Receipt>>();
        var offers = new List<(TestHospital Hospital, SiteTask Task, byte[] Payload)>();
        foreach (TestHospital hospital in consortium.Hospitals.Take(5))
        {
            SiteTask task = (await consortium.TaskAsync(hospital))!;
            byte[] payload = await consortium.PayloadAsync(hospital, task);
            await consortium.Sites.PutChunkAsync(hospital.Name, task.Key, 0, PayloadManifest.Of(payload).Chunks[0], payload, Cancellation);
            offers.Add((hospital, task, payload));
        }

        int before = events.Appends;
        events.Hold();
        foreach ((TestHospital hospital, SiteTask task, byte[] payload) in offers)
            waiting.Add(consortium.Sites.SubmitAsync(hospital.Name, task.Key, task.Plan, PayloadManifest.Of(payload), Cancellation));
        SiteTask first = offers[0].Task;
        Task refused = consortium.Sites.DeclineAsync("hospital-05", first.Key with { Attempt = 9 }, first.Plan, new Decline(DeclineCode.NoData, [], []), Cancellation);
        events.Release();

        Receipt[] receipts = await Task.WhenAll(waiting);
        Assert.Equal(offers.Select(o => Digest.Of(o.Payload)), receipts.Select(r => r.Payload));
        Assert.Equal(RefusalCode.TaskClosed, (await Assert.ThrowsAsync<SiteRefusedException>(() => refused)).Code);
        Assert.Equal(before + 2, events.Appends); // the one that was under way, and the four that waited for it
    }

    [Fact]
    public async Task A_caller_that_hangs_up_while_it_waits_takes_nobody_with_it()
    {
        var events = new HeldEventStore();
        using var consortium = new TestConsortium(3, events);
        await consortium.StartAsync(3, "m:mean");
        var tasks = new List<(TestHospital Hospital, SiteTask Task, byte[] Payload)>();
        foreach (TestHospital hospital in consortium.Hospitals)
        {
            SiteTask task = (await consortium.TaskAsync(hospital))!;
            byte[] payload = await consortium.PayloadAsync(hospital, task);
            await consortium.Sites.PutChunkAsync(hospital.Name, task.Key, 0, PayloadManifest.Of(payload).Chunks[0], payload, Cancellation);
            tasks.Add((hospital, task, payload));
        }

        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        events.Hold();
        Task<Receipt>[] calls = [.. tasks.Select((t, i) => consortium.Sites.SubmitAsync(t.Hospital.Name, t.Task.Key, t.Task.Plan, PayloadManifest.Of(t.Payload), i == 1 ? impatient.Token : Cancellation))];
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calls[1]);
        events.Release();

        await calls[0];
        await calls[2];
        Assert.NotNull(await consortium.AnswerAsync(consortium.Hospitals[1]));
    }

    /// <summary>Streams in memory whose next append can be made to wait.</summary>
    private sealed class HeldEventStore : IEventStore
    {
        private readonly MemoryEventStore _inner = new();
        private TaskCompletionSource _open = Opened();
        private int _appends;

        public int Appends => _appends;

        public void Hold() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _open.SetResult();

        public async Task<bool> TryAppendAsync(string stream, long expected, ImmutableArray<ReadOnlyMemory<byte>> events, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _appends);
            await _open.Task;
            return await _inner.TryAppendAsync(stream, expected, events, cancellation);
        }

        public Task<ImmutableArray<StoredEvent>> ReadAsync(string stream, long after, CancellationToken cancellation) => _inner.ReadAsync(stream, after, cancellation);

        public Task<ImmutableArray<StreamHead>> HeadsAsync(CancellationToken cancellation) => _inner.HeadsAsync(cancellation);

        private static TaskCompletionSource Opened()
        {
            var open = new TaskCompletionSource();
            open.SetResult();
            return open;
        }
    }
}
