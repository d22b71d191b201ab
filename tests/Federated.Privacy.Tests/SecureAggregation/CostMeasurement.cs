using System.Diagnostics;
using Federated.Privacy.SecureAggregation;

namespace Federated.Privacy.Tests.SecureAggregation;

/// <summary>
/// What masking costs, asked for by hand and never judged: <c>dotnet run -c Release --project tests/Federated.Privacy.Tests -- --explicit only</c>.
/// </summary>
public class CostMeasurement(ITestOutputHelper output)
{
    [Theory(Explicit = true)]
    [InlineData(20, 1_000_000, Ring.Bits64, 3)]
    [InlineData(20, 20_000, Ring.Bits128, 3)]
    [InlineData(10, 20_000, Ring.Bits128, 0)]
    public void Site_and_coordinator(int sites, int length, Ring ring, int dropouts)
    {
        for (int warm = 0; warm < 2; warm++) Run(sites, Math.Min(length, 50_000), ring, dropouts);
        (double site, double[] steps, double coordinator)[] runs = [.. Enumerable.Range(0, 5).Select(_ => Run(sites, length, ring, dropouts))];
        (double site, double[] steps, double coordinator) median = runs.OrderBy(r => r.site).ElementAt(2);
        output.WriteLine($"{sites} sites, {length} x {ring}, {dropouts} dropouts: one site {median.site:F1} ms of processor time "
            + $"(keys {median.steps[0]:F1}, shares {median.steps[1]:F1}, mask {median.steps[2]:F1}, agree {median.steps[3]:F1}, unmask {median.steps[4]:F1}); "
            + $"coordinator, adding and unmasking {runs.Select(r => r.coordinator).Order().ElementAt(2):F1} ms");
    }

    /// <summary>Milliseconds of processor time: site 0 over all its steps, and the coordinator's sum.</summary>
    private static (double Site, double[] Steps, double Coordinator) Run(int sites, int length, Ring ring, int dropouts)
    {
        var consortium = new Consortium(sites, length, ring);
        double[] steps = new double[5];
        SiteAggregationState? state = null;
        steps[0] = Processor(() => state = SiteAggregation.Start(consortium.Context, consortium.Identity(0), consortium.Randomness[0], []).State);
        var standing = new Standing(consortium);
        steps[1] = Processor(() => SiteAggregation.Share(standing.Sites[0], standing.KeyList, consortium.Randomness[0]));
        standing.Share();
        SiteAggregationState shared = standing.Sites[0];
        steps[2] = Processor(() => SiteAggregation.Mask(shared, standing.Deliveries[0], consortium.Vectors[0]));
        standing.Mask([.. Enumerable.Range(sites - dropouts, dropouts)]);
        SiteAggregationState masked = standing.Sites[0];
        steps[3] = Processor(() => SiteAggregation.Agree(masked, standing.Notice, consortium.Identity(0), []));
        standing.Agree();
        SiteAggregationState agreed = standing.Sites[0];
        steps[4] = Processor(() => SiteAggregation.Unmask(agreed, standing.Signatures));
        standing.Unmask();
        double coordinator = Processor(() => standing.Sum());
        Assert.NotNull(state);
        return (steps[0] + steps[1] + steps[2] + steps[3] + steps[4], steps, coordinator);
    }

    private static double Processor(Action action)
    {
        using Process process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        action();
        process.Refresh();
        return (process.TotalProcessorTime - before).TotalMilliseconds;
    }
}
