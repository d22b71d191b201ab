using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Federated.Coordinator.Pages.Access;
using Federated.Coordinator.Service;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Federated.Coordinator.Pages;

/// <summary>
/// "Something changed", at most once a second and less often for a crowd: the browser then asks for the page it shows again, so that first sight and live sight come from the same component.
/// </summary>
internal static class LiveAddress
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(25);

    public static void Map(RouteGroupBuilder group) => group.MapGet(
        "/live", (StudyService studies, LiveCrowd crowd, TimeProvider time, IHostApplicationLifetime lifetime, CancellationToken cancellation) =>
            TypedResults.ServerSentEvents(ChangesAsync(studies.Changes, crowd, time, CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping).Token)))
        .RequireAuthorization(Policies.Studies);

    private static async IAsyncEnumerable<SseItem<string>> ChangesAsync(ChangeSignal changes, LiveCrowd crowd, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using IDisposable seat = crowd.Enter();
        long seen = changes.Sequence;
        yield return new SseItem<string>("", "here");
        while (!cancellation.IsCancellationRequested)
        {
            bool changed;
            try
            {
                changed = await NextAsync();
            }
            catch (OperationCanceledException)
            {
                yield break;
            }

            yield return new SseItem<string>("", changed ? "changed" : "here");
        }

        async Task<bool> NextAsync()
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task<long> change = changes.WaitAsync(seen, limit.Token);
            Task first = await Task.WhenAny(change, Task.Delay(KeepAlive, time, limit.Token));
            if (first != change)
            {
                await limit.CancelAsync();
                cancellation.ThrowIfCancellationRequested();
                return false;
            }

            seen = await change;
            await Task.Delay(crowd.Rest, time, cancellation);
            return true;
        }
    }
}
