using System.Diagnostics;
using System.Net;
using Federated.Analyses.Study;
using Federated.Coordinator.Accounts;
using Federated.Coordinator.Server.Hosting;

namespace Federated.Benchmarks;

/// <summary>How long the server takes for each page of a large consortium, and how many bytes it has: medians over several askings by one signed-in browser, over loopback.</summary>
internal static class PageTimes
{
    private const int Askings = 9;

    public static async Task<int> RunAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("federated-bench-");
        try
        {
            string data = Path.Combine(folder.FullName, "coordinator");
            CoordinatorDirectory.Initialise(data, "benchmark", TimeProvider.System).Dispose();
            await using CoordinatorServer server = await CoordinatorServer.StartAsync(
                new CoordinatorServerOptions { DataDirectory = data, Listen = new IPEndPoint(IPAddress.Loopback, 0), Pages = new IPEndPoint(IPAddress.Loopback, 0), ReadPlan = bytes => PlanDocument.Read(bytes.Span) }, CancellationToken.None);
            await LargeConsortium.WriteAsync(server.Directory, TimeProvider.System.GetUtcNow(), CancellationToken.None);
            using PageViewer viewer = await PageViewer.SignInAsync(server.Pages!, server.Directory.Accounts(TimeProvider.System), "reader", Role.Administrator);
            var watch = Stopwatch.StartNew();
            await viewer.ReadAsync("/ledger");
            Console.WriteLine($"the first look at the ledger, which writes an entry for every event: {watch.Elapsed.TotalSeconds:F1} s");
            foreach (string address in Addresses()) await MeasureAsync(viewer, address);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> Addresses() =>
    [
        "/", "/hospitals", "/ledger", $"/ledger?study={LargeConsortium.Long}&page=3", "/ledger/9999", $"/studies/{LargeConsortium.Long}", $"/studies/{LargeConsortium.Long}/manifest", $"/studies/{LargeConsortium.Wide}/report.html",
        $"/studies/{LargeConsortium.Long}/analyses/fit", $"/studies/{LargeConsortium.Wide}", $"/studies/{LargeConsortium.Wide}/manifest", $"/studies/{LargeConsortium.Wide}/variability",
        $"/studies/{LargeConsortium.Wide}/variability?a=scanner-00&b=scanner-49", $"/studies/{LargeConsortium.Wide}/variability/location.png", $"/studies/{LargeConsortium.Wide}/analyses/harmonize",
        $"/studies/{LargeConsortium.Wide}/analyses/spread",
    ];

    private static async Task MeasureAsync(PageViewer viewer, string address)
    {
        long bytes = await viewer.ReadAsync(address);
        var took = new List<double>();
        for (int i = 0; i < Askings; i++)
        {
            var watch = Stopwatch.StartNew();
            await viewer.ReadAsync(address);
            took.Add(watch.Elapsed.TotalMilliseconds);
        }

        Console.WriteLine(FormattableString.Invariant($"{took.Order().ElementAt(Askings / 2),6:F0} ms {bytes / 1000.0,7:F0} kB  {address}"));
    }
}
