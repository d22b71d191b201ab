using System.Collections.Concurrent;
using System.Text;
using Federated.Imaging.Dicom;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Federated.SiteAgent.Host.Tests.Archives;

/// <summary>What archives do to a fetch, and what becomes of it.</summary>
public sealed class FetchFaultTests : IAsyncLifetime
{
    private const int Slices = 20;
    private readonly TemporaryDirectory _directory = new();
    private ScriptedArchive _archive = null!;

    public async ValueTask InitializeAsync() => _archive = await ScriptedArchive.StartAsync(Slices);

    public async ValueTask DisposeAsync()
    {
        await _archive.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_sound_archive_is_asked_twice_and_no_more()
    {
        SeriesOutcome outcome = await FetchAsync();
        Whole(outcome);
        Assert.Equal(2, _archive.Requests.Count);
        Assert.Equal(Slices, (await FetchAsync()).AlreadyHere);
        Assert.Equal(3, _archive.Requests.Count);
    }

    [Fact]
    public async Task A_body_cut_anywhere_costs_only_what_was_not_whole()
    {
        byte[] answer = ScriptedArchive.Multipart(_archive.Objects.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => o.Value));
        foreach (int percent in (int[])[0, 3, 40, 70, 99])
        {
            if (Directory.Exists(_directory.File("images"))) Directory.Delete(_directory.File("images"), recursive: true);
            bool cut = false;
            _archive.Requests.Clear();
            _archive.Fault = (context, _) => cut || !IsSeries(context.Request.Path) ? Task.FromResult(false) : CutAsync(context, answer, (int)((long)answer.Length * percent / 100) * Once(ref cut));
            Whole(await FetchAsync());
            int singles = _archive.Requests.Count(IsInstance);
            Assert.Equal(percent switch { 0 or 3 or 40 => 0, 70 => 7, _ => 1 }, singles); // few are asked for by name, many as a series again
        }
    }

    [Fact]
    public async Task A_body_that_ends_well_before_its_last_part_is_asked_for_again()
    {
        // Chunked, so that HTTP itself finds nothing wrong.
        byte[] answer = ScriptedArchive.Multipart(_archive.Objects.Values.Take(15));
        answer = answer[..^30];
        bool done = false;
        _archive.Fault = (context, _) => done || !IsSeries(context.Request.Path) ? Task.FromResult(false)
            : ScriptedArchive.BodyAsync(context, "multipart/related; boundary=scripted-boundary", answer[..(answer.Length * Once(ref done))]);
        Whole(await FetchAsync());
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(408)]
    [InlineData(502)]
    public async Task An_archive_that_is_not_ready_is_asked_again(int status)
    {
        _archive.Fault = (context, number) => number % 3 != 0 ? ScriptedArchive.StatusAsync(context, status, "0") : Task.FromResult(false);
        Whole(await FetchAsync());
    }

    [Fact]
    public async Task An_archive_that_stays_away_ends_in_one_line_and_keeps_what_came()
    {
        byte[] answer = ScriptedArchive.Multipart(_archive.Objects.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => o.Value));
        _archive.Fault = (context, number) => number == 2 ? CutAsync(context, answer, answer.Length / 4) : number > 2 ? ScriptedArchive.StatusAsync(context, 503) : Task.FromResult(false);
        SeriesOutcome outcome = await FetchAsync();
        Assert.Equal("E3403", outcome.Failure!.Code);
        Assert.Contains("503", outcome.Failure.Message, StringComparison.Ordinal);
        Assert.InRange(outcome.Fetched, 3, 5);
        Assert.Equal(Slices - outcome.Fetched, outcome.Missing.Length);
        _archive.Fault = (_, _) => Task.FromResult(false);
        SeriesOutcome later = await FetchAsync();
        Assert.Equal((outcome.Fetched, Slices - outcome.Fetched), (later.AlreadyHere, later.Fetched));
    }

    [Theory]
    [InlineData(401, "E3404", ExitCode.Refused)]
    [InlineData(403, "E3405", ExitCode.Refused)]
    [InlineData(404, "E3406", ExitCode.Input)]
    [InlineData(302, "E3402", ExitCode.Input)]
    [InlineData(500, "E3407", ExitCode.Unreachable)]
    public async Task A_no_is_not_repeated(int status, string code, ExitCode exit)
    {
        _archive.Fault = (context, _) => ScriptedArchive.StatusAsync(context, status);
        await new CommandLine(_directory).DoAsync("archive", "add", "pacs", _archive.Address);
        CommandOutcome outcome = await new CommandLine(_directory).RunAsync("archive", "query", "pacs");
        Assert.Equal((int)exit, outcome.Exit);
        Assert.StartsWith($"{code}: pacs: ", outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
        Assert.Single(_archive.Requests);
    }

    [Fact]
    public async Task One_bad_object_is_named_and_stops_nothing()
    {
        string bad = _archive.Objects.Keys.Order(StringComparer.Ordinal).ElementAt(7), cut = _archive.Objects.Keys.Order(StringComparer.Ordinal).ElementAt(9);
        _archive.Objects[bad] = Encoding.ASCII.GetBytes("this is not DICOM at all");
        _archive.Objects[cut] = _archive.Objects[cut][..^100];
        SeriesOutcome outcome = await FetchAsync();
        Assert.Null(outcome.Failure);
        Assert.Equal(Slices - 2, outcome.Fetched);
        Assert.Equal([bad, cut], outcome.Skipped.Select(s => s.Instance));
        Assert.Contains("not a DICOM file", outcome.Skipped[0].Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(new ImageStore(_directory.Path).FilePath(_archive.Series, bad)));
    }

    [Fact]
    public async Task An_object_that_spoils_the_answer_for_its_series_costs_only_itself()
    {
        string bad = _archive.Objects.Keys.Order(StringComparer.Ordinal).First();
        _archive.Fault = (context, _) => IsSeries(context.Request.Path) || context.Request.Path.Value!.EndsWith(bad, StringComparison.Ordinal) ? ScriptedArchive.StatusAsync(context, 500) : Task.FromResult(false);
        SeriesOutcome outcome = await FetchAsync();
        Assert.Equal((Slices - 1, bad), (outcome.Fetched, Assert.Single(outcome.Skipped).Instance));
        Assert.Null(outcome.Failure);
    }

    [Fact]
    public async Task What_was_not_asked_for_is_not_kept()
    {
        string instance = _archive.Objects.Keys.Order(StringComparer.Ordinal).First();
        _archive.Objects[instance] = SyntheticSeries.Bytes(SyntheticSeries.Slice("another", 0));
        SeriesOutcome outcome = await FetchAsync();
        Assert.Contains("another series", Assert.Single(outcome.Skipped).Reason, StringComparison.Ordinal);
        Assert.Equal([_archive.Series], new ImageStore(_directory.Path).Series());
    }

    [Fact]
    public async Task An_identifier_that_is_a_path_is_never_used()
    {
        DicomFile evil = SyntheticSeries.Slice("scripted", 99);
        evil.Dataset.AddOrUpdate(DicomVR.LO, DicomTag.SOPInstanceUID, "../../../etc/cron.d/x");
        _archive.Objects["../evil"] = _archive.Objects[SyntheticSeries.InstanceUid("scripted", 99)] = SyntheticSeries.Bytes(evil);
        SeriesOutcome outcome = await FetchAsync();
        Assert.Equal(Slices, outcome.Fetched);
        Assert.Equal(2, outcome.Skipped.Length);
        Assert.All(outcome.Skipped, s => Assert.Contains("not a UID", s.Reason, StringComparison.Ordinal));
        Assert.DoesNotContain(_archive.Requests, r => r.Contains("evil", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_archive_that_ignores_the_query_brings_nothing_that_was_not_meant()
    {
        using IArchive archive = Open();
        List<SeriesSummary> found = [];
        await foreach (SeriesSummary series in archive.QueryAsync(new ArchiveQuery { Modality = "CT" }, TestContext.Current.CancellationToken)) found.Add(series);
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("text/html", "<html>log in</html>")]
    [InlineData("application/dicom+json", "[{")]
    [InlineData("application/dicom+json", "{\"a\":1")]
    public async Task An_answer_that_is_no_DICOMweb_ends_in_one_line(string type, string body)
    {
        _archive.Fault = (context, _) => ScriptedArchive.BodyAsync(context, type, Encoding.UTF8.GetBytes(body));
        await new CommandLine(_directory).DoAsync("archive", "add", "pacs", _archive.Address);
        CommandOutcome outcome = await new CommandLine(_directory).RunAsync("archive", "query", "pacs");
        Assert.Equal(4, outcome.Exit);
        Assert.StartsWith("E3407: ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_archive_is_left()
    {
        var hung = new TaskCompletionSource();
        bool done = false;
        _archive.Fault = async (context, _) =>
        {
            if (done || !IsSeries(context.Request.Path)) return false;
            done = true;
            context.Response.ContentType = "multipart/related; boundary=scripted-boundary";
            await context.Response.Body.WriteAsync("--scripted"u8.ToArray());
            await context.Response.Body.FlushAsync();
            await hung.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
            return true;
        };
        Whole(await FetchAsync(options: Quick with { Silence = TimeSpan.FromMilliseconds(300) }));
        hung.SetResult();
    }

    [Theory]
    [InlineData(true, "Basic YWdlbnQ6cMOkc3M6d29yZA==")]
    [InlineData(false, "Bearer token")]
    public async Task Credentials_go_with_every_request(bool basic, string expected)
    {
        File.WriteAllText(_directory.File("secret"), basic ? "päss:word\n" : "token\n");
        string[] user = basic ? ["--user", "agent"] : [];
        await new CommandLine(_directory).DoAsync(["archive", "add", "pacs", _archive.Address, "--secret-file", _directory.File("secret"), .. user]);
        await new CommandLine(_directory).DoAsync("archive", "fetch", "pacs", "--modality", "PT");
        Assert.NotEmpty(_archive.Authorizations);
        Assert.All(_archive.Authorizations, a => Assert.Equal(expected, a));
    }

    [Fact]
    public async Task A_private_authority_is_trusted_when_it_is_named_and_only_then()
    {
        using var authority = new TestAuthority("Hospital CA");
        await using ScriptedArchive secure = await ScriptedArchive.StartAsync(3, authority.Server(names: ["localhost"]));
        string address = secure.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        var commands = new CommandLine(_directory);
        await commands.DoAsync("archive", "add", "pacs", address);
        CommandOutcome untrusted = await commands.RunAsync("archive", "query", "pacs");
        Assert.Equal(4, untrusted.Exit);
        Assert.StartsWith("E3409: ", untrusted.Error, StringComparison.Ordinal);
        _directory.Write("ca.pem", authority.Public.ExportCertificatePem());
        await commands.DoAsync("archive", "add", "pacs", address, "--ca-file", _directory.File("ca.pem"), "--replace");
        await commands.DoAsync("archive", "query", "pacs");
        await commands.DoAsync("archive", "add", "pacs", secure.Address, "--ca-file", _directory.File("ca.pem"), "--replace");
        Assert.StartsWith("E3409: ", (await commands.RunAsync("archive", "query", "pacs")).Error, StringComparison.Ordinal); // another name than the certificate's
        using var other = new TestAuthority("Another CA");
        _directory.Write("ca.pem", other.Public.ExportCertificatePem());
        await commands.DoAsync("archive", "add", "pacs", address, "--ca-file", _directory.File("ca.pem"), "--replace");
        Assert.StartsWith("E3409: ", (await commands.RunAsync("archive", "query", "pacs")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compressed_objects_are_asked_for_uncompressed_where_nothing_here_decodes_them()
    {
        string instance = _archive.Objects.Keys.Order(StringComparer.Ordinal).First();
        byte[] plain = _archive.Objects[instance];
        DicomFile compressed = Compressed(DicomFile.Open(plain));
        _archive.Objects[instance] = SyntheticSeries.Bytes(compressed);
        SeriesOutcome kept = await FetchAsync();
        Assert.Equal((Slices, 1), (kept.Fetched, kept.StillCompressed["JPEG 2000 Lossless (1.2.840.10008.1.2.4.90)"]));

        Directory.Delete(_directory.File("images"), recursive: true);
        _archive.Fault = (context, _) => context.Request.Headers.Accept.ToString().Contains("transfer-syntax=1.2.840.10008.1.2.1", StringComparison.Ordinal)
            ? ScriptedArchive.BodyAsync(context, "multipart/related; boundary=scripted-boundary", ScriptedArchive.Multipart([plain])) : Task.FromResult(false);
        SeriesOutcome converted = await FetchAsync();
        Assert.Empty(converted.StillCompressed);
        Assert.Equal(plain, File.ReadAllBytes(new ImageStore(_directory.Path).FilePath(_archive.Series, instance)));
    }

    private static ArchiveCallOptions Quick { get; } = new() { FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(5) };

    private static bool IsSeries(string path) => path.Contains("/series/", StringComparison.Ordinal) && !path.Contains("/instances", StringComparison.Ordinal);

    private static bool IsInstance(string path) => path.Contains("/instances/", StringComparison.Ordinal);

    private Task<bool> CutAsync(HttpContext context, byte[] answer, int after)
    {
        int boundaries = answer.AsSpan(0, after).Count("\r\n--scripted-boundary"u8);
        var store = new ImageStore(_directory.Path);
        return ScriptedArchive.CutAsync(context, answer, after, () => store.Instances(_archive.Series).Count >= boundaries - 1);
    }

    private static int Once(ref bool done)
    {
        done = true;
        return 1;
    }

    private static DicomFile Compressed(DicomFile file)
    {
        file.Dataset.AddOrUpdate(new DicomFragmentSequence(DicomTag.PixelData, DicomVR.OB, [], [new byte[] { 1, 2, 3, 4 }]));
        return new DicomFile(file.Dataset, DicomTransferSyntax.FromUID("1.2.840.10008.1.2.4.90"));
    }

    private void Whole(SeriesOutcome outcome)
    {
        Assert.Null(outcome.Failure);
        Assert.Equal((Slices, 0, 0), (outcome.Fetched + outcome.AlreadyHere, outcome.Skipped.Length, outcome.Missing.Length));
        var store = new ImageStore(_directory.Path);
        Assert.All(_archive.Objects, o => Assert.Equal(o.Value, File.ReadAllBytes(store.FilePath(_archive.Series, o.Key))));
        Assert.Empty(Directory.EnumerateFiles(store.Root, "*.new", SearchOption.AllDirectories));
    }

    private IArchive Open(ArchiveCallOptions? options = null) =>
        new ArchiveDoor(new ArchiveRegister(_directory.Path), _ => null, TimeProvider.System, new Random(1)).Open(ArchiveEntry.Parse("pacs", _archive.Address, null), options ?? Quick);

    private async Task<SeriesOutcome> FetchAsync(ArchiveCallOptions? options = null)
    {
        using IArchive archive = Open(options);
        var fetch = new SeriesFetch(
            archive, new ImageStore(_directory.Path), new GdcmTranscoder(TimeProvider.System, new GdcmOptions { Program = "/nowhere/gdcmconv" }), TimeProvider.System,
            new FetchOptions { Pause = TimeSpan.FromMilliseconds(1) });
        return await fetch.FetchAsync(new SeriesSummary(_archive.Study, _archive.Series), new SilentFetch(), TestContext.Current.CancellationToken);
    }
}

/// <summary>Keeps what a fetch says.</summary>
internal sealed class SilentFetch : IFetchObserver
{
    public ConcurrentQueue<string> Notices { get; } = new();

    public void Notice(string line) => Notices.Enqueue(line);

    public void Progress(SeriesSummary series, int done, int of, long bytes) => Assert.InRange(done, 0, of);
}
