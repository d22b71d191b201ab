using System.Net.Sockets;
using System.Security.Authentication;
using Federated.SiteAgent.Link;
using Grpc.Core;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>What every outgoing call is allowed.</summary>
public sealed record CallOptions
{
    /// <summary>Time for one attempt of one call. Default 30 s: a chunk of 1 MiB needs it below 300 kbit/s only.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a call that failed on the way is repeated. Default 4.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>The first pause; it doubles, with jitter, up to ten seconds. Default 250 ms.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long nothing is sent after most calls failed. Default 15 s.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>
/// The one place where calls are repeated, timed out and held back. A refusal (trailer "federated-refusal") is the coordinator's considered word: it is never
/// repeated. Everything else that goes wrong on the way becomes <see cref="CoordinatorUnreachableException"/> once the retries are used up.
/// </summary>
public sealed class CallPolicy
{
    private const string RefusalTrailer = "federated-refusal";
    private readonly ResiliencePipeline _pipeline;

    /// <summary>A policy over this clock and this source of jitter; <paramref name="retried"/> is told of every call made once more.</summary>
    public CallPolicy(CallOptions options, TimeProvider time, Random jitter, Action? retried = null)
    {
        var drawing = new Lock();
        var failures = new PredicateBuilder().Handle<RpcException>(IsPassing).Handle<TimeoutRejectedException>();
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = failures,
                MaxRetryAttempts = options.Retries,
                Delay = options.FirstPause,
                MaxDelay = TimeSpan.FromSeconds(10),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                OnRetry = _ =>
                {
                    retried?.Invoke();
                    return default;
                },
                Randomizer = () =>
                {
                    lock (drawing) return jitter.NextDouble();
                },
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = failures,
                FailureRatio = 0.9,
                MinimumThroughput = 20,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = options.Rest,
            })
            .AddTimeout(options.AttemptTimeout)
            .Build();
    }

    /// <summary>Makes a call.</summary>
    /// <exception cref="CoordinatorRefusedException">The coordinator said no.</exception>
    /// <exception cref="CoordinatorUnreachableException">It could not be reached, or did not answer, after every retry.</exception>
    public async Task<T> CallAsync<T>(Func<CancellationToken, AsyncUnaryCall<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await _pipeline.ExecuteAsync(
                async token =>
                {
                    using AsyncUnaryCall<T> running = call(token);
                    return await running.ResponseAsync;
                },
                cancellation);
        }
        catch (Exception failure) when (IsOfTheWay(failure))
        {
            throw Translate(failure, cancellation);
        }
    }

    /// <summary>Whether an exception speaks of the way to the coordinator, or of its answer; anything else is a defect and keeps its own name.</summary>
    public static bool IsOfTheWay(Exception failure) =>
        failure is RpcException or TimeoutRejectedException or BrokenCircuitException or OperationCanceledException;

    /// <summary>The agent's own exception for one of those.</summary>
    public static Exception Translate(Exception failure, CancellationToken cancellation) => failure switch
    {
        _ when cancellation.IsCancellationRequested => new OperationCanceledException(cancellation),
        RpcException rpc when Refusal(rpc) is { } code => new CoordinatorRefusedException(code, RefusalMeaning.Of(code)),
        RpcException rpc => new CoordinatorUnreachableException(Describe(rpc), rpc),
        BrokenCircuitException broken => new CoordinatorUnreachableException("The coordinator failed too often; waiting before the next call.", broken),
        _ => new CoordinatorUnreachableException("The coordinator did not answer in time.", failure),
    };

    private static bool IsPassing(RpcException failure) =>
        Refusal(failure) is null
        && !HasCause<AuthenticationException>(failure) // a handshake that was refused once is refused again
        && !HasCause<ProxyRefusedException>(failure) // so is a tunnel
        && failure.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted or StatusCode.Aborted
            or StatusCode.Internal or StatusCode.Unknown or StatusCode.Cancelled;

    private static int? Refusal(RpcException failure) =>
        int.TryParse(failure.Trailers.GetValue(RefusalTrailer), System.Globalization.NumberStyles.None, null, out int code) ? code : null;

    private static string Describe(RpcException failure)
    {
        if (Cause<AuthenticationException>(failure) is { } handshake) return $"The TLS handshake with the coordinator failed: {handshake.Message}";
        if (Cause<ProxyRefusedException>(failure) is { } proxy) return proxy.Message;
        if (Cause<SocketException>(failure) is { } socket) return $"No connection to the coordinator ({socket.SocketErrorCode}).";
        return $"The call to the coordinator failed ({failure.StatusCode}).";
    }

    private static bool HasCause<T>(Exception failure)
        where T : Exception => Cause<T>(failure) is not null;

    private static T? Cause<T>(Exception failure)
        where T : Exception
    {
        Exception? at = failure is RpcException { Status.DebugException: { } debug } ? debug : failure;
        for (; at is not null; at = at.InnerException)
            if (at is T found) return found;
        return null;
    }
}
