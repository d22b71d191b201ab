using Federated.Coordinator.Pages;

namespace Federated.Coordinator.Server.Diagnosis;

/// <summary>Where a supervisor asks whether the coordinator lives and can work. Names and outcomes of checks only: whoever may ask learns nothing of the consortium.</summary>
internal static class HealthAddresses
{
    /// <summary>Maps /health/live and /health/ready, where pages are served.</summary>
    public static void MapHealth(this WebApplication application)
    {
        RouteGroupBuilder group = application.MapGroup("/health").WithMetadata(new PageAddress()).AllowAnonymous();
        group.MapGet("/live", () => Results.Text("alive\n"));
        group.MapGet("/ready", (Examination examination) =>
        {
            var findings = examination.Look();
            bool ready = findings.All(f => f.Outcome != Outcome.Failed);
            return Results.Json(
                new { status = ready ? "ready" : "failed", checks = findings.ToDictionary(f => f.Check, f => f.Outcome.ToString().ToLowerInvariant(), StringComparer.Ordinal) },
                statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        });
    }
}
