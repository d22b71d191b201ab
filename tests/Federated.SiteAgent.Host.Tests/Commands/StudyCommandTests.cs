using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Federated.Analyses.Study;
using Federated.SiteAgent.Host.Tests.Support;
using Google.Protobuf;
using Wire = Federated.Contracts.V1;

namespace Federated.SiteAgent.Host.Tests.Commands;

/// <summary>The officer's way through a study, by the commands of the README, against a coordinator on loopback.</summary>
public sealed class StudyCommandTests : IAsyncLifetime
{
    private const string Canary = "CANARY-7731";
    private static readonly byte[] StudyUid = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];

    private readonly TemporaryDirectory _directory = new();
    private readonly TemporaryDirectory _files = new();
    private LoopbackCoordinator _coordinator = null!;
    private CommandLine _site = null!;
    private byte[] _plan = null!;

    private string Digest => Convert.ToHexStringLower(SHA256.HashData(_plan));

    public async ValueTask InitializeAsync()
    {
        _coordinator = await LoopbackCoordinator.StartAsync();
        _site = new CommandLine(_directory);
        _plan = PlanDocument.Write(new StudyPlan
        {
            Id = "probe-study",
            Title = "Probe",
            Purpose = "To see what leaves",
            Recipient = "Nobody",
            Scanners = ["A", "B"],
            Features = ["suvmax"],
            Covariates = [new Covariate("sex", CovariateType.Categorical, ["F", "M"])],
            Analyses = [new AnalysisSpecification("first-look", "describe", [])],
            Privacy = new PrivacyTerms { Aggregation = Aggregation.Plain },
        });
        byte[] broadcast = new Wire.Broadcast().ToByteArray();
        _coordinator.Services.Plan = _plan;
        _coordinator.Services.Broadcast = broadcast;
        _coordinator.Services.Sync = new Wire.SyncReply
        {
            CoordinatorUnixMilliseconds = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
            Studies =
            {
                new Wire.StudyNotice
                {
                    StudyUid = ByteString.CopyFrom(StudyUid), StudyId = "probe-study", Title = "Probe", PlanDigest = ByteString.CopyFrom(SHA256.HashData(_plan)),
                    State = Wire.StudyState.Open, Approval = Wire.SiteApproval.Waiting, SitesRequired = 3,
                },
            },
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _coordinator.DisposeAsync();
        _directory.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task From_the_invitation_to_the_receipt()
    {
        await JoinAsync();
        await ImportAsync(24);
        string list = (await _site.DoAsync("study", "list")).Out;
        Assert.Contains("probe-study", list, StringComparison.Ordinal);
        Assert.Contains("waiting", list, StringComparison.Ordinal);

        string shown = (await _site.DoAsync("study", "show", "probe-study")).Out;
        Assert.Contains("scanner A: 12 rows", shown, StringComparison.Ordinal);
        Assert.Contains(Digest[..12], shown, StringComparison.Ordinal);

        CommandOutcome wrong = await _site.RunAsync("study", "approve", "probe-study", "--digest", "00000000");
        Assert.Equal(2, wrong.Exit);
        Assert.StartsWith("E3203", wrong.Error, StringComparison.Ordinal);
        await _site.DoAsync("study", "approve", "probe-study", "--digest", Digest[..8]);
        Assert.Equal(Wire.SiteApproval.Approved, _coordinator.Services.Sync.Studies[0].Approval);

        Ask(1);
        JsonNode done = (await _site.DoAsync("serve", "--once", "--json")).Json;
        Assert.Equal((1, 1, 0), ((int)done["answered"]!, (int)done["delivered"]!, (int)done["waiting"]!));

        string outbox = (await _site.DoAsync("outbox", "list")).Out;
        Assert.Matches("Nobody +To see what leaves +.+ probe-study +1 +1 +survey +sizes +Sum \\(plain\\)", outbox);
        string entry = (await _site.DoAsync("outbox", "show", "probe-study", "1")).Out;
        Assert.Contains("signed by the coordinator", entry, StringComparison.Ordinal);
        Assert.Contains("ok     enough rows per scanner (limit 10, found 12)", entry, StringComparison.Ordinal);
        string numbers = (await _site.DoAsync("outbox", "show", "probe-study", "1", "--numbers")).Out;
        Assert.Contains("rows[0] = 12", numbers, StringComparison.Ordinal);
        Assert.Contains("rows[1] = 12", numbers, StringComparison.Ordinal);
        await _site.DoAsync("outbox", "export", "probe-study", "1", "--to", _files.File("round-1.bin"));
        Assert.Equal(Assert.Single(_coordinator.Services.Accepted).Value.Payload, await File.ReadAllBytesAsync(_files.File("round-1.bin"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task One_command_of_the_help_says_what_left_last_week_to_whom_why_and_approved_by_whom()
    {
        await JoinAsync();
        await ImportAsync(24);
        await _site.DoAsync("study", "approve", "probe-study", "--digest", Digest[..8], "--officer", "Dr. A. Meyer");
        Ask(1);
        await _site.DoAsync("serve", "--once");
        string[] command = (await _site.DoAsync("--help")).Out.Split('\n').Single(l => l.Contains("what left last week", StringComparison.Ordinal)).Split('(')[0].Trim().Split(' ');
        string said = (await _site.DoAsync(command[1..])).Out;
        foreach (string part in (string[])["Nobody", "To see what leaves", "Dr. A. Meyer", "probe-study", "survey", "sizes", "delivered"]) Assert.Contains(part, said, StringComparison.Ordinal);
        Assert.DoesNotContain("survey", (await _site.DoAsync("outbox", "list", "--until", "2020-01-01")).Out, StringComparison.Ordinal);
        JsonNode entry = Assert.Single((await _site.DoAsync("outbox", "list", "--since", "today", "--json")).Json["entries"]!.AsArray())!;
        Assert.Equal(("Nobody", "To see what leaves", "Dr. A. Meyer", 20L), ((string)entry["to_whom"]!, (string)entry["why"]!, (string)entry["approved_by"]!, (long)entry["cohort_rows_about"]!));
        Assert.Equal(["answer", "approval"], (await _site.DoAsync("outbox", "list", "--all", "--json")).Json["entries"]!.AsArray().Select(e => (string)e!["message"]!).Order(StringComparer.Ordinal));
        Assert.Equal(2, (await _site.RunAsync("outbox", "list", "--since", "soon")).Exit);
    }

    [Fact]
    public async Task An_exported_ledger_is_checked_on_another_machine_and_the_changed_entry_is_named()
    {
        await JoinAsync();
        await ImportAsync(24);
        await _site.DoAsync("study", "approve", "probe-study", "--digest", Digest[..8]);
        Ask(1);
        await _site.DoAsync("serve", "--once");
        string file = _files.File("north.ledger");
        string fingerprint = (string)(await _site.DoAsync("ledger", "export", "--to", file, "--json")).Json["fingerprint"]!;
        Assert.Contains("whole and unchanged", (await _site.DoAsync("ledger", "verify")).Out, StringComparison.Ordinal);

        using var elsewhere = new TemporaryDirectory();
        var auditor = new CommandLine(elsewhere);
        Assert.Contains("whole and unchanged", (await auditor.DoAsync("ledger", "verify", file, "--fingerprint", fingerprint)).Out, StringComparison.Ordinal);
        Assert.StartsWith("E3601", (await auditor.RunAsync("ledger", "verify", file, "--fingerprint", new string('0', 64))).Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(elsewhere.Path));

        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        int third = 0;
        for (int line = 0; line < 3; third++) line += bytes[third] == '\n' ? 1 : 0;
        bytes[third + 40] ^= 4;
        string damaged = _files.File("damaged.ledger");
        await File.WriteAllBytesAsync(damaged, bytes, TestContext.Current.CancellationToken);
        CommandOutcome found = await auditor.RunAsync("ledger", "verify", damaged);
        Assert.Equal(3, found.Exit);
        Assert.StartsWith("E3602", found.Error, StringComparison.Ordinal);
        Assert.Contains("entry 2", found.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_registers_that_the_law_asks_for_follow_from_the_ledger()
    {
        await JoinAsync();
        await ImportAsync(24);
        await File.WriteAllTextAsync(_directory.File("register.json"), """{ "controller": "=Hospital <North>", "retention": "10 years" }""", TestContext.Current.CancellationToken);
        await _site.DoAsync("study", "approve", "probe-study", "--digest", Digest[..8], "--officer", "Dr. A. Meyer");
        Ask(1);
        await _site.DoAsync("serve", "--once");
        await _site.DoAsync("ledger", "register", "--to", _files.File("r.csv"));
        string[] register = await File.ReadAllLinesAsync(_files.File("r.csv"), TestContext.Current.CancellationToken);
        Assert.Equal(2, register.Length);
        foreach (string part in (string[])["'=Hospital <North>", "10 years", "To see what leaves", "Nobody", "Dr. A. Meyer", "about 20", "sex, suvmax", Digest]) Assert.Contains(part, register[1], StringComparison.Ordinal);
        await _site.DoAsync("ledger", "disclosures", "--since", "1d", "--to", _files.File("d.html"));
        string page = await File.ReadAllTextAsync(_files.File("d.html"), TestContext.Current.CancellationToken);
        Assert.Contains("Hospital &lt;North&gt;", page, StringComparison.Ordinal);
        Assert.Contains("164.528", page, StringComparison.Ordinal);
        Assert.Contains("Dr. A. Meyer", page, StringComparison.Ordinal);
        await _site.DoAsync("ledger", "disclosures", "--until", "2020-01-01", "--to", _files.File("none.csv"));
        Assert.Single(await File.ReadAllLinesAsync(_files.File("none.csv"), TestContext.Current.CancellationToken));
        Assert.Equal(2, (await _site.RunAsync("ledger", "register", "--to", _files.File("r.pdf"))).Exit);

        await _site.DoAsync("ledger", "crate", "probe-study", "--to", _files.File("crate"));
        JsonArray graph = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_files.File("crate"), "ro-crate-metadata.json"), TestContext.Current.CancellationToken))!["@graph"]!.AsArray();
        var ids = graph.Select(e => (string)e!["@id"]!).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(References(graph), reference => Assert.True(ids.Contains(reference) || reference.StartsWith("https://w3id.org/", StringComparison.Ordinal), reference));
        JsonNode root = graph.Single(e => (string)e!["@id"]! == "./")!;
        Assert.Equal("https://w3id.org/5s-crate/0.4", (string)root["conformsTo"]!["@id"]!);
        Assert.Contains(graph, e => (string?)e!["additionalType"]?["@id"] == "https://w3id.org/shp#SignOff");
        Assert.Contains(graph, e => (string?)e!["additionalType"]?["@id"] == "https://w3id.org/shp#DisclosureCheck" && ((string)e["description"]!).Contains("RowsPerScanner (limit 10): passed", StringComparison.Ordinal));
        Assert.Contains("whole and unchanged", (await _site.DoAsync("ledger", "verify", Path.Combine(_files.File("crate"), "site.ledger"))).Out, StringComparison.Ordinal);
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonArray list => list.SelectMany(References),
        JsonObject { Count: 1 } only when only["@id"] is { } id => [(string)id!],
        JsonObject entity => entity.SelectMany(p => References(p.Value)),
        _ => [],
    };

    [Fact]
    public async Task Too_few_rows_are_foretold_declined_and_on_record()
    {
        await JoinAsync();
        await ImportAsync(14);
        Assert.Contains("FAILED enough rows per scanner (limit 10, found 7)", (await _site.DoAsync("study", "show", "probe-study")).Out, StringComparison.Ordinal);
        await _site.DoAsync("study", "approve", "probe-study", "--digest", Digest);
        Ask(1);
        await _site.DoAsync("serve", "--once");
        Wire.DeclineRequest heard = Assert.Single(_coordinator.Services.Heard.OfType<Wire.DeclineRequest>());
        Assert.Equal((Wire.DeclineCode.TooFewRows, 10ul), (heard.Code, Assert.Single(heard.Counts)));
        Assert.Contains("declined: TooFewRows", (await _site.DoAsync("outbox", "list")).Out, StringComparison.Ordinal);
        Assert.Equal(2, (await _site.RunAsync("outbox", "export", "probe-study", "1", "--to", _files.File("x"))).Exit);
    }

    [Fact]
    public async Task A_pause_holds_back_and_a_withdrawal_ends()
    {
        await JoinAsync();
        await ImportAsync(24);
        await _site.DoAsync("study", "approve", "probe-study", "--digest", Digest[..10]);
        Ask(1);
        await _site.DoAsync("study", "pause", "probe-study");
        Assert.Equal(0, (int)(await _site.DoAsync("serve", "--once", "--json")).Json["answered"]!);
        await _site.DoAsync("study", "resume", "probe-study");
        Assert.Equal(1, (int)(await _site.DoAsync("serve", "--once", "--json")).Json["answered"]!);

        CommandOutcome import = await _site.RunAsync("features", "import", _files.File("features.csv"));
        Assert.Equal(3, import.Exit);
        Assert.StartsWith("E3205", import.Error, StringComparison.Ordinal);

        await _site.DoAsync("study", "withdraw", "probe-study");
        Assert.Equal(Wire.SiteApproval.Withdrawn, _coordinator.Services.Sync.Studies[0].Approval);
        Ask(2);
        await _site.DoAsync("serve", "--once");
        Assert.Equal(Wire.DeclineCode.PlanNotApproved, Assert.Single(_coordinator.Services.Heard.OfType<Wire.DeclineRequest>()).Code);
        await _site.DoAsync("features", "import", _files.File("features.csv"));
    }

    [Fact]
    public async Task A_word_given_without_a_connection_is_kept_and_sent_later()
    {
        await JoinAsync();
        await ImportAsync(24);
        await _site.DoAsync("study", "show", "probe-study");
        _coordinator.Services.Break = _ => throw new Grpc.Core.RpcException(new Grpc.Core.Status(Grpc.Core.StatusCode.Unimplemented, "down"));
        JsonNode said = (await _site.DoAsync("study", "approve", "probe-study", "--digest", Digest[..10], "--json")).Json;
        Assert.False((bool)said["sent"]!);
        Assert.Equal(4, (await _site.RunAsync("serve", "--once")).Exit);
        _coordinator.Services.Break = _ => { };
        Assert.Equal(1, (int)(await _site.DoAsync("serve", "--once", "--json")).Json["decisions"]!);
        Assert.Equal(Wire.SiteApproval.Approved, _coordinator.Services.Sync.Studies[0].Approval);
    }

    [Fact]
    public async Task Nothing_from_the_tables_is_in_any_message_or_in_what_is_printed_while_serving()
    {
        await JoinAsync();
        await ImportAsync(24);
        await _site.DoAsync("study", "approve", "probe-study", "--digest", Digest[..10]);
        Ask(1);
        CommandOutcome served = await _site.DoAsync("serve", "--once");
        Assert.Single(_coordinator.Services.Accepted);
        Assert.DoesNotContain(Canary, served.Out + served.Error, StringComparison.Ordinal);
        byte[] canary = System.Text.Encoding.UTF8.GetBytes(Canary);
        Assert.All(_coordinator.Services.Heard, message => Assert.Equal(-1, message.ToByteArray().AsSpan().IndexOf(canary)));
    }

    private async Task JoinAsync()
    {
        string token = _files.Write("invitation.txt", _coordinator.Invite() + "\n");
        CommandOutcome joined = await _site.DoAsync("join", "--token-file", token, "--coordinator", _coordinator.Address.ToString());
        Assert.Contains("Joined as north", joined.Out, StringComparison.Ordinal);
    }

    private async Task ImportAsync(int rows)
    {
        int[] all = [.. Enumerable.Range(0, rows)];
        await _site.DoAsync("features", "import", _files.Write("features.csv", "id,suvmax\n" + string.Concat(all.Select(i => $"{Canary}-{i:D2},{i}.5\n"))));
        await _site.DoAsync("cohort", "import", _files.Write("cohort.csv", $"id,scanner,sex,note\n" + string.Concat(all.Select(i => $"{Canary}-{i:D2},{(i < rows / 2 ? "A" : "B")},F,{Canary}\n"))));
    }

    private void Ask(int round)
    {
        _coordinator.Services.Sync.Studies[0].State = Wire.StudyState.Running;
        _coordinator.Services.Sync.Tasks.Clear();
        _coordinator.Services.Sync.Tasks.Add(new Wire.Task
        {
            Key = new Wire.TaskKey { StudyUid = ByteString.CopyFrom(StudyUid), Round = (uint)round, Attempt = 1 },
            PlanDigest = ByteString.CopyFrom(SHA256.HashData(_plan)),
            Analysis = "survey",
            Step = "sizes",
            Kind = Wire.ExchangeKind.Sum,
            BroadcastDigest = ByteString.CopyFrom(SHA256.HashData(_coordinator.Services.Broadcast)),
            BroadcastBytes = (ulong)_coordinator.Services.Broadcast.Length,
            Sites = 3,
        });
    }
}
