using System.Globalization;
using System.Text;
using Federated.Analyses.Study;
using Federated.Simulator;
using Federated.Simulator.Consortium;

namespace Federated.EndToEnd.Tests;

/// <summary>Words that only a hospital knows are planted in its tables; after a study over the network they must be nowhere in the coordinator's data directory.</summary>
public class CanaryTests
{
    private const string Canary = "kanarienvogel";

    [Theory]
    [InlineData("secure")]
    [InlineData("plain")]
    public async Task No_local_word_occurs_in_what_the_coordinator_keeps(string aggregation)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using var run = new SimulatorRun();
        (string features, string cohort, string study) = Tables(run.Folder, aggregation);
        StudyInputs inputs = StudyInputs.Read(new TableRequest { Features = features, Cohort = cohort, Study = study, Out = run.Out });
        var setting = new ConsortiumSetting(inputs.Plan, SimulatedSite.Deal(inputs.Study.SiteColumn, inputs.Study.ScannerColumn, inputs.Features, inputs.Cohort).Sites, PolicyChoice.PlanOnly, 1, (link, _) => link);
        await using GrpcTransport transport = await GrpcTransport.StartAsync(setting, Progress.Silent, cancellation);
        await ConsortiumRun.RunAsync(transport, inputs.Plan.Id, PlanDocument.Write(inputs.Plan), Progress.Silent, cancellation);

        Assert.NotEmpty(FilesWithCanaries(Path.Combine(transport.Folder, setting.Sites[0].Name))); // they were there to leak
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(transport.Folder, "coordinator"), "*", SearchOption.AllDirectories));
        Assert.Empty(FilesWithCanaries(Path.Combine(transport.Folder, "coordinator")));
    }

    // The lock of the serving process can be opened by nobody else, and is empty.
    private static string[] FilesWithCanaries(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => new FileInfo(file) is { Length: > 0, Name: not "serving.lock" } && HoldsCanary(file))];

    // As text in either width, and as the Base64 that JSON would make of it at any of its three offsets.
    private static bool HoldsCanary(string file)
    {
        using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var whole = new MemoryStream();
        open.CopyTo(whole);
        ReadOnlySpan<byte> bytes = whole.ToArray();
        if (bytes.IndexOf(Encoding.UTF8.GetBytes(Canary)) >= 0 || bytes.IndexOf(Encoding.Unicode.GetBytes(Canary)) >= 0) return true;
        for (int offset = 0; offset < 3; offset++)
        {
            string inner = Convert.ToBase64String(Encoding.UTF8.GetBytes(new string(' ', offset) + Canary))[4..^4];
            if (bytes.IndexOf(Encoding.ASCII.GetBytes(inner)) >= 0) return true;
        }

        return false;
    }

    private static (string Features, string Cohort, string Study) Tables(string folder, string aggregation)
    {
        var random = new Random(5);
        var features = new StringBuilder("row,suvmax,mtv,tlg\n");
        var cohort = new StringBuilder("row,holder,scanner,age,remark\n");
        for (int i = 0; i < 120; i++)
        {
            string row = $"{Canary}-{i:000}";
            features.Append(CultureInfo.InvariantCulture, $"{row},{5 + random.NextDouble():R},{20 + (9 * random.NextDouble()):R},{100 + (50 * random.NextDouble()):R}\n");
            cohort.Append(CultureInfo.InvariantCulture, $"{row},site-{i % 3},scanner-{i % 3},{40 + random.Next(40)},{Canary} was here\n");
        }

        (string f, string c, string s) = (Path.Combine(folder, "f.csv"), Path.Combine(folder, "c.csv"), Path.Combine(folder, "s.yaml"));
        File.WriteAllText(f, features.ToString());
        File.WriteAllText(c, cohort.ToString());
        File.WriteAllText(s, $"study: canaries\nscanner: scanner\nsite: holder\ncovariates:\n  - {{ name: age, type: continuous }}\nanalyses:\n  - {{ id: harmonize, kind: combat }}\nprivacy: {{ aggregation: {aggregation} }}\n");
        return (f, c, s);
    }
}
