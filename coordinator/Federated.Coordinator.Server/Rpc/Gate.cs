using Federated.Coordinator.Server.Identity;
using Federated.Coordinator.Storage.Sqlite;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Federated.Coordinator.Server.Rpc;

/// <summary>
/// Every call passes here: nothing but Join and CertificateStatus without a certificate that is still good, and nothing but a status and a number goes out when a call
/// is refused or fails.
/// </summary>
public sealed partial class Gate(ClientTrust trust, Roster roster, ILogger<Gate> log) : Interceptor
{
    /// <summary>Name of the trailer that carries a refusal's number.</summary>
    public const string RefusalTrailer = "federated-refusal";

    private static readonly HashSet<string> Open = new(StringComparer.Ordinal)
    {
        "/federated.v1.Enrolment/Join", "/federated.v1.Enrolment/CertificateStatus",
    };

    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            if (!Open.Contains(context.Method)) Caller.Establish(context, trust, roster);
            return await continuation(request, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Translate(e, context);
        }
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            Caller.Establish(context, trust, roster);
            await continuation(request, responseStream, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Translate(e, context);
        }
    }

    private RpcException Translate(Exception e, ServerCallContext context)
    {
        switch (e)
        {
            case SiteRefusedException refused:
                Refused(log, context.Method, refused.Code, refused.Message);
                var trailers = new Metadata { { RefusalTrailer, ((int)refused.Code).ToString() } };
                return new RpcException(new Status(StatusOf(refused.Code), refused.Code.ToString()), trailers);
            case OperationCanceledException when context.CancellationToken.IsCancellationRequested:
                return new RpcException(new Status(StatusCode.Cancelled, "The caller hung up."));
            default:
                Failed(log, e, context.Method);
                return new RpcException(new Status(StatusCode.Internal, "The coordinator failed; its log has the details."));
        }
    }

    private static StatusCode StatusOf(RefusalCode code) => code switch
    {
        RefusalCode.CertificateMissing => StatusCode.Unauthenticated,
        RefusalCode.StudyUnknown => StatusCode.NotFound,
        RefusalCode.PayloadInvalid or RefusalCode.MaskingRefused => StatusCode.InvalidArgument,
        RefusalCode.PayloadDiffers => StatusCode.AlreadyExists,
        RefusalCode.VersionUnsupported or RefusalCode.PlanDiffers or RefusalCode.NotApproved or RefusalCode.TaskClosed => StatusCode.FailedPrecondition,
        _ => StatusCode.PermissionDenied,
    };

    [LoggerMessage(1, LogLevel.Warning, "Refused {Method} ({Code}): {Reason}")]
    private static partial void Refused(ILogger log, string method, RefusalCode code, string reason);

    [LoggerMessage(2, LogLevel.Error, "{Method} failed")]
    private static partial void Failed(ILogger log, Exception e, string method);
}
