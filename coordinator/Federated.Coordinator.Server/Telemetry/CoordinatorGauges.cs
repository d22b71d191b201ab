using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Federated.Coordinator.Ledgers;
using Federated.Coordinator.Server.Identity;
using Federated.Coordinator.Service;
using Federated.Coordinator.Storage.Sqlite;
using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Server.Telemetry;

/// <summary>What is looked at every so often rather than counted: whom rounds wait for, and since when; how long certificates last; how far the ledger is.</summary>
public sealed partial class CoordinatorGauges : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly StudyService _studies;
    private readonly Roster _roster;
    private readonly LedgerService _ledger;
    private readonly CertificateAuthority _authority;
    private readonly TimeProvider _time;
    private readonly ILogger<CoordinatorGauges> _log;

    // Written by the loop, read by whoever collects; hence immutable.
    private volatile Seen _seen = new(ImmutableSortedDictionary<string, long>.Empty, 0, 0, 0, null, 0);

    /// <summary>Registers the gauges; the numbers come with the first look.</summary>
    public CoordinatorGauges(
        CoordinatorInstruments instruments, StudyService studies, Roster roster, LedgerService ledger, CertificateAuthority authority, TimeProvider time, ILogger<CoordinatorGauges> log)
    {
        (_studies, _roster, _ledger, _authority, _time, _log) = (studies, roster, ledger, authority, time, log);
        Meter meter = instruments.Meter;
        meter.CreateObservableGauge("federated.studies", () => _seen.Studies.Select(s => new Measurement<long>(s.Value, new KeyValuePair<string, object?>("state", s.Key))), "{study}", "Studies, by state.");
        meter.CreateObservableGauge("federated.hospitals", () => _seen.Members, "{hospital}", "Members of the consortium.");
        meter.CreateObservableGauge("federated.hospitals.waited_for", () => _seen.WaitedFor, "{hospital}", "Hospitals whose answer to an open round is outstanding.");
        meter.CreateObservableGauge("federated.lease.age", () => _seen.LeaseAge, "s", "How long the most silent of the hospitals that are waited for was not heard of.");
        meter.CreateObservableGauge("federated.certificate.remaining", Certificates, "d", "Days that certificates are still good for: the authority's, and the least of the members'.");
        meter.CreateObservableGauge("federated.ledger.entries", () => _seen.Entries, "{entry}", "Entries of the ledger.");
    }

    /// <summary>Looks once.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = _time.GetUtcNow();
        ImmutableArray<Study> studies = await _studies.ListAsync(cancellation);
        (string Site, DateTimeOffset Asked)[] waited =
        [
            .. studies.Where(s => s.State == StudyState.Running && s.Current is not null).SelectMany(s => s.Current!.Outstanding.Select(site => (site, s.Current.Deadline - s.Created.RoundDeadline))),
        ];
        double age = waited.Select(w => (now - Later(w.Asked, _studies.HeardOf(w.Site))).TotalSeconds).DefaultIfEmpty(0).Max();
        Member[] members = [.. _roster.Members().Where(m => m.Revoked is null)];
        _seen = new Seen(
            Enum.GetValues<StudyState>().ToImmutableSortedDictionary(Words.Of, state => (long)studies.Count(s => s.State == state), StringComparer.Ordinal),
            members.Length, waited.Select(w => w.Site).Distinct(StringComparer.Ordinal).Count(), Math.Max(0, age),
            members.Select(m => m.CertificateExpires).OfType<DateTimeOffset>().Select(e => (double?)(e - now).TotalDays).Min(), _ledger.Size);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, _time);
        do
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(_log, e); // figures for watching must never end the server
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
        while (await NextAsync(timer, stoppingToken));
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private IEnumerable<Measurement<double>> Certificates()
    {
        yield return new Measurement<double>((new DateTimeOffset(_authority.Certificate.NotAfter.ToUniversalTime()) - _time.GetUtcNow()).TotalDays, new KeyValuePair<string, object?>("of", "authority"));
        if (_seen.LeastDays is { } days) yield return new Measurement<double>(days, new KeyValuePair<string, object?>("of", "hospitals"));
    }

    private static DateTimeOffset Later(DateTimeOffset asked, DateTimeOffset? heard) => heard > asked ? heard.Value : asked;

    [LoggerMessage(31, LogLevel.Warning, "Looking at what telemetry shows failed; trying again")]
    private static partial void Failed(ILogger log, Exception e);

    private sealed record Seen(ImmutableSortedDictionary<string, long> Studies, long Members, long WaitedFor, double LeaseAge, double? LeastDays, long Entries);
}
