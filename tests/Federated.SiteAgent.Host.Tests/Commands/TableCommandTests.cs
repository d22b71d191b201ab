using System.Text.Json.Nodes;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Commands;

/// <summary>Imports through the command line: whole or not at all, and every error one line that says where.</summary>
public sealed class TableCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CommandLine _site;

    public TableCommandTests() => _site = new CommandLine(_directory);

    [Fact]
    public async Task Features_are_imported_and_shown()
    {
        string file = _directory.Write("f.csv", "id,suvmax,tlg\nr1,1.5,20\nr2,NA,30\n");
        Assert.Contains("2 rows added, 0 updated", (await _site.DoAsync("features", "import", file)).Out, StringComparison.Ordinal);
        JsonNode shown = (await _site.DoAsync("features", "show", "--json")).Json;
        Assert.Equal(2, (int)shown["rows"]!);
        Assert.Equal("""["suvmax","tlg"]""", shown["features"]!.ToJsonString());
    }

    [Fact]
    public async Task A_wrong_cell_is_named_and_changes_nothing()
    {
        await _site.DoAsync("features", "import", _directory.Write("f.csv", "id,suvmax\nr1,1.5\n"));
        CommandOutcome wrong = await _site.RunAsync("features", "import", _directory.Write("g.csv", "id,suvmax\nr2,2.5\nr3,sixty\n"));
        Assert.Equal(2, wrong.Exit);
        string line = Assert.Single(wrong.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches("^E22[0-9]{2}: g.csv, row 3.*suvmax.*sixty", line);
        Assert.Equal(1, (int)(await _site.DoAsync("features", "show", "--json")).Json["rows"]!);
    }

    [Fact]
    public async Task The_cohorts_vocabulary_is_shown_but_not_a_column_that_names_patients()
    {
        string rows = string.Concat(Enumerable.Range(0, 40).Select(i => $"r{i},{(i % 3 == 0 ? "A" : "B")},patient-{i:D3}\n"));
        await _site.DoAsync("cohort", "import", _directory.Write("c.csv", "id,scanner,patient\n" + rows));
        string shown = (await _site.DoAsync("cohort", "show")).Out;
        Assert.Contains("scanner: B (26), A (14)", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("patient-0", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("patient-0", (await _site.DoAsync("cohort", "show", "--json")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replace_starts_anew()
    {
        await _site.DoAsync("features", "import", _directory.Write("f.csv", "id,a\nr1,1\nr2,2\n"));
        await _site.DoAsync("features", "import", _directory.Write("g.csv", "id,b\nr9,1\n"), "--replace");
        Assert.Equal("""{"rows":1,"features":["b"]}""", (await _site.DoAsync("features", "show", "--json")).Json.ToJsonString());
    }

    [Theory]
    [InlineData(2, "E3201", "features", "import", "absent.csv")]
    [InlineData(2, "E3000", "features", "import")]
    [InlineData(2, "E3000", "nonsense")]
    [InlineData(2, "E3000", "study", "list", "--sideways")]
    [InlineData(2, "E3000", "serve", "--period", "0")]
    [InlineData(2, "E3003", "serve", "--once")]
    [InlineData(2, "E3003", "study", "list")]
    [InlineData(2, "E3202", "study", "pause", "fdg")]
    [InlineData(2, "E3202", "outbox", "show", "fdg", "1")]
    [InlineData(2, "E3009", "join", "-")]
    [InlineData(2, "E3009", "join", "-", "--coordinator", "nowhere")]
    [InlineData(2, "E3001", "join", "-", "--coordinator", "host:7443")]
    [InlineData(2, "E3201", "join", "--token-file", "absent.txt", "--coordinator", "host:7443")]
    public async Task Every_error_is_one_numbered_line(int exit, string code, params string[] arguments)
    {
        CommandOutcome outcome = await _site.RunAsync(arguments);
        Assert.Equal(exit, outcome.Exit);
        Assert.StartsWith(code + ": ", Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        JsonNode json = JsonNode.Parse((await _site.RunAsync([.. arguments, "--json"])).Error)!;
        Assert.Equal((code, exit), ((string)json["error"]!, (int)json["exit_code"]!));
    }

    [Theory]
    [InlineData("minimum-rows-per-scaner", "1")]
    [InlineData("own-data", "true")]
    [InlineData("minimum-rows-per-scanner", "-1")]
    [InlineData("minimum-rows-per-scanner", "9")]
    [InlineData("maximum-parameters-per-row", "0.5")]
    [InlineData("maximum-parameters-per-row", "null")]
    [InlineData("least-difference", "0")]
    [InlineData("least-bin", "5")]
    [InlineData("minimum-rows-per-scanner", "\"ten\"")]
    public void A_policy_that_is_not_one_is_an_error_and_never_no_limit(string key, string value)
    {
        _directory.Write("policy.json", $$"""{ "{{key}}": {{value}} }""");
        using var session = new Host.Commands.SiteSession(new Host.Commands.SiteRequest(_directory.Path, null, false), TimeProvider.System);
        Assert.Equal("E3006", Assert.Throws<SiteErrorException>(session.Policy).Code);
    }

    [Fact]
    public void A_policy_is_read_by_its_documented_keys()
    {
        string readme = File.ReadAllText(Path.Combine(Checkout.Root, "site-agent", "README.md"));
        string documented = readme.Split("```json")[1].Split("```")[0];
        _directory.Write("policy.json", documented);
        using var session = new Host.Commands.SiteSession(new Host.Commands.SiteRequest(_directory.Path, null, false), TimeProvider.System);
        Assert.Equal(SiteAgent.Policy.SitePolicy.Default, session.Policy());
        _directory.Write("policy.json", """{ "minimum-rows-per-scanner": 25, "allowed-kinds": ["combat"], "share-scanner-effects": false }""");
        Assert.Equal((25, false), (session.Policy().MinimumRowsPerScanner, session.Policy().ShareScannerEffects));
        Assert.Equal(["combat"], session.Policy().AllowedKinds!);
    }

    [Fact]
    public async Task Help_is_there_for_every_command_with_an_example()
    {
        foreach (string[] path in (string[][])[[], ["join"], ["serve"], ["doctor"], ["features", "import"], ["cohort", "import"], ["study", "show"], ["study", "approve"],
            ["study", "withdraw"], ["outbox", "list"], ["outbox", "show"], ["outbox", "export"]])
        {
            CommandOutcome help = await _site.DoAsync([.. path, "--help"]);
            Assert.Matches("Examples?:\\s+federated-site", help.Out);
        }
    }

    public void Dispose() => _directory.Dispose();
}
