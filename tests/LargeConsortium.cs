using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Coordinator;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Running;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Storage.Sqlite;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;

namespace Federated.Testing;

/// <summary>
/// Two finished studies of a consortium as large as the pages promise to carry, written into a coordinator's store event by event as a run would have left them: effects of 50 scanners on
/// 1,000 features, and 500 rounds of 20 hospitals, more than 10,000 entries of the ledger.
/// </summary>
internal static class LargeConsortium
{
    /// <summary>Id of the study with many scanners and features.</summary>
    public const string Wide = "fifty-scanners";

    /// <summary>Id of the study with many rounds.</summary>
    public const string Long = "five-hundred-rounds";

    public const int Scanners = 50, Features = 1000, Rounds = 500, Hospitals = 20;

    private const int FeaturesApart = 7; // every seventh feature keeps more spread than is usable
    private static readonly TimeSpan Pace = TimeSpan.FromMinutes(20);

    /// <summary>Name of a feature.</summary>
    public static string Feature(int f) => f switch { 0 => "SUVmax", 1 => "MTV", 2 => "TLG", _ => string.Create(CultureInfo.InvariantCulture, $"radiomic_{f:0000}") };

    /// <summary>Name of a scanner.</summary>
    public static string Scanner(int s) => string.Create(CultureInfo.InvariantCulture, $"scanner-{s:00}");

    /// <summary>Name of a hospital.</summary>
    public static string Hospital(int h) => string.Create(CultureInfo.InvariantCulture, $"hospital-{h:00}");

    /// <summary>Writes both studies; the last event is of <paramref name="end"/>.</summary>
    public static async Task WriteAsync(CoordinatorDirectory directory, DateTimeOffset end, CancellationToken cancellation)
    {
        await WriteAsync(directory, Wide, 1, WidePlan(), Hospitals, end - TimeSpan.FromDays(20), [("survey", 1), ("harmonize", 6), ("spread", 4)], [
            ("harmonize", "combat", Effects()), ("spread", "variability", Spread())], cancellation);
        await WriteAsync(directory, Long, 2, LongPlan(), Hospitals, end - (Rounds * Pace), [("survey", 1), ("fit", Rounds - 1)], [("fit", "train", Course())], cancellation);
    }

    private static async Task WriteAsync(
        CoordinatorDirectory directory, string id, byte number, string yaml, int hospitals, DateTimeOffset begin, (string Analysis, int Rounds)[] course,
        (string Analysis, string Kind, AnalysisResult Result)[] results, CancellationToken cancellation)
    {
        StudyPlan plan = StudyFile.Read(yaml, id).Complete();
        byte[] bytes = PlanDocument.Write(plan);
        var uid = StudyUid.From([.. Enumerable.Repeat(number, StudyUid.Bytes)]);
        var payloads = new PayloadStore(directory.Blobs);
        ImmutableArray<string> sites = [.. Enumerable.Range(0, hospitals).Select(Hospital)];
        PayloadManifest question = await payloads.PutAsync(BlobScope.Shared(uid), Encoding.UTF8.GetBytes("question"), cancellation);
        DateTimeOffset at = begin;
        var created = new StudyCreated(at, uid, id, plan.Title, await payloads.PutAsync(BlobScope.Shared(uid), bytes, cancellation), plan.Quorum.Sites, plan.Quorum.RoundDeadline, AnalysisDependencies.Order(plan));
        Study study = Study.From(created);
        List<StudyEvent> events = [created];
        void Happen(StudyEvent e)
        {
            study = study.After(e);
            events.Add(e);
        }

        Happen(new StudyOpened(at, sites));
        foreach (string site in sites) Happen(new SiteApproved(at, site, Digest.Of(bytes), new string('0', 128)));
        Happen(new StudyStarted(at, sites));
        int round = 0;
        foreach ((string analysis, int rounds) in course)
        {
            for (int i = 0; i < rounds; i++)
            {
                round++;
                at = begin + (round * Pace);
                Happen(new RoundOpened(at, round, 1, analysis, $"step-{i}", ExchangeKind.Sum, question, 128 * 1024, at + plan.Quorum.RoundDeadline));
                foreach (string site in sites)
                    Happen(new ContributionSubmitted(at.AddSeconds(1), round, 1, site, new PayloadManifest(Digest.Of(Encoding.UTF8.GetBytes($"{round}{site}")), 128 * 1024, [Digest.Of("chunk"u8)]), at.AddSeconds(1), new string('0', 128)));
                Happen(new RoundAggregated(at.AddSeconds(2), round, 1, question));
            }

            (string _, string _, AnalysisResult? found) = results.FirstOrDefault(r => r.Analysis == analysis);
            ResultDocument document = ResultDocument.Of(found ?? new AnalysisResult([], []), study, study.Created.Analyses.First(a => a.Id == analysis), "0");
            Happen(new AnalysisConcluded(at.AddSeconds(3), 1, analysis, await payloads.PutAsync(BlobScope.Shared(uid), document.ToBytes(), cancellation)));
        }

        Happen(new StudyReleased(at.AddSeconds(4)));
        if (!await new SqliteEventStore(directory.Database).TryAppendAsync($"study/{id}", 0, [.. events.Select(e => (ReadOnlyMemory<byte>)StudyEventCodec.Encode(e))], cancellation))
            throw new InvalidOperationException($"There is a study {id} already.");
    }

    private static string WidePlan() => $$"""
        study: {{Wide}}
        title: A thousand features on fifty scanners
        purpose: Show how far scanners lie apart
        scanners: [{{string.Join(", ", Enumerable.Range(0, Scanners).Select(Scanner))}}]
        features: { names: [{{string.Join(", ", Enumerable.Range(0, Features).Select(Feature))}}] }
        analyses:
          - { id: harmonize, kind: combat }
          - { id: spread, kind: variability, of: [raw, harmonized] }
        privacy: { aggregation: plain }
        quorum: { sites: 3 }
        """;

    private static string LongPlan() => $$"""
        study: {{Long}}
        title: A model trained by five hundred rounds
        purpose: Learn a model by rounds
        scanners: [{{string.Join(", ", Enumerable.Range(0, Scanners).Select(Scanner))}}]
        features: { names: [SUVmax, MTV] }
        columns: [{ name: response, type: categorical, levels: [no, yes] }]
        analyses:
          - { id: fit, kind: train, outcome: response, predictors: [SUVmax, MTV] }
        privacy: { aggregation: plain }
        quorum: { sites: 3 }
        """;

    // The scanner that stands apart is the last; the numbers are a fixed, uneven pattern.
    private static double Location(int s, int f) => (s == Scanners - 1 ? 1.5 : 0.6) * Math.Sin((3.1 * s) + (0.37 * f)) + (s == Scanners - 1 ? 1.0 : 0);

    private static AnalysisResult Effects()
    {
        ImmutableArray<string> columns = ["scanner", .. Enumerable.Range(0, Features).Select(Feature)];
        ResultTable Table(string name, Func<int, int, double> value) => new(name, columns, [.. Enumerable.Range(0, Scanners).Select(s =>
            (IReadOnlyList<object?>)[Scanner(s), .. Enumerable.Range(0, Features).Select(f => (object?)value(s, f))])]);
        return new AnalysisResult(
            new JsonObject { ["n"] = 10_000, ["converged"] = true },
            [
                new ResultTable("features", ["feature", "grand_mean", "var_pooled"], [.. Enumerable.Range(0, Features).Select(f => (IReadOnlyList<object?>)[Feature(f), 1.0 + f, 0.5])]),
                Table("gamma_star", Location), Table("delta_star", (s, f) => Math.Exp(0.5 * Math.Cos((2.3 * s) + (0.11 * f)))),
            ]);
    }

    private static AnalysisResult Spread() => new(
        new JsonObject { ["headline"] = "Features that vary less than 10 % between scanners.", ["n"] = 10_000 },
        [
            new ResultTable("variability", ["feature", "stage", "scanners", "n", "missing", "mean", "cov_between", "cov_scanner_means", "verdict"],
                [.. Enumerable.Range(0, Features).SelectMany(f => (IReadOnlyList<object?>[])
                [
                    [Feature(f), "raw", Scanners, 10_000, f % 5, 1.0 + f, 0.2 + (0.15 * Math.Sin(f)), 0.25, "not usable"],
                    [Feature(f), "harmonized", Scanners, 10_000, f % 5, 1.0 + f, f % FeaturesApart == FeaturesApart - 1 ? 0.18 : 0.04, 0.05, "usable"],
                ])]),
        ]);

    private static AnalysisResult Course() => new(
        new JsonObject { ["strategy"] = "fedavg", ["training_rounds"] = Rounds - 2, ["n"] = 10_000 },
        [new ResultTable("rounds", ["round", "training_loss", "validation_loss", "trained"], [.. Enumerable.Range(1, Rounds - 2).Select(r => (IReadOnlyList<object?>)[(long)r, 0.3 + (0.4 / r), 0.35 + (0.4 / r), 9_000L])])]);
}
