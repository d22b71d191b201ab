using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;

namespace Federated.SiteAgent.Tests.Support;

/// <summary>A small study: two scanners, age and sex, three features, one analysis with a sum and a report.</summary>
internal static class TestStudy
{
    public const string Analysis = "probe";
    public static readonly StudyUid Uid = new("000102030405060708090a0b0c0d0e0f");
    public static readonly byte[] PlanBytes = Encoding.UTF8.GetBytes("""{"id":"probe-study"}""");
    public static readonly Digest PlanDigest = Digest.Of(PlanBytes);
    public static readonly Digest ManifestDigest = Digest.Of("what leaves, in plain language"u8);
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    public static StudyPlan Plan { get; } = new()
    {
        Id = "probe-study",
        Title = "Probe",
        Scanners = ["A", "B"],
        Features = ["suvmax", "suvmean", "tlg"],
        Covariates = [new Covariate("age", CovariateType.Continuous, []), new Covariate("sex", CovariateType.Categorical, ["F", "M"])],
        Analyses = [new AnalysisSpecification(Analysis, ProbeAnalysis.KindName, new JsonObject())],
        Privacy = new PrivacyTerms { Aggregation = Aggregation.Plain, MinimumRows = 5 },
    };

    /// <summary>Rows per scanner; within a scanner F and M alternate.</summary>
    public static StudyTable Table(int onA = 20, int onB = 20, StudyPlan? plan = null, int fitOnA = int.MaxValue, int women = int.MaxValue)
    {
        plan ??= Plan;
        int n = onA + onB;
        int k = plan.DesignColumns.Length;
        int p = plan.Features.Length;
        double[] design = new double[n * k];
        double[] features = new double[n * p];
        int womenLeft = women;
        for (int i = 0; i < n; i++)
        {
            design[i * k] = 40 + i;
            bool man = i % 2 == 1 || womenLeft-- <= 0;
            design[(i * k) + 1] = man ? 1 : 0;
            for (int f = 0; f < p; f++) features[(i * p) + f] = i + (10 * f) + 0.5;
        }

        return new StudyTable(
            plan,
            [.. Enumerable.Range(0, n).Select(i => $"row-{i:D4}")],
            [.. Enumerable.Range(0, n).Select(i => i < onA ? 0 : 1)],
            design,
            features,
            [.. Enumerable.Range(0, n).Select(i => i >= onA || i < fitOnA)],
            ImmutableSortedDictionary<ExclusionReason, long>.Empty.Add(ExclusionReason.CovariateMissing, 2));
    }

    public static SiteTask SumTask(int round = 1, int attempt = 1, int sites = 3) => new(
        new TaskKey(Uid, round, attempt), PlanDigest, Analysis, ProbeAnalysis.SumStep, ExchangeKind.Sum,
        Digest.Of(ScriptedCoordinator.BroadcastBytes), ScriptedCoordinator.BroadcastBytes.Length, sites, Start.AddHours(2));

    public static SiteTask ReportTask(int round = 2) => SumTask(round) with { Step = ProbeAnalysis.ReportStep, Kind = ExchangeKind.Report };

    public static OfficerDecision Approved(SiteIdentity identity) => OfficerDecision.Approve(identity, Uid, PlanDigest, ManifestDigest, Start);

    public static AgentVocabulary Vocabulary(IAnalysis analysis, StudyPlan? plan = null) => new(
        _ => plan ?? Plan, kind => string.Equals(kind, analysis.Kind, StringComparison.Ordinal) ? analysis : null, _ => ManifestDigest);
}

/// <summary>
/// An analysis that answers differently every time it is asked, as a test must assume of any code: bytes that agree after a crash can then only come from
/// the outbox.
/// </summary>
internal sealed class ProbeAnalysis : IAnalysis
{
    public const string KindName = "probe-kind";
    public const string SumStep = "moments";
    public const string ReportStep = "effects";
    private int _asked;

    /// <summary>Replaces the answer.</summary>
    public Func<SiteContext, string, SiteAnswer>? Script { get; set; }

    /// <summary>How often the site half ran.</summary>
    public int Asked => _asked;

    public string Kind => KindName;

    public IReadOnlyList<int> CountShape { get; init; } = [-1];

    public static SumLayout Layout { get; } = new(SumBlock.Counts("n", 2), SumBlock.Counts("total", 3));

    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification) =>
    [
        new StepDeclaration(SumStep, ExchangeKind.Sum, "Add up.",
            [new DeclaredItem("n", CountShape, "Rows."), new DeclaredItem("total", [plan.Features.Length], "Totals.")]),
        new StepDeclaration(ReportStep, ExchangeKind.Report, "Report.", [new DeclaredItem("rows", [], "Rows.")]),
    ];

    public IEnumerable<Step> Coordinate(CoordinatorContext context) => [];

    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        int asked = Interlocked.Increment(ref _asked);
        if (Script is not null) return Script(context, step);
        if (string.Equals(step, ReportStep, StringComparison.Ordinal)) return Report(context.Table);
        var sum = new SumVector(Layout);
        sum.Add("n", 0, context.Table.Rows);
        sum.Add("total", 0, asked);
        return new SiteAnswer { Sum = sum, Harmonized = new HarmonizedTable(context.Table.RowIds, context.Table.Features, []) };
    }

    public static SiteAnswer Report(StudyTable table, params ImmutableArray<ScannerEffects> effects) => new()
    {
        Report = new Report(
            new EffectiveRows(table.Rows, ImmutableSortedDictionary<ExclusionReason, long>.Empty.Add(ExclusionReason.CovariateMissing, 2)), effects),
    };
}

/// <summary>Reports as decimal text; enough where no wire is involved.</summary>
internal sealed class TextCodec : IPayloadCodec
{
    public Broadcast DecodeBroadcast(ReadOnlyMemory<byte> bytes) =>
        bytes.Span.SequenceEqual(ScriptedCoordinator.BroadcastBytes) ? Broadcast.Empty : throw new BroadcastInvalidException("Not the scripted broadcast.");

    public byte[] EncodeReport(Report report) => Encoding.UTF8.GetBytes($"{report.Rows.Used} {report.ScannerEffects.Length}");
}
