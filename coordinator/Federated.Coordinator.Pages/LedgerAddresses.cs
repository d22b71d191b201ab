using Federated.Coordinator.Ledgers;
using Federated.Coordinator.Pages.Access;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Exports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Federated.Coordinator.Pages;

/// <summary>The ledger as a file that verifies offline.</summary>
internal static class LedgerAddresses
{
    public static void Map(RouteGroupBuilder group) => group.MapGet("/ledger/export", ExportAsync).RequireAuthorization(Policies.Ledger);

    private static async Task<IResult> ExportAsync(LedgerService ledger, CancellationToken cancellation)
    {
        await ledger.RefreshAsync(cancellation);
        if (ledger.Checkpoints() is not [.., var newest] checkpoints || !Checkpoint.TryParse(newest.Text, out Checkpoint? last)) return Results.NotFound();
        using var writer = new StringWriter();
        await LedgerExport.WriteAsync(writer, ledger.Key, ledger.Entries().Take((int)last.Size), (long)last.Size, checkpoints);
        return Results.File(System.Text.Encoding.UTF8.GetBytes(writer.ToString()), "application/x-ndjson", "coordinator.ledger");
    }
}
