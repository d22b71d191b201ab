using System.Diagnostics;
using System.Globalization;
using Federated.Coordinator.Server.Rpc;
using Federated.Telemetry;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Federated.Coordinator.Server.Telemetry;

/// <summary>Stands before the gate and counts what comes in and how it ends; a call that belongs to a round becomes a span of the round's trace.</summary>
public sealed class MeteredCalls(CoordinatorInstruments instruments, TimeProvider time) : Interceptor
{
    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        string method = Words.Method(context.Method);
        long began = time.GetTimestamp();
        long sent = 0;
        string outcome = Words.Failed;
        using Activity? span = Begin(method, request as IMessage);
        try
        {
            TResponse response = await continuation(request, context);
            sent = Size(response);
            outcome = Words.Ok;
            return response;
        }
        catch (RpcException e)
        {
            outcome = OutcomeOf(e);
            throw;
        }
        finally
        {
            span?.SetTag("outcome", outcome);
            instruments.Call(method, outcome, time.GetElapsedTime(began), Size(request), sent);
        }
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        string outcome = Words.Failed;
        try
        {
            await continuation(request, responseStream, context);
            outcome = Words.Ok;
        }
        catch (RpcException e)
        {
            outcome = OutcomeOf(e);
            throw;
        }
        finally
        {
            instruments.Call(Words.Method(context.Method), outcome, null, Size(request), 0);
        }
    }

    private Activity? Begin(string method, IMessage? request)
    {
        if (!instruments.Spans.HasListeners() || request?.Descriptor.FindFieldByName("task")?.Accessor.GetValue(request) is not Contracts.V1.TaskKey { StudyUid.Length: 16 } task) return null;
        return instruments.Spans.StartActivity(method, ActivityKind.Server, RoundTrace.Of(task.StudyUid.Span, (int)task.Round, (int)task.Attempt));
    }

    private string OutcomeOf(RpcException e)
    {
        if (e.Trailers.GetValue(Gate.RefusalTrailer) is not { } code) return e.StatusCode == StatusCode.Cancelled ? Words.Cancelled : Words.Failed;
        instruments.Refusal((RefusalCode)int.Parse(code, CultureInfo.InvariantCulture));
        return Words.Refused;
    }

    private static long Size<T>(T message) => message is IMessage counted ? counted.CalculateSize() : 0;
}
