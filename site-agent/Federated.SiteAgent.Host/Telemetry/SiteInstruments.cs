using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;
using Federated.Telemetry;

namespace Federated.SiteAgent.Host.Telemetry;

/// <summary>
/// What the agent counts, for the collector that the hospital names. Every label is a member of a closed list: steps of the vocabulary of analyses, rules of the gate, codes, outcomes. Never
/// a patient, a UID, a file, a scanner, an archive's name.
/// </summary>
public sealed class SiteInstruments : ISiteObserver, IDisposable
{
    /// <summary>Name of the meter and of the source of spans.</summary>
    public const string Name = "Federated.SiteAgent";

    private static readonly double[] Seconds = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3600];

    private readonly TimeProvider _time;
    private readonly ActivitySource _spans = new(Name);
    private readonly StepLabel _steps = new();
    private readonly ConcurrentDictionary<TaskKey, (SiteTask Task, DateTimeOffset Began)> _running = new();
    private readonly Counter<long> _messages;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _faults;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _scans;
    private readonly Counter<long> _archive;
    private readonly Histogram<double> _duration;

    // Written by the agent whenever it renews, read by whoever collects; ticks, for a torn read is none.
    private long _certificateUntil;

    /// <summary>Instruments of one process.</summary>
    public SiteInstruments(IMeterFactory factory, TimeProvider time)
    {
        _time = time;
        Meter = factory.Create(Name);
        _messages = Meter.CreateCounter<long>("federated.site.messages", "{message}", "Messages that left, or were to leave, by kind and outcome.");
        _bytes = Meter.CreateCounter<long>("federated.site.bytes.left", "By", "Bytes of delivered answers.");
        _refusals = Meter.CreateCounter<long>("federated.site.refusals", "{answer}", "Questions that were declined, by the rule of the gate that decided, and the code that was sent.");
        _duration = Meter.CreateHistogram("federated.site.task.duration", "s", "Time from a question to its answer in the outbox, by step.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
        _faults = Meter.CreateCounter<long>("federated.site.faults", "{fault}", "What went wrong, by kind.");
        _retries = Meter.CreateCounter<long>("federated.site.retries", "{retry}", "Calls made once more, by whom they went to.");
        _scans = Meter.CreateCounter<long>("federated.site.scans", "{scan}", "Scans that extraction ended with, by outcome.");
        _archive = Meter.CreateCounter<long>("federated.site.archive.calls", "{call}", "Calls to archives, by outcome.");
        Meter.CreateObservableGauge("federated.site.certificate.remaining", Certificate, "d", "Days that this site's certificate is still good for.");
    }

    /// <summary>The meter.</summary>
    public Meter Meter { get; }

    /// <inheritdoc/>
    public void Observe(SiteEvent happened)
    {
        switch (happened)
        {
            case SiteEvent.TaskStarted e:
                _running[e.Task.Key] = (e.Task, _time.GetUtcNow());
                break;
            case SiteEvent.AnswerWritten e:
                End(e.Task, "answered");
                break;
            case SiteEvent.TaskDeclined e:
                _refusals.Add(1, new("rule", e.Decisive is { } check && Enum.IsDefined(check.Rule) ? Dashed(check.Rule) : "none"), new KeyValuePair<string, object?>("code", Known(e.Code)));
                End(e.Task, "declined");
                break;
            case SiteEvent.AnswerDelivered e:
                Message("answer", "delivered");
                _bytes.Add(e.Bytes);
                Span("delivery", e.Task, _time.GetUtcNow(), null, "delivered");
                break;
            case SiteEvent.AnswerRefused:
                Message("answer", "refused");
                break;
            case SiteEvent.AnswerWithheld:
                Message("answer", "withheld");
                break;
            case SiteEvent.DecisionSent:
                Message("decision", "delivered");
                break;
            case SiteEvent.DecisionRefused:
                Message("decision", "refused");
                break;
            case SiteEvent.MaskingStepTaken e:
                Message("masking", "delivered");
                Span($"masking {Known(e.Step)}", e.Task, _time.GetUtcNow(), null, "delivered");
                break;
            case SiteEvent.MaskingRefused:
                Fault("masking-refused");
                break;
            case SiteEvent.PlanUnreadable:
                Fault("plan-unreadable");
                break;
            case SiteEvent.TableUnusable:
                Fault("table-unusable");
                break;
            case SiteEvent.ReceiptInvalid:
                Fault("receipt-invalid");
                break;
            case SiteEvent.CoordinatorLedgerFault:
                Fault("coordinator-ledger");
                break;
            case SiteEvent.Unreachable:
                Fault("unreachable");
                break;
            case SiteEvent.Refused:
                Fault("refused");
                break;
            case SiteEvent.TaskFailed or SiteEvent.RunFailed:
                Fault("defect");
                break;
        }
    }

    /// <summary>Counts a call made once more.</summary>
    public void Retried(RetriedCall to) => _retries.Add(1, new KeyValuePair<string, object?>("to", Known(to)));

    /// <summary>Counts a call to an archive.</summary>
    public void ArchiveCalled(bool answered) => _archive.Add(1, new KeyValuePair<string, object?>("outcome", answered ? "answered" : "failed"));

    /// <summary>Counts a scan that extraction is done with.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="kept">It was measured before, from the same inputs.</param>
    public void Scanned(MeasuredOutcome outcome, bool kept) => _scans.Add(1, new KeyValuePair<string, object?>("outcome", kept ? "unchanged" : Known(outcome)));

    /// <summary>The certificate in use is good until then.</summary>
    public void CertificateUntil(DateTimeOffset until) => Interlocked.Exchange(ref _certificateUntil, until.UtcTicks);

    /// <inheritdoc/>
    public void Dispose() => _spans.Dispose(); // the meter is the factory's

    private IEnumerable<Measurement<double>> Certificate()
    {
        long ticks = Interlocked.Read(ref _certificateUntil);
        return ticks == 0 ? [] : [new Measurement<double>((new DateTimeOffset(ticks, TimeSpan.Zero) - _time.GetUtcNow()).TotalDays)];
    }

    private void Message(string kind, string outcome) => _messages.Add(1, new("kind", kind), new KeyValuePair<string, object?>("outcome", outcome));

    private void Fault(string kind) => _faults.Add(1, new KeyValuePair<string, object?>("kind", kind));

    private void End(SiteTask task, string outcome)
    {
        if (!_running.TryRemove(task.Key, out (SiteTask Task, DateTimeOffset Began) started)) return;
        DateTimeOffset now = _time.GetUtcNow();
        string step = _steps.Of(task.Step);
        _duration.Record((now - started.Began).TotalSeconds, new KeyValuePair<string, object?>("step", step));
        Span("task", task.Key, started.Began, step, outcome, now);
    }

    private void Span(string name, TaskKey task, DateTimeOffset began, string? step, string outcome, DateTimeOffset? ended = null)
    {
        if (!_spans.HasListeners()) return;
        List<KeyValuePair<string, object?>> tags = [new("outcome", outcome)];
        if (step is not null) tags.Add(new("step", step));
        using Activity? span = _spans.StartActivity(name, ActivityKind.Internal, RoundTrace.Of(task.Study.ToBytes(), task.Round, task.Attempt), tags, startTime: began);
        span?.SetEndTime((ended ?? began).UtcDateTime);
    }

    private static string Known<T>(T value)
        where T : struct, Enum => Enum.IsDefined(value) ? Dashed(value) : StepLabel.Other;

    private static string Dashed<T>(T value)
        where T : struct, Enum => string.Concat(value.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}

/// <summary>Whom a call went to that was made once more.</summary>
public enum RetriedCall
{
    /// <summary>The coordinator.</summary>
    Coordinator,

    /// <summary>An archive of the hospital.</summary>
    Archive,
}

/// <summary>Tells two observers.</summary>
public sealed class BothObservers(ISiteObserver first, ISiteObserver second) : ISiteObserver
{
    /// <inheritdoc/>
    public void Observe(SiteEvent happened)
    {
        first.Observe(happened);
        second.Observe(happened);
    }
}
