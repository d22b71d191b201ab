using System.Text.Json;
using System.Text.Json.Nodes;
using Federated.Imaging.Dicom;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Archives;

/// <summary>The real Orthanc killed in the middle, two of them with C-MOVE between, and one with the configuration that is shipped.</summary>
public sealed class OrthancRecoveryTests : IDisposable
{
    private const int Slices = 60;
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private CommandLine Commands => new(_directory);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task An_archive_that_is_killed_and_restarted_in_the_middle_of_a_fetch_costs_nothing()
    {
        RequireOrthanc();
        await using OrthancServer server = await OrthancServer.StartAsync(Cancellation);
        await server.StoreAsync(SyntheticSeries.Slices("killed", Slices, 64), Cancellation);
        await using var relay = new TcpRelay(server.WebPort);
        Task? restarted = null;
        relay.CutAfter(200_000, async () =>
        {
            await server.KillAsync();
            restarted = server.RunAsync(CancellationToken.None);
        });
        var entry = ArchiveEntry.Parse("pacs", $"http://127.0.0.1:{relay.Port}/dicom-web", null) with { User = OrthancServer.User };
        using var archive = new DicomWebArchive(new ArchiveHttp(entry, OrthancServer.Password, TimeProvider.System, new Random(1), new ArchiveCallOptions { Retries = 60, LongestPause = TimeSpan.FromMilliseconds(500) }), entry.DicomWebRoot);
        var heard = new SilentFetch();
        var store = new ImageStore(_directory.Path);
        SeriesOutcome outcome = await new SeriesFetch(archive, store, new GdcmTranscoder(TimeProvider.System), TimeProvider.System, new FetchOptions { Pause = TimeSpan.FromMilliseconds(100) })
            .FetchAsync(new SeriesSummary(SyntheticSeries.StudyUid("killed"), SyntheticSeries.SeriesUid("killed")), heard, Cancellation);
        Assert.NotNull(restarted);
        await restarted;
        Assert.Null(outcome.Failure);
        Assert.Equal((Slices, 0, 0), (outcome.Fetched, outcome.Skipped.Length, outcome.Missing.Length));
        Assert.Contains(heard.Notices, n => n.Contains("going on with the", StringComparison.Ordinal));
        RequireWhole(store, "killed", 64);
    }

    [Fact]
    public async Task A_fetch_that_is_stopped_in_the_middle_goes_on_where_it_ended()
    {
        RequireOrthanc();
        await using OrthancServer server = await OrthancServer.StartAsync(Cancellation);
        await server.StoreAsync(SyntheticSeries.Slices("stopped", Slices, 64), Cancellation);
        await using var relay = new TcpRelay(server.WebPort);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await Commands.RunAsync(["archive", "add", "pacs", $"http://127.0.0.1:{relay.Port}/dicom-web", "--user", OrthancServer.User, "--secret-stdin"], OrthancServer.Password);
        var store = new ImageStore(_directory.Path);
        relay.CutAfter(300_000, async () =>
        {
            // Stopped only once something has been kept: the writers are behind the network.
            while (store.Instances(SyntheticSeries.SeriesUid("stopped")).Count == 0) await Task.Delay(10, Cancellation);
            await stop.CancelAsync();
        });
        CommandOutcome stopped = await Commands.UntilStoppedAsync(["archive", "fetch", "pacs", "--modality", "PT"], stop.Token);
        Assert.StartsWith("E3010", stopped.Error[stopped.Error.IndexOf("E3", StringComparison.Ordinal)..], StringComparison.Ordinal);
        int here = store.Instances(SyntheticSeries.SeriesUid("stopped")).Count;
        Assert.InRange(here, 1, Slices - 1);
        JsonNode later = (await Commands.DoAsync("archive", "fetch", "pacs", "--modality", "PT", "--json")).Json;
        Assert.Equal((here, Slices - here), ((int)later["already_here"]!, (int)later["fetched"]!));
        RequireWhole(store, "stopped", 64);
    }

    [Fact]
    public async Task An_archive_behind_Orthanc_is_queried_and_moved_from_and_fetched()
    {
        RequireOrthanc();
        int gatewayPort = OrthancServer.FreePort();
        JsonObject pacs = OrthancServer.Configuration("MAINPACS");
        pacs["DicomModalities"] = new JsonObject { ["gateway"] = new JsonArray("GATEWAY", "127.0.0.1", gatewayPort) };
        await using OrthancServer hidden = await OrthancServer.StartAsync(Cancellation, pacs);
        JsonObject gateway = OrthancServer.Configuration("GATEWAY");
        gateway["DicomModalities"] = new JsonObject
        {
            ["pacs"] = new JsonArray("MAINPACS", "127.0.0.1", hidden.DimsePort),
            ["gone"] = new JsonArray("GONE", "127.0.0.1", OrthancServer.FreePort()),
        };
        await using OrthancServer near = await OrthancServer.StartAsync(Cancellation, gateway, gatewayPort);
        await hidden.StoreAsync(SyntheticSeries.Slices("moved", 12), Cancellation);
        await hidden.StoreAsync(SyntheticSeries.Slices("left", 2), Cancellation);
        await AddAsync(near, "pacs");

        JsonArray found = (await Commands.DoAsync("archive", "query", "gateway", "--patient", "P-moved", "--json")).Json["series"]!.AsArray();
        Assert.Equal((SyntheticSeries.SeriesUid("moved"), 12), ((string)found[0]!["series"]!, (int)found[0]!["instances"]!));
        CommandOutcome fetched = await Commands.DoAsync("archive", "fetch", "gateway", "--description", "PET moved");
        Assert.Contains("12 fetched", fetched.Out, StringComparison.Ordinal);
        Assert.Contains("pacs sends the series to Orthanc", fetched.Error, StringComparison.Ordinal);
        RequireWhole(new ImageStore(_directory.Path), "moved", 32, 12);
        Assert.Equal(12, (await near.GetAsync("instances", Cancellation)).AsArray().Count);

        // What Orthanc holds already is not moved again.
        Directory.Delete(_directory.File("images"), recursive: true);
        fetched = await Commands.DoAsync("archive", "fetch", "gateway", "--patient", "P-moved");
        Assert.DoesNotContain("sends the series", fetched.Error, StringComparison.Ordinal);
        Assert.Contains("12 fetched", fetched.Out, StringComparison.Ordinal);

        CommandOutcome doctor = await Commands.RunAsync("doctor");
        Assert.Contains("C-ECHO to pacs succeeds", doctor.Out, StringComparison.Ordinal);
        await AddAsync(near, "gone");
        CommandOutcome gone = await Commands.RunAsync("archive", "query", "gateway");
        Assert.Equal(4, gone.Exit);
        Assert.StartsWith("E3410: gateway: ", gone.Error, StringComparison.Ordinal);
        await AddAsync(near, "unnamed");
        Assert.StartsWith("E3410: gateway: ", (await Commands.RunAsync("archive", "query", "gateway")).Error, StringComparison.Ordinal);
        Assert.Contains("E3410", (await Commands.RunAsync("doctor")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_sees_that_the_plugin_is_missing()
    {
        RequireOrthanc();
        JsonObject bare = OrthancServer.Configuration();
        bare["Plugins"] = new JsonArray();
        bare.Remove("DicomWeb");
        await using OrthancServer server = await OrthancServer.StartAsync(Cancellation, bare);
        await Commands.RunAsync(["archive", "add", "gateway", server.Address, "--kind", "orthanc", "--user", OrthancServer.User, "--secret-stdin"], OrthancServer.Password);
        Assert.Contains("its DICOMweb plugin is not loaded", (await Commands.RunAsync("doctor")).Out, StringComparison.Ordinal);
        await Commands.RunAsync(["archive", "add", "gateway", server.DicomWebAddress, "--replace", "--user", OrthancServer.User, "--secret-stdin"], OrthancServer.Password);
        Assert.Contains("E3406", (await Commands.RunAsync("doctor")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_configuration_that_is_shipped_starts_and_guards_what_it_holds()
    {
        RequireOrthanc();
        string file = Checkout.File("deploy", "orthanc", "orthanc.json");
        JsonObject shipped = JsonNode.Parse(await File.ReadAllTextAsync(file, Cancellation), documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!.AsObject();
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["FEDERATED_ARCHIVE_PASSWORD"] = OrthancServer.Password,
            ["FEDERATED_PACS_AET"] = "MAINPACS",
            ["FEDERATED_PACS_HOST"] = "127.0.0.1",
        };
        await using OrthancServer server = await OrthancServer.StartAsync(Cancellation, shipped, environment: environment);
        await server.StoreAsync(SyntheticSeries.Slices("shipped", 3), Cancellation);
        await Commands.RunAsync(["archive", "add", "own", server.Address, "--kind", "orthanc", "--user", OrthancServer.User, "--secret-stdin"], OrthancServer.Password);
        Assert.Contains("3 fetched", (await Commands.DoAsync("archive", "fetch", "own", "--all")).Out, StringComparison.Ordinal);
        Assert.Equal("FEDERATED", (string)(await server.GetAsync("system", Cancellation))["DicomAet"]!);
        Assert.Equal("pacs", (string)(await server.GetAsync("modalities", Cancellation)).AsArray().Single()!);
        using var stranger = new HttpClient();
        foreach (string path in (string[])["system", "dicom-web/studies", "instances", "app/explorer.html"])
        {
            using HttpResponseMessage answer = await stranger.GetAsync(new Uri($"{server.Address}/{path}"), Cancellation);
            Assert.Equal(System.Net.HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    private static void RequireOrthanc() => Assert.SkipUnless(OrthancServer.IsInstalled, "needs the real Orthanc: apt-get install orthanc orthanc-dicomweb");

    private static void RequireWhole(ImageStore store, string name, int side, int slices = Slices)
    {
        for (int z = 0; z < slices; z++)
        {
            byte[] found = File.ReadAllBytes(store.FilePath(SyntheticSeries.SeriesUid(name), SyntheticSeries.InstanceUid(name, z)));
            Assert.Equal(DicomPixelData.Create(SyntheticSeries.Slice(name, z, side)).ReadStored(0), DicomPixelData.Create(DicomFile.Open(found)).ReadStored(0));
        }

        Assert.Equal(slices, store.Instances(SyntheticSeries.SeriesUid(name)).Count);
    }

    private async Task AddAsync(OrthancServer near, string modality)
    {
        CommandOutcome added = await Commands.RunAsync(
            ["archive", "add", "gateway", near.Address, "--kind", "orthanc", "--modality", modality, "--user", OrthancServer.User, "--secret-stdin", "--replace"], OrthancServer.Password);
        Assert.Equal(0, added.Exit);
    }
}
