using System.Text.Json.Nodes;
using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Coordinator.Server.Commands;
using Federated.Coordinator.Server.Tests.Kit;
using Federated.Coordinator.Tests.Kit;

namespace Federated.Coordinator.Server.Tests.Commands;

public sealed class CommandTests : IDisposable
{
    private const string StudyYaml =
        """
        study: trial
        title: What is in the tables
        purpose: A test
        recipient: Nobody
        approval: none
        scanner: scanner
        scanners: [scanner-00, scanner-01]
        features: { include: [f] }
        covariates: []
        analyses:
          - { id: about, kind: describe }
        privacy: { aggregation: plain, minimum-rows: 1 }
        quorum: { sites: 2 }
        """;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task From_an_empty_directory_to_exported_results()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(readPlan: bytes => PlanDocument.Read(bytes.Span), catalogue: AnalysisCatalogue.Find);
        string data = coordinator.DataDirectory;
        using Member a = await Member.JoinAsync(coordinator, 0);
        using Member b = await Member.JoinAsync(coordinator, 1);
        Assert.Matches("hospital-01 +member +20", await DoneAsync("site", "list", "--data", data));

        await File.WriteAllTextAsync(_folder["study.yaml"], StudyYaml, TestContext.Current.CancellationToken);
        Assert.Contains("trial is a draft: 2 scanners, 1 features, 1 analyses", await DoneAsync("study", "create", _folder["study.yaml"], "--data", data), StringComparison.Ordinal);
        await FailAsync(2, "E1001", "study", "create", _folder["study.yaml"], "--data", data);
        await FailAsync(2, "E1008", "study", "export", "trial", "--out", _folder["out"], "--data", data);
        await FailAsync(2, "E1004", "study", "open", "trial", "--sites", "hospital-00,elsewhere", "--data", data);
        await FailAsync(3, "E1005", "study", "open", "trial", "--sites", "hospital-00", "--data", data);
        JsonNode opened = JsonNode.Parse(await DoneAsync("study", "open", "trial", "--data", data, "--json"))!;
        Assert.Equal(("open", 2), ((string)opened["state"]!, opened["waiting"]!.AsArray().Count));
        Assert.Contains("scanner", await DoneAsync("study", "show", "trial", "--manifest", "--data", data), StringComparison.Ordinal);

        await a.ApproveAsync();
        await DoneAsync("study", "pause", "trial", "--reason", "lunch", "--data", data);
        Assert.Contains("paused: lunch", await DoneAsync("study", "show", "trial", "--data", data), StringComparison.Ordinal);
        await DoneAsync("study", "resume", "trial", "--data", data);
        await b.ApproveAsync();
        while (await a.AnswerAsync() | await b.AnswerAsync()) { }

        Assert.Contains("about", await DoneAsync("study", "show", "trial", "--data", data), StringComparison.Ordinal);
        Assert.Equal("released", (string)JsonNode.Parse(await DoneAsync("study", "list", "--data", data, "--json"))![0]!["state"]!);
        await DoneAsync("study", "export", "trial", "--out", _folder["out"], "--data", data);
        JsonNode about = JsonNode.Parse(await File.ReadAllTextAsync(_folder["out/analyses/about.json"], TestContext.Current.CancellationToken))!;
        Assert.Equal("describe", (string)about["kind"]!);
        byte[] plan = await File.ReadAllBytesAsync(_folder["out/plan.json"], TestContext.Current.CancellationToken);
        Assert.Equal((string)about["plan"]!, Digest.Of(plan).Hex);
        foreach (string file in new[] { "analyses/about.csv", "analyses/survey.json", "manifest.txt", "manifest.json", "approvals.json" }) Assert.True(File.Exists(_folder["out/" + file]), file);
        await DoneAsync("study", "close", "trial", "--data", data);
        await FailAsync(3, "E1003", "study", "pause", "trial", "--data", data);

        await DoneAsync("site", "revoke", "hospital-01", "--data", data);
        await FailAsync(2, "E1105", "site", "revoke", "hospital-01", "--data", data);
        Assert.Equal(RefusalCode.CertificateRevoked, await Newcomer.RefusedAsync(() => b.SyncAsync()));
    }

    [Fact]
    public async Task An_invitation_is_the_one_line_that_is_printed()
    {
        await DoneAsync("init", "--data", _folder["data"], "--name", "PET");
        string token = (await DoneAsync("invite", "hospital-a", "--data", _folder["data"])).TrimEnd();
        Assert.Equal(96, token.Length);
        string again = (string)JsonNode.Parse(await DoneAsync("invite", "hospital-a", "--valid", "36h", "--data", _folder["data"], "--json"))!["token"]!;
        Assert.False(string.Equals(token, again, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("E1000", "study", "shwo")]
    [InlineData("E1000", "study", "export", "trial")]
    [InlineData("E1002", "study", "show", "trial")]
    [InlineData("E1102", "init")]
    [InlineData("E1104", "invite", "Hospital A")]
    [InlineData("E1105", "site", "revoke", "hospital-a")]
    [InlineData("E1106", "invite", "hospital-a", "--valid", "soon")]
    [InlineData("E1106", "invite", "hospital-a", "--valid", "400d")]
    [InlineData("E1106", "serve", "--listen", "nowhere")]
    [InlineData("E1106", "serve", "--listen", "127.0.0.1:0", "--host", "a b")]
    [InlineData("E1109", "study", "create", "no-such-file.yaml")]
    public async Task Bad_usage_is_one_line_with_a_number(string code, params string[] arguments)
    {
        await DoneAsync("init", "--data", _folder["data"]);
        await FailAsync(2, code, [.. arguments, "--data", _folder["data"]]);
    }

    [Fact]
    public async Task Errors_in_a_study_file_are_named_by_place()
    {
        await DoneAsync("init", "--data", _folder["data"]);
        await File.WriteAllTextAsync(_folder["study.yaml"], StudyYaml.Replace("title:", "titel:", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        (int exit, _, string error) = await RunAsync("study", "create", _folder["study.yaml"], "--data", _folder["data"]);
        Assert.Equal(2, exit);
        Assert.Contains("study.yaml:2:1:", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_data_directory_can_come_from_the_environment_and_is_asked_for_otherwise()
    {
        (int exit, string output, _) = await RunInAsync(_folder["data"], "init");
        Assert.Equal(0, exit);
        Assert.Contains("is ready in " + _folder["data"], output, StringComparison.Ordinal);
        (exit, _, string error) = await RunInAsync(_folder["elsewhere"], "site", "list", "--json");
        Assert.Equal(2, exit);
        Assert.Equal("E1101", (string)JsonNode.Parse(error)!["error"]!);
    }

    [Fact]
    public async Task Every_command_has_help_with_an_example()
    {
        string[][] commands = [["init"], ["serve"], ["invite"], ["site", "list"], ["site", "revoke"], .. new[] { "create", "open", "start", "show", "list", "pause", "resume", "close", "export" }.Select(c => new[] { "study", c })];
        foreach (string[] command in commands)
            Assert.Contains("federated-coordinator " + string.Join(' ', command), await DoneAsync([.. command, "--help"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_stopped_while_it_starts_ends_in_order()
    {
        await DoneAsync("init", "--data", _folder["data"]);
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exit = await CoordinatorProgram.RunAsync(
            ["serve", "--listen", "127.0.0.1:0", "--data", _folder["data"]], new CommandConsole(output, error, _ => null, IsTerminal: false), TimeProvider.System, new CancellationToken(canceled: true));
        Assert.Equal((0, ""), (exit, error.ToString()));
    }

    [Fact]
    public async Task Serve_says_where_it_listens_and_ends_when_asked_to()
    {
        await DoneAsync("init", "--data", _folder["data"]);
        using var stop = new CancellationTokenSource();
        var output = new LineSignal();
        Task<int> serving = CoordinatorProgram.RunAsync(
            ["serve", "--listen", "127.0.0.1:0", "--data", _folder["data"]], new CommandConsole(output, TextWriter.Null, _ => null, IsTerminal: false), TimeProvider.System, stop.Token);
        Assert.StartsWith("Federated consortium: listening on 127.0.0.1:", await output.Line, StringComparison.Ordinal);
        await stop.CancelAsync();
        Assert.Equal(0, await serving);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<string> DoneAsync(params string[] arguments)
    {
        (int exit, string output, string error) = await RunAsync(arguments);
        Assert.Equal("", error);
        Assert.Equal(0, exit);
        return output;
    }

    private static async Task FailAsync(int exit, string code, params string[] arguments)
    {
        (int actual, string output, string error) = await RunAsync(arguments);
        Assert.StartsWith(code + ": ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Equal((exit, ""), (actual, output));
    }

    private static Task<(int Exit, string Output, string Error)> RunAsync(params string[] arguments) => RunInAsync(null, arguments);

    private static async Task<(int Exit, string Output, string Error)> RunInAsync(string? data, params string[] arguments)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var console = new CommandConsole(output, error, name => name is "FEDERATED_COORDINATOR_DATA" ? data : null, IsTerminal: false);
        int exit = await CoordinatorProgram.RunAsync(arguments, console, TimeProvider.System, TestContext.Current.CancellationToken);
        return (exit, output.ToString(), error.ToString());
    }

    private sealed class LineSignal : StringWriter
    {
        private readonly TaskCompletionSource<string> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => _line.Task;

        public override void WriteLine(string? value) => _line.TrySetResult(value ?? "");
    }
}
