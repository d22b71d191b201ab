using System.Diagnostics;
using System.Diagnostics.Metrics;
using Federated.Coordinator.Studies;
using Federated.Telemetry;

namespace Federated.Coordinator.Server.Telemetry;

/// <summary>
/// What the coordinator counts. Every label is a member of a closed list: kinds and steps of the vocabulary of analyses, calls of the wire, outcomes, codes. No study, hospital, address.
/// </summary>
public sealed class CoordinatorInstruments : IDisposable
{
    /// <summary>Name of the meter and of the source of spans.</summary>
    public const string Name = "Federated.Coordinator";

    private static readonly double[] Seconds = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3600, 14400, 86400];

    private readonly ActivitySource _spans = new(Name);
    private readonly StepLabel _steps = new();
    private readonly Counter<long> _rounds;
    private readonly Counter<long> _exclusions;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _calls;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _bytes;
    private readonly Histogram<double> _roundDuration;
    private readonly Histogram<double> _callDuration;

    /// <summary>Instruments of one host.</summary>
    public CoordinatorInstruments(IMeterFactory factory)
    {
        Meter = factory.Create(Name);
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds };
        _rounds = Meter.CreateCounter<long>("federated.rounds", "{round}", "Rounds that ended, by kind of analysis, step and outcome.");
        _roundDuration = Meter.CreateHistogram("federated.round.duration", "s", "From the question to its outcome, by kind of analysis and step.", null, advice);
        _exclusions = Meter.CreateCounter<long>("federated.exclusions", "{hospital}", "Hospitals left out, by reason.");
        _retries = Meter.CreateCounter<long>("federated.retries", "{retry}", "What had to be asked again, by cause.");
        _calls = Meter.CreateCounter<long>("federated.calls", "{call}", "Calls of hospitals, by method and outcome.");
        _callDuration = Meter.CreateHistogram("federated.call.duration", "s", "Time of a call, by method.", null, advice);
        _refusals = Meter.CreateCounter<long>("federated.refusals", "{call}", "Refused calls, by the code that the hospital was told.");
        _bytes = Meter.CreateCounter<long>("federated.bytes", "By", "Bytes of messages, by direction as the coordinator sees it, and by method.");
    }

    /// <summary>The meter.</summary>
    public Meter Meter { get; }

    /// <summary>The spans.</summary>
    public ActivitySource Spans => _spans;

    /// <summary>Counts what was written to a study.</summary>
    public void Observe(Study before, Study after, IEnumerable<StudyEvent> events)
    {
        foreach (StudyEvent happened in events)
        {
            switch (happened)
            {
                case RoundAggregated e:
                    End(after, after.FindRound(e.Round, e.Attempt), "aggregated", e.At);
                    break;
                case RoundAbandoned e:
                    End(after, after.FindRound(e.Round, e.Attempt), "abandoned", e.At);
                    Retry("round-abandoned");
                    break;
                case StudyRestarted e:
                    if (before.Current is { } open) End(after, after.FindRound(open.Number, open.Attempt), "abandoned", e.At);
                    Retry("study-restarted");
                    break;
                case ContributionLost:
                    Retry("contribution-lost");
                    break;
                case SiteExcluded e:
                    Exclude(before.FindRound(e.Round, e.Attempt) is { } round && e.At < round.Deadline ? "silent" : "deadline");
                    break;
                case SiteDeclined e:
                    Exclude(Words.Of(e.Decline.Code));
                    break;
                case SiteWithdrew:
                    Exclude("withdrew");
                    break;
            }
        }
    }

    /// <summary>Counts a call that ended.</summary>
    /// <param name="method">Of <see cref="Words.Method"/>.</param>
    /// <param name="outcome">Of <see cref="Words"/>.</param>
    /// <param name="elapsed">How long it took; null for a stream, which lasts as long as the hospital listens.</param>
    /// <param name="received">Bytes of the request.</param>
    /// <param name="sent">Bytes of the reply.</param>
    public void Call(string method, string outcome, TimeSpan? elapsed, long received, long sent)
    {
        _calls.Add(1, new("method", method), new KeyValuePair<string, object?>("outcome", outcome));
        if (elapsed is { } time) _callDuration.Record(time.TotalSeconds, new KeyValuePair<string, object?>("method", method));
        Bytes("in", method, received);
        Bytes("out", method, sent);
    }

    /// <summary>Counts a refusal.</summary>
    public void Refusal(RefusalCode code) => _refusals.Add(1, new KeyValuePair<string, object?>("code", Words.Of(code)));

    /// <inheritdoc/>
    public void Dispose() => _spans.Dispose(); // the meter is the factory's

    private void Bytes(string direction, string method, long bytes)
    {
        if (bytes > 0) _bytes.Add(bytes, new("direction", direction), new KeyValuePair<string, object?>("method", method));
    }

    private void Exclude(string reason) => _exclusions.Add(1, new KeyValuePair<string, object?>("reason", reason));

    private void Retry(string cause) => _retries.Add(1, new KeyValuePair<string, object?>("cause", cause));

    private void End(Study study, Round? round, string outcome, DateTimeOffset at)
    {
        if (round is null) return;
        string kind = Words.Kind(study.Created.Analyses.FirstOrDefault(a => string.Equals(a.Id, round.Request.Analysis, StringComparison.Ordinal))?.Kind);
        string step = _steps.Of(round.Request.Step);
        _rounds.Add(1, new("analysis", kind), new("step", step), new KeyValuePair<string, object?>("outcome", outcome));
        if (outcome == "aggregated") _roundDuration.Record((at - round.Request.At).TotalSeconds, new("analysis", kind), new KeyValuePair<string, object?>("step", step));
        using Activity? span = _spans.StartActivity(
            "round", ActivityKind.Internal, RoundTrace.Of(study.Uid.ToBytes(), round.Number, round.Attempt),
            [new("analysis", kind), new("step", step), new("outcome", outcome), new("hospitals", round.Answers.Count)], startTime: round.Request.At);
        span?.SetEndTime(at.UtcDateTime);
    }
}
