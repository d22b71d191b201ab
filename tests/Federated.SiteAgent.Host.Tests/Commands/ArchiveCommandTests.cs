using System.Text.Json.Nodes;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Commands;

/// <summary>archive add, list, remove: what is accepted, what is kept, and where secrets do not appear.</summary>
public sealed class ArchiveCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private CommandLine Commands => new(_directory);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task An_archive_is_added_listed_replaced_and_removed()
    {
        await Commands.DoAsync("archive", "add", "pacs", "https://pacs.example.org/rs");
        Assert.Contains("pacs     dicomweb  https://pacs.example.org/rs  -          no credentials", (await Commands.DoAsync("archive", "list")).Out, StringComparison.Ordinal);
        CommandOutcome taken = await Commands.RunAsync("archive", "add", "pacs", "https://other.example.org/rs");
        Assert.Equal(2, taken.Exit);
        Assert.StartsWith("E3401: ", taken.Error, StringComparison.Ordinal);
        await Commands.DoAsync("archive", "add", "pacs", "http://127.0.0.1:8042", "--kind", "orthanc", "--modality", "main", "--replace");
        JsonNode entry = (await Commands.DoAsync("archive", "list", "--json")).Json["archives"]!.AsArray().Single()!;
        Assert.Equal(("orthanc", "main"), ((string)entry["kind"]!, (string)entry["modality"]!));
        await Commands.DoAsync("archive", "remove", "pacs");
        Assert.Empty((await Commands.DoAsync("archive", "list", "--json")).Json["archives"]!.AsArray());
        Assert.StartsWith("E3401: ", (await Commands.RunAsync("archive", "remove", "pacs")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_is_kept_for_its_owner_alone_and_shown_to_nobody()
    {
        CommandOutcome added = await Commands.RunAsync(["archive", "add", "pacs", "https://pacs.example.org/rs", "--user", "agent", "--secret-stdin"], "hunter2\n");
        CommandOutcome listed = await Commands.DoAsync("archive", "list", "--json");
        CommandOutcome queried = await Commands.RunAsync(["archive", "add", "pacs", "https://pacs.example.org/rs", "--secret-stdin"], "hunter2\n");
        foreach (CommandOutcome outcome in (CommandOutcome[])[added, listed, queried]) Assert.DoesNotContain("hunter2", outcome.Out + outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", await File.ReadAllTextAsync(_directory.File("archives.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var register = new ArchiveRegister(_directory.Path);
        Assert.Equal("hunter2", register.Secret(register.Find("pacs"), _ => null));
        if (!OperatingSystem.IsWindows())
            foreach (string name in (string[])["archives.json", "archive-pacs.secret"]) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.File(name)));
        await Commands.DoAsync("archive", "remove", "pacs");
        Assert.False(File.Exists(_directory.File("archive-pacs.secret")));
    }

    [Theory]
    [InlineData("", "missing or empty")]
    [InlineData("two\nlines", "not one line")]
    public async Task A_secret_that_is_none_is_refused(string secret, string reason)
    {
        CommandOutcome outcome = await Commands.RunAsync(["archive", "add", "pacs", "https://pacs.example.org/rs", "--secret-stdin"], secret);
        Assert.Equal(2, outcome.Exit);
        Assert.StartsWith("E3408: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(reason, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_has_gone_is_named_by_its_place()
    {
        await Commands.DoAsync("archive", "add", "pacs", "https://pacs.example.org/rs", "--secret-file", _directory.File("gone"));
        Assert.Contains(_directory.File("gone"), (await Commands.RunAsync("archive", "query", "pacs")).Error, StringComparison.Ordinal);
        await Commands.DoAsync("archive", "add", "pacs", "https://pacs.example.org/rs", "--secret-env", "PACS_TOKEN", "--replace");
        Assert.Contains("environment variable PACS_TOKEN", (await Commands.RunAsync("archive", "query", "pacs")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("E3402", "pacs", "ftp://pacs.example.org")]
    [InlineData("E3402", "pacs", "https://agent:secret@pacs.example.org/rs")]
    [InlineData("E3402", "pacs", "https://pacs.example.org/rs?key=1")]
    [InlineData("E3402", "pacs", "https://pacs.example.org/rs", "--kind", "folder")]
    [InlineData("E3401", "PACS", "https://pacs.example.org/rs")]
    [InlineData("E3401", "../pacs", "https://pacs.example.org/rs")]
    [InlineData("E3000", "pacs", "https://pacs.example.org/rs", "--kind", "dimse")]
    [InlineData("E3000", "pacs", "https://pacs.example.org/rs", "--modality", "main")]
    [InlineData("E3000", "pacs", "https://pacs.example.org/rs", "--user", "agent")]
    [InlineData("E3000", "pacs", "https://pacs.example.org/rs", "--user", "a:b", "--secret-env", "X")]
    [InlineData("E3000", "pacs", "https://pacs.example.org/rs", "--secret-file", "x", "--secret-env", "X")]
    [InlineData("E3000", "pacs", "/mnt/export", "--user", "agent")]
    public async Task What_cannot_be_is_refused(string code, params string[] arguments)
    {
        CommandOutcome outcome = await Commands.RunAsync(["archive", "add", .. arguments]);
        Assert.Equal(2, outcome.Exit);
        Assert.StartsWith($"{code}: ", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret@", outcome.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory.File("archives.json")));
    }

    [Theory]
    [InlineData("--series", "../1")]
    [InlineData("--study-date", "2026-01-02")]
    [InlineData("--study-date", "-")]
    [InlineData("--limit", "0")]
    [InlineData("--level", "patient")]
    public async Task A_condition_that_is_none_is_refused(string option, string value)
    {
        await Commands.DoAsync("archive", "add", "export", _directory.Path);
        CommandOutcome outcome = await Commands.RunAsync("archive", "query", "export", option, value);
        Assert.Equal(2, outcome.Exit);
        Assert.StartsWith("E3000: ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_fetched_without_a_condition_by_accident()
    {
        await Commands.DoAsync("archive", "add", "export", _directory.Path);
        Assert.StartsWith("E3000: say what to fetch", (await Commands.RunAsync("archive", "fetch", "export")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_over_an_open_network_are_warned_of()
    {
        Assert.Contains("cross the network unprotected", (await Commands.RunAsync(["archive", "add", "pacs", "http://pacs.example.org/rs", "--secret-stdin"], "x")).Out, StringComparison.Ordinal);
        Assert.DoesNotContain("unprotected", (await Commands.RunAsync(["archive", "add", "near", "http://127.0.0.1:1/rs", "--secret-stdin"], "x")).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[{\"name\":\"pacs\"}]")]
    [InlineData("[{\"name\":\"pacs\",\"kind\":\"dicomweb\",\"address\":\"https://x\",\"passwort\":\"y\"}]")]
    public async Task A_damaged_register_is_refused(string text)
    {
        _directory.Write("archives.json", text);
        Assert.StartsWith("E3413: ", (await Commands.RunAsync("archive", "list")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("archive", "add")]
    [InlineData("archive", "list")]
    [InlineData("archive", "remove")]
    [InlineData("archive", "query")]
    [InlineData("archive", "fetch")]
    [InlineData("archive", "import")]
    [InlineData("archive", "store")]
    public async Task Help_shows_an_example(params string[] command)
    {
        CommandOutcome help = await Commands.DoAsync([.. command, "--help"]);
        Assert.Contains("Example", help.Out, StringComparison.Ordinal);
        Assert.Contains($"federated-site {string.Join(' ', command)}", help.Out, StringComparison.Ordinal);
    }
}
