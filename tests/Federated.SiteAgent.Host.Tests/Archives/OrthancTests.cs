using System.Text.Json.Nodes;
using Federated.Imaging.Dicom;
using Federated.Imaging.Volumes;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Archives;

/// <summary>The real Orthanc, shared by the tests of this class.</summary>
public sealed class SharedOrthanc : IAsyncLifetime
{
    internal const string Series = "shared";
    internal const int Slices = 30;

    internal OrthancServer? Server { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (!OrthancServer.IsInstalled) return;
        Server = await OrthancServer.StartAsync(CancellationToken.None);
        await Server.StoreAsync(SyntheticSeries.Slices(Series, Slices), CancellationToken.None);
        await Server.StoreAsync(SyntheticSeries.Slices("other", 3), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is not null) await Server.DisposeAsync();
    }
}

/// <summary>Commands against the real Orthanc.</summary>
public sealed class OrthancTests(SharedOrthanc shared) : IClassFixture<SharedOrthanc>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private CommandLine Commands => new(_directory);

    private OrthancServer Server
    {
        get
        {
            Assert.SkipUnless(OrthancServer.IsInstalled, "needs the real Orthanc: apt-get install orthanc orthanc-dicomweb");
            return shared.Server!;
        }
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_is_asked_for_is_found_and_nothing_else()
    {
        await AddAsync();
        JsonArray all = (await Commands.DoAsync("archive", "query", "pacs", "--modality", "PT", "--json")).Json["series"]!.AsArray();
        Assert.Contains(all, s => (string)s!["series"]! == SyntheticSeries.SeriesUid("other"));
        JsonNode one = Assert.Single((await Commands.DoAsync("archive", "query", "pacs", "--patient", "P-sh*", "--study-date", "20260101-20260131", "--json")).Json["series"]!.AsArray())!;
        Assert.Equal(SyntheticSeries.SeriesUid(SharedOrthanc.Series), (string)one["series"]!);
        Assert.Equal(SharedOrthanc.Slices, (int)one["instances"]!);
        Assert.Equal("PET shared", (string)one["description"]!);
        Assert.Empty((await Commands.DoAsync("archive", "query", "pacs", "--patient", "P-sh*", "--study-date", "20260103-", "--json")).Json["series"]!.AsArray());
        Assert.Single((await Commands.DoAsync("archive", "query", "pacs", "--description", "PET shared", "--json")).Json["series"]!.AsArray());
        Assert.Empty((await Commands.DoAsync("archive", "query", "pacs", "--description", "PET/shared", "--json")).Json["series"]!.AsArray());
        Assert.Contains("20260102  P-shared  PT", (await Commands.DoAsync("archive", "query", "pacs", "--level", "study")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_come_page_by_page()
    {
        var entry = ArchiveEntry.Parse("pacs", Server.DicomWebAddress, null) with { User = OrthancServer.User };
        using var http = new ArchiveHttp(entry, OrthancServer.Password, TimeProvider.System, new Random(1), new ArchiveCallOptions { PageSize = 7 });
        var client = new DicomWebClient(http, entry.DicomWebRoot);
        IReadOnlyCollection<string> instances = await client.InstancesAsync(
            SyntheticSeries.StudyUid(SharedOrthanc.Series), SyntheticSeries.SeriesUid(SharedOrthanc.Series), TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, SharedOrthanc.Slices).Select(z => SyntheticSeries.InstanceUid(SharedOrthanc.Series, z)).Order(), instances.Order());
    }

    [Fact]
    public async Task A_series_is_fetched_into_a_volume_value_by_value_and_only_once()
    {
        await AddAsync();
        string series = SyntheticSeries.SeriesUid(SharedOrthanc.Series);
        CommandOutcome first = await Commands.DoAsync("archive", "fetch", "pacs", "--series", series, "--json");
        Assert.Equal(SharedOrthanc.Slices, (int)first.Json["fetched"]!);
        string folder = (string)first.Json["series"]![0]!["folder"]!;
        Assert.Equal(Path.Combine(_directory.Path, "images", series), folder);
        (IReadOnlyList<DicomFile> files, IReadOnlyList<SkippedFile> skipped) = await new StoredImages(new GdcmTranscoder(TimeProvider.System)).OpenFolderAsync(folder, TestContext.Current.CancellationToken);
        Assert.Empty(skipped);
        Volume volume = SliceStack.From(files).Read();
        for (int z = 0; z < SharedOrthanc.Slices; z++)
            for (int i = 0; i < 32 * 32; i++) Assert.Equal(0.5f * SyntheticSeries.Stored(i, z), volume.Values[z * 32 * 32 + i]);

        // A lost and a half-written object are fetched again, alone.
        File.Delete(new ImageStore(_directory.Path).FilePath(series, SyntheticSeries.InstanceUid(SharedOrthanc.Series, 4)));
        CommandOutcome again = await Commands.DoAsync("archive", "fetch", "pacs", "--series", series, "--json");
        Assert.Equal((1, SharedOrthanc.Slices - 1), ((int)again.Json["fetched"]!, (int)again.Json["already_here"]!));
    }

    [Fact]
    public async Task A_series_in_a_study_is_fetched_although_Orthanc_is_told_by_its_own_kind()
    {
        await AddAsync();
        await Commands.RunAsync(["archive", "add", "own", Server.Address, "--kind", "orthanc", "--user", OrthancServer.User, "--secret-stdin"], OrthancServer.Password);
        Assert.Equal(3, (int)(await Commands.DoAsync("archive", "fetch", "own", "--patient", "P-other", "--json")).Json["fetched"]!);
    }

    [Fact]
    public async Task Objects_are_stored_and_come_back_as_they_were()
    {
        await AddAsync();
        string folder = Directory.CreateDirectory(_directory.File("to-store")).FullName;
        byte[][] slices = [.. SyntheticSeries.Slices("stored", 4)];
        for (int z = 0; z < slices.Length; z++) await File.WriteAllBytesAsync(Path.Combine(folder, $"{z}"), slices[z], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "notes.txt"), "not an image", TestContext.Current.CancellationToken);
        JsonNode stored = (await Commands.DoAsync("archive", "store", "pacs", folder, "--json")).Json;
        Assert.Equal((4, 0, 1), ((int)stored["stored"]!, stored["refused"]!.AsArray().Count, stored["files_left_out"]!.AsArray().Count));
        await Commands.DoAsync("archive", "fetch", "pacs", "--patient", "P-stored");
        var store = new ImageStore(_directory.Path);
        for (int z = 0; z < slices.Length; z++)
            Assert.Equal(slices[z], await File.ReadAllBytesAsync(store.FilePath(SyntheticSeries.SeriesUid("stored"), SyntheticSeries.InstanceUid("stored", z)), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Wrong_credentials_end_in_one_clear_line()
    {
        _ = Server;
        await Commands.RunAsync(["archive", "add", "pacs", Server.DicomWebAddress, "--user", OrthancServer.User, "--secret-stdin"], "wrong");
        CommandOutcome outcome = await Commands.RunAsync("archive", "query", "pacs");
        Assert.Equal(3, outcome.Exit);
        Assert.StartsWith("E3404: pacs: 401 at /dicom-web/series: the archive does not accept the credentials", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", outcome.Error, StringComparison.Ordinal);
        await Commands.DoAsync("archive", "add", "pacs", Server.DicomWebAddress, "--replace");
        outcome = await Commands.RunAsync("archive", "query", "pacs");
        Assert.Contains("the archive asks for credentials", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_names_the_hop_to_the_archive()
    {
        await AddAsync();
        Assert.Contains("credentials accepted", await FindingAsync("ok"), StringComparison.Ordinal);
        await Commands.RunAsync(["archive", "add", "pacs", $"{Server.Address}/nothing", "--user", OrthancServer.User, "--secret-stdin", "--replace"], OrthancServer.Password);
        Assert.Contains("nothing is there", await FindingAsync("failed"), StringComparison.Ordinal);
        await Commands.DoAsync("archive", "add", "pacs", $"http://127.0.0.1:{OrthancServer.FreePort()}", "--replace");
        Assert.Contains("no connection", await FindingAsync("failed"), StringComparison.Ordinal);
    }

    private async Task<string> FindingAsync(string outcome)
    {
        CommandOutcome doctor = await Commands.RunAsync("doctor", "--json");
        JsonNode finding = Assert.Single(doctor.Json["findings"]!.AsArray(), f => (string)f!["check"]! == "archive pacs")!;
        Assert.Equal(outcome, (string)finding["outcome"]!);
        return (string)finding["message"]!;
    }

    private async Task AddAsync()
    {
        CommandOutcome added = await Commands.RunAsync(["archive", "add", "pacs", Server.DicomWebAddress, "--user", OrthancServer.User, "--secret-stdin"], OrthancServer.Password);
        Assert.Equal(0, added.Exit);
    }
}
