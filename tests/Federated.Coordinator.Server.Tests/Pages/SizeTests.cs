using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Coordinator.Accounts;
using Federated.Coordinator.Server.Tests.Kit;

namespace Federated.Coordinator.Server.Tests.Pages;

/// <summary>No page grows beyond what a browser on a hospital's line takes, however large the consortium: 50 scanners x 1,000 features, 500 rounds of 20 hospitals, 10,000 entries of the ledger.</summary>
public sealed class SizeTests
{
    private const int MostBytes = 1_000_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_page_of_a_large_consortium_stays_below_a_megabyte_and_tells_the_truth_about_what_it_leaves_out()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(readPlan: bytes => PlanDocument.Read(bytes.Span), catalogue: AnalysisCatalogue.Find, pages: true);
        await LargeConsortium.WriteAsync(coordinator.Server.Directory, DateTimeOffset.UnixEpoch.AddYears(56), Cancellation);
        using Visitor visitor = await Visitor.OfAsync(coordinator, Role.Administrator);
        var pages = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string address in (string[])
                 [
                     "/", "/hospitals", "/ledger", "/ledger/9999", $"/ledger?study={LargeConsortium.Long}&page=3", $"/studies/{LargeConsortium.Long}", $"/studies/{LargeConsortium.Long}?rounds=19",
                     $"/studies/{LargeConsortium.Long}/manifest", $"/studies/{LargeConsortium.Long}/report.html", $"/studies/{LargeConsortium.Wide}/report.html", $"/studies/{LargeConsortium.Long}/analyses/fit", $"/studies/{LargeConsortium.Wide}", $"/studies/{LargeConsortium.Wide}/manifest",
                     $"/studies/{LargeConsortium.Wide}/variability", $"/studies/{LargeConsortium.Wide}/variability?a=scanner-00&b=scanner-49",
                     $"/studies/{LargeConsortium.Wide}/analyses/harmonize", $"/studies/{LargeConsortium.Wide}/analyses/spread",
                 ])
        {
            HttpResponseMessage reply = await visitor.GetAsync(address);
            byte[] bytes = await reply.Content.ReadAsByteArrayAsync(Cancellation);
            Assert.True(reply.IsSuccessStatusCode, $"{address}: {reply.StatusCode}");
            Assert.True(bytes.Length < MostBytes, $"{address} has {bytes.Length:N0} bytes");
            pages[address] = System.Net.WebUtility.HtmlDecode(System.Text.Encoding.UTF8.GetString(bytes));
        }

        foreach (string file in (string[])["location.png", "scale.png", "spread.svg"])
            Assert.True((await (await visitor.GetAsync($"/studies/{LargeConsortium.Wide}/variability/{file}")).Content.ReadAsByteArrayAsync(Cancellation)).Length < MostBytes, file);
        Assert.Contains("Verified: this entry is in the signed ledger", pages["/ledger/9999"], StringComparison.Ordinal);
        Assert.Contains("scanner-49 lies furthest", System.Text.RegularExpressions.Regex.Replace(pages[$"/studies/{LargeConsortium.Wide}/variability"], "<[^>]+>", ""), StringComparison.Ordinal);
        Assert.Contains("1 to 25 of 500", pages[$"/studies/{LargeConsortium.Long}?rounds=19"], StringComparison.Ordinal);
        Assert.Contains("476 to 500 of 500", pages[$"/studies/{LargeConsortium.Long}"], StringComparison.Ordinal);
        string csv = await visitor.ReadAsync($"/studies/{LargeConsortium.Long}/rounds.csv");
        Assert.Equal(1 + (LargeConsortium.Rounds * LargeConsortium.Hospitals), csv.Count(c => c == '\n'));
    }
}
