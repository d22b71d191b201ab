using System.Globalization;
using System.Text;
using Federated.Analyses.Study;
using Federated.Coordinator.Server.Telemetry;
using Federated.SiteAgent.Host.Telemetry;
using Federated.SiteAgent.Host.Tests.Support;
using Federated.Telemetry;
using StudyState = Federated.Coordinator.Studies.StudyState;

namespace Federated.SiteAgent.Host.Tests.Integration;

/// <summary>What a collector receives of a study between the two real programs: every figure that is promised, and no word that only a hospital knows.</summary>
public sealed class TelemetryTests : IAsyncLifetime
{
    private const string Canary = "kanarienvogel";

    private readonly TemporaryDirectory _north = new();
    private readonly TemporaryDirectory _south = new();
    private readonly TemporaryDirectory _files = new();
    private OtlpReceiver _collector = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _collector = await OtlpReceiver.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        _north.Dispose();
        _south.Dispose();
        _files.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_collector_sees_rounds_calls_and_messages_and_no_word_of_a_hospital(bool overHttp)
    {
        Uri address = overHttp ? _collector.Http : _collector.Grpc;
        await RunStudyAsync(new TelemetryTarget(address, overHttp));

        OtlpMetric[] metrics = [.. _collector.Metrics];
        string[] missing =
        [
            .. ((string[])[
                "federated.rounds", "federated.round.duration", "federated.calls", "federated.call.duration", "federated.bytes", "federated.studies", "federated.hospitals", "federated.hospitals.waited_for",
                "federated.lease.age", "federated.certificate.remaining", "federated.ledger.entries", "federated.site.messages", "federated.site.bytes.left", "federated.site.task.duration",
                "federated.site.certificate.remaining",
            ]).Except(metrics.Select(m => m.Name), StringComparer.Ordinal),
        ];
        Assert.Empty(missing);
        Assert.Equal(["federated-coordinator", "federated-site"], metrics.Select(m => m.Service).Distinct().Order(StringComparer.Ordinal));

        // A label's name and its value are both of closed lists; none of them grows with hospitals, studies, rounds or rows.
        Assert.Empty(metrics.Where(m => m.Name.StartsWith("federated.", StringComparison.Ordinal)).SelectMany(m => m.Labels.Keys).Distinct().Except(
            ["analysis", "step", "outcome", "method", "direction", "state", "of", "kind", "reason", "cause", "code", "rule", "to"], StringComparer.Ordinal));
        Assert.InRange(metrics.Where(m => m.Name.StartsWith("federated.", StringComparison.Ordinal)).DistinctBy(m => (m.Name, string.Join('|', m.Labels.Select(l => l.Value)))).Count(), 15, 120);
        Assert.Contains(metrics, m => m.Name == "federated.rounds" && m.Labels["analysis"] == "combat" && m.Labels["step"] == "within-scanners" && m.Labels["outcome"] == "aggregated");
        Assert.Contains(metrics, m => m.Name == "federated.calls" && m.Labels["method"] == "Exchange/Submit" && m.Labels["outcome"] == "ok");

        // (One agent reports: two in one process would each hear the other's meter.) The two programs' spans meet in the trace of a round, although nothing of it travelled between them.
        OtlpSpan[] spans = [.. _collector.Spans];
        Assert.Contains(spans.GroupBy(s => s.Trace, StringComparer.Ordinal), trace =>
            trace.Count(s => s.Name == "round") == 1 && trace.Count(s => s is { Service: "federated-site", Name: "task" }) == 1 && trace.Count(s => s.Name == "Exchange/Submit") == 2);

        Assert.NotEmpty(_collector.Exports);
        foreach (string word in (string[])[Canary, "secret-scanner", "north", "south", "telemetry-study", "suvmax", _north.Path, _south.Path])
            Assert.DoesNotContain(_collector.Exports, e => Encoding.UTF8.GetString(e.Body).Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("not a url")]
    [InlineData("ftp://127.0.0.1:4317")]
    public async Task An_address_that_is_none_is_refused_in_one_line(string address)
    {
        CommandOutcome outcome = await new CommandLine(_north).RunAsync("doctor", "--telemetry", address);
        Assert.Equal(2, outcome.Exit);
        Assert.StartsWith("E3000: --telemetry", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Flag_environment_and_the_usual_switches_are_read()
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal);
        TelemetryTarget? read(string? flag) => TelemetryTarget.Read(flag, environment.GetValueOrDefault);
        Assert.Null(read(null));
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://collector:4317";
        Assert.Equal(new TelemetryTarget(new Uri("http://collector:4317")), read(null));
        Assert.Equal(new Uri("http://other:4318"), read("http://other:4318")!.Endpoint);
        environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        Assert.True(read(null)!.OverHttp);
        environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/json";
        Assert.Throws<FormatException>(() => read(null));
        environment["OTEL_SDK_DISABLED"] = "true";
        Assert.Null(read(null));
    }

    [Fact]
    public void A_step_that_is_not_one_of_ours_is_counted_as_other()
    {
        var steps = new StepLabel();
        Assert.Equal("fold-survey-within-scanners", steps.Of("fold-survey-within-scanners"));
        foreach (string foreign in (string[])["", "Müller 1961", "1.2.840.113619.2", "a_b", new string('a', 41)]) Assert.Equal(StepLabel.Other, steps.Of(foreign));
        for (int i = 0; i < 1000; i++) steps.Of("step-" + new string((char)('a' + (i % 26)), 1 + (i / 26 % 30)));
        Assert.Equal(StepLabel.Other, steps.Of("one-more"));
        Assert.Equal("fold-survey-within-scanners", steps.Of("fold-survey-within-scanners"));
    }

    [Fact]
    public void Every_label_of_an_enumeration_is_a_word_of_ours()
    {
        Assert.Equal(Words.Other, Words.Kind("made-up"));
        Assert.Equal(Words.Other, Words.Method("/federated.v1.Exchange/Steal"));
        Assert.Equal("Masking/GetKeys", Words.Method("/federated.v1.Masking/GetKeys"));
        Assert.Equal(Words.Other, Words.Of((Federated.Coordinator.Studies.DeclineCode)99));
        Assert.Equal("too-few-rows", Words.Of(Federated.Coordinator.Studies.DeclineCode.TooFewRows));
        Assert.NotEqual(SiteInstruments.Name, CoordinatorInstruments.Name);
    }

    private async Task RunStudyAsync(TelemetryTarget target)
    {
        string[] options = ["--telemetry", target.Endpoint.ToString()];
        string? environment(string name) => name == TelemetryTarget.ProtocolVariable && target.OverHttp ? "http/protobuf" : null;
        await using RealCoordinator coordinator = await RealCoordinator.StartAsync(target);
        StudyPlan plan = Plan();
        CommandLine north = await MemberAsync(coordinator, _north, "north", 0, environment);
        CommandLine south = await MemberAsync(coordinator, _south, "south", 1, environment);
        await coordinator.OpenStudyAsync(plan, "north", "south");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        string digest = PlanDocument.Digest(PlanDocument.Write(plan));
        Task<CommandOutcome>[] running = [north.UntilStoppedAsync(["serve", .. options], stop.Token), south.UntilStoppedAsync(["serve"], stop.Token)];
        foreach (CommandLine site in (CommandLine[])[north, south])
        {
            while ((await site.RunAsync("study", "approve", plan.Id, "--digest", digest)).Exit != 0) await Task.Delay(50, Cancellation);
        }

        while ((await coordinator.Server.Studies.FindAsync(plan.Id, Cancellation)).State != StudyState.Released) await Task.Delay(20, Cancellation);
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(running), outcome => Assert.True(outcome.Exit == 0, outcome.Error));
    }

    private async Task<CommandLine> MemberAsync(RealCoordinator coordinator, TemporaryDirectory directory, string name, int number, Func<string, string?> environment)
    {
        var site = new CommandLine(directory) { Environment = environment };
        Assert.Equal(0, (await site.RunAsync(["join", "-", "--coordinator", coordinator.Address], coordinator.Invite(name))).Exit);
        var random = new Random(number);
        string cell(double value) => value.ToString("R", CultureInfo.InvariantCulture);
        string features = string.Concat(Enumerable.Range(0, 24).Select(r => $"{Canary}{r},{cell(random.NextDouble() + number)}\n"));
        string cohort = string.Concat(Enumerable.Range(0, 24).Select(r => $"{Canary}{r},secret-scanner-{(2 * number) + (r / 12)},{cell(40 + (20 * random.NextDouble()))}\n"));
        await site.DoAsync("features", "import", _files.Write($"{name}-f.csv", $"id,suvmax\n{features}"));
        await site.DoAsync("cohort", "import", _files.Write($"{name}-c.csv", $"id,scanner,age\n{cohort}"));
        return site;
    }

    private static StudyPlan Plan() => new()
    {
        Id = "telemetry-study",
        Title = "Telemetry",
        Privacy = new PrivacyTerms { Aggregation = Aggregation.Plain },
        Purpose = "To be watched",
        Recipient = "Nobody",
        Scanners = ["secret-scanner-0", "secret-scanner-1", "secret-scanner-2", "secret-scanner-3"],
        Features = ["suvmax"],
        Covariates = [new Covariate("age", CovariateType.Continuous, [])],
        Analyses = [new AnalysisSpecification("harmonize", "combat", [])],
        Quorum = new Quorum { Sites = 2 },
    };
}
