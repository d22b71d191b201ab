using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Federated.Analyses.Study;
using Federated.Coordinator.Identity;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Running;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Service;

/// <summary>
/// All studies of one coordinator: what operators ask here, what sites ask in <see cref="Sites"/>. Everything is persisted before it is answered; a process
/// that ends at any point and a new one over the same stores carry on as if nothing had happened.
/// </summary>
public sealed class StudyService : IDisposable
{
    private const string StreamPrefix = "study/";
    private readonly StudyServiceOptions _options;
    private readonly PayloadStore _payloads;
    private readonly ConcurrentDictionary<string, StudySession> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _heard = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _unreadable = new(StringComparer.Ordinal); // what was reported once
    private readonly DateTimeOffset _began;

    /// <summary>A service over these stores.</summary>
    public StudyService(StudyServiceOptions options)
    {
        _options = options;
        _payloads = new PayloadStore(options.Blobs);
        _began = options.Time.GetUtcNow();
        Sites = new SiteService(this, options, _payloads);
        Masking = new MaskingService(this, options);
    }

    /// <summary>What sites ask.</summary>
    public SiteService Sites { get; }

    /// <summary>What sites say and ask to mask their sums.</summary>
    public MaskingService Masking { get; }

    /// <summary>Raised whenever a study changed, in this process or, after <see cref="TickAsync"/> noticed, in another.</summary>
    public ChangeSignal Changes { get; } = new();

    /// <summary>Makes a draft of a plan.</summary>
    /// <param name="uid">Sixteen random bytes.</param>
    /// <param name="planBytes">The plan's canonical bytes.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="OperatorErrorException">E1001: the id is taken. E1006: unknown kind of analysis.</exception>
    public async Task<Study> CreateAsync(StudyUid uid, ReadOnlyMemory<byte> planBytes, CancellationToken cancellation)
    {
        StudyPlan plan = _options.ReadPlan(planBytes);
        ImmutableArray<PlannedAnalysis> analyses = AnalysisDependencies.Order(plan);
        foreach (PlannedAnalysis analysis in analyses)
        {
            if (_options.Catalogue(analysis.Kind) is null)
                throw new OperatorErrorException("E1006", $"Analysis {analysis.Id} of study {plan.Id} is of kind {analysis.Kind}, which this release does not know: correct the kind or update the coordinator.");
        }

        PayloadManifest kept = await _payloads.PutAsync(BlobScope.Shared(uid), planBytes, cancellation);
        var created = new StudyCreated(_options.Time.GetUtcNow(), uid, plan.Id, plan.Title, kept, plan.Quorum.Sites, plan.Quorum.RoundDeadline, analyses)
        {
            Masked = plan.Privacy.Aggregation == Aggregation.Secure,
        };
        string stream = StreamPrefix + plan.Id;
        if (!await _options.Events.TryAppendAsync(stream, 0, [StudyEventCodec.Encode(created)], cancellation))
            throw new OperatorErrorException("E1001", $"There is a study {plan.Id} already: choose another id in the study file.");
        return await Session(stream).RefreshAsync(cancellation);
    }

    /// <summary>Shows a study to these sites.</summary>
    /// <param name="id">The study's id.</param>
    /// <param name="sites">Names; null or empty = every member of the consortium.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="OperatorErrorException">E1002, E1003, E1004: a name that is not a member's, E1005, E1007: too few for masked sums.</exception>
    public async Task<Study> OpenAsync(string id, IReadOnlyCollection<string>? sites, CancellationToken cancellation)
    {
        ImmutableSortedDictionary<string, SiteIdentity> members = (await _options.Sites.ListAsync(cancellation)).ToImmutableSortedDictionary(s => s.Name, s => s, StringComparer.Ordinal);
        IEnumerable<string> named = sites is { Count: > 0 } ? sites : members.Keys;
        string? stranger = named.FirstOrDefault(s => !members.ContainsKey(s));
        if (stranger is not null) throw new OperatorErrorException("E1004", $"{stranger} is not a member of the consortium: invite it first, or correct the name.");
        return await OperateAsync(id, (study, now) => OperatorDecisions.Open(study, [.. named.Select(s => members[s])], now), cancellation);
    }

    /// <summary>Starts an open study with the sites that have approved so far. Without this it starts when every site has spoken.</summary>
    public Task<Study> StartAsync(string id, CancellationToken cancellation) => OperateAsync(id, OperatorDecisions.Start, cancellation);

    /// <summary>Stops asking.</summary>
    public Task<Study> PauseAsync(string id, string reason, CancellationToken cancellation) =>
        OperateAsync(id, (study, now) => OperatorDecisions.Pause(study, reason, now), cancellation);

    /// <summary>Goes on.</summary>
    public Task<Study> ResumeAsync(string id, CancellationToken cancellation) => OperateAsync(id, OperatorDecisions.Resume, cancellation);

    /// <summary>Ends a study for good.</summary>
    public Task<Study> CloseAsync(string id, CancellationToken cancellation) => OperateAsync(id, OperatorDecisions.Close, cancellation);

    /// <summary>The study of that id as it is now.</summary>
    /// <exception cref="OperatorErrorException">E1002: there is none.</exception>
    public async Task<Study> FindAsync(string id, CancellationToken cancellation) => await (await SessionAsync(id, cancellation)).RefreshAsync(cancellation);

    /// <summary>Every study as it is now, in ordinal order of the ids.</summary>
    public async Task<ImmutableArray<Study>> ListAsync(CancellationToken cancellation) => [.. (await CurrentAsync(cancellation)).Select(s => s.Known!)];

    /// <summary>A study's plan, read, and its canonical bytes.</summary>
    public async Task<(StudyPlan Plan, byte[] Bytes)> PlanAsync(string id, CancellationToken cancellation)
    {
        StudySession session = await SessionAsync(id, cancellation);
        Study study = await session.RefreshAsync(cancellation);
        byte[] bytes = await _payloads.FindAsync(BlobScope.Shared(study.Uid), study.Created.Plan, cancellation) ?? throw Damaged(study, "plan");
        return (session.Plan, bytes);
    }

    /// <summary>How every analysis of the present attempt that has ended did end, in running order.</summary>
    public async Task<ImmutableArray<AnalysisFinding>> ResultsAsync(string id, CancellationToken cancellation)
    {
        Study study = await FindAsync(id, cancellation);
        var findings = ImmutableArray.CreateBuilder<AnalysisFinding>();
        foreach (PlannedAnalysis analysis in study.Created.Analyses)
        {
            if (!study.Outcomes.TryGetValue(analysis.Id, out AnalysisOutcome? outcome)) continue;
            ResultDocument? document = null;
            if (outcome.Result is { } kept)
                document = ResultDocument.FromBytes(await _payloads.FindAsync(BlobScope.Shared(study.Uid), kept, cancellation) ?? throw Damaged(study, $"result of {analysis.Id}"));
            findings.Add(new AnalysisFinding(analysis, document, outcome.Code, outcome.Reason));
        }

        return findings.ToImmutable();
    }

    /// <summary>What hospitals said of the rows that they used and left out, in the present attempt.</summary>
    /// <exception cref="OperatorErrorException">E1002: no such study.</exception>
    public async Task<ImmutableArray<ReportedRows>> RowsAsync(string id, CancellationToken cancellation) =>
        await ReportedRows.ReadAsync(await FindAsync(id, cancellation), _payloads, _options.Codec, cancellation);

    /// <summary>
    /// Everything that time or another process brings: reads what others wrote, closes overdue rounds, takes up interrupted moves. Call it at the start and then
    /// every so often; it costs one query when nothing happened.
    /// </summary>
    public async Task TickAsync(CancellationToken cancellation)
    {
        ExceptionDispatchInfo? first = null;
        foreach (StudySession session in await CurrentAsync(cancellation))
        {
            Study study = session.Known!;
            DateTimeOffset now = _options.Time.GetUtcNow();
            if (!_options.Drives || (StudyMove.Next(study, now) == StudyMove.Wait && StudyMove.Overdue(study, Silent(study, now), now).IsEmpty)) continue;
            try
            {
                await session.DecideAsync(fresh => (StudyMove.Overdue(fresh, Silent(fresh, now), now), true), cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                first ??= ExceptionDispatchInfo.Capture(e); // the other studies have their turn first
            }
        }

        first?.Throw();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (StudySession session in _sessions.Values) session.Dispose();
    }

    /// <summary>The sessions of this process, as far as they were read.</summary>
    internal IEnumerable<StudySession> Sessions => _sessions.Select(s => s.Value);

    /// <summary>Every study's session, up to date.</summary>
    internal async Task<List<StudySession>> CurrentAsync(CancellationToken cancellation)
    {
        var sessions = new List<StudySession>();
        foreach (StreamHead head in await _options.Events.HeadsAsync(cancellation))
        {
            if (!head.Stream.StartsWith(StreamPrefix, StringComparison.Ordinal)) continue;
            StudySession session = Session(head.Stream);
            if ((session.Known is { } known && known.Sequence >= head.Sequence) || await TryRefreshAsync(session, head, cancellation)) sessions.Add(session);
        }

        return sessions;
    }

    /// <summary>The session of a study named on the wire, or null.</summary>
    internal async Task<StudySession?> FindSessionAsync(StudyUid uid, CancellationToken cancellation)
    {
        StudySession? known = _sessions.Values.FirstOrDefault(s => s.Known?.Uid == uid);
        return known ?? (await CurrentAsync(cancellation)).Find(s => s.Known!.Uid == uid);
    }

    /// <summary>When this process heard of a site last; null = not since it began.</summary>
    public DateTimeOffset? HeardOf(string site) => _heard.TryGetValue(site, out DateTimeOffset at) ? at : null;

    /// <summary>A site was heard of: its lease is renewed.</summary>
    internal void Hear(string site) => _heard[site] = _options.Time.GetUtcNow();

    // One study that cannot be read (a damaged plan, an event of a later release) must not keep the sites from all the others.
    private async Task<bool> TryRefreshAsync(StudySession session, StreamHead head, CancellationToken cancellation)
    {
        try
        {
            await session.RefreshAsync(cancellation);
            _unreadable.TryRemove(head.Stream, out _);
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or OperatorErrorException or PlanInvalidException)
        {
            if (_unreadable.TryAdd(head.Stream, head.Sequence)) _options.Defect($"{head.Stream} cannot be read and is left alone: {e.Message}", e);
            return false;
        }
    }

    private ImmutableHashSet<string> Silent(Study study, DateTimeOffset now)
    {
        if (study.Current is not { } round) return [];
        DateTimeOffset asked = round.Deadline - study.Created.RoundDeadline;
        return [.. round.Outstanding.Where(site => now - Latest(asked, _began, _heard.GetValueOrDefault(site)) >= _options.IdleLimit)];
    }

    private static DateTimeOffset Latest(params ReadOnlySpan<DateTimeOffset> times)
    {
        DateTimeOffset latest = DateTimeOffset.MinValue;
        foreach (DateTimeOffset time in times) latest = time > latest ? time : latest;
        return latest;
    }

    private async Task<Study> OperateAsync(string id, Func<Study, DateTimeOffset, ImmutableArray<StudyEvent>> decide, CancellationToken cancellation)
    {
        StudySession session = await SessionAsync(id, cancellation);
        await session.DecideAsync(study => (decide(study, _options.Time.GetUtcNow()), true), cancellation);
        return session.Known!;
    }

    private async Task<StudySession> SessionAsync(string id, CancellationToken cancellation)
    {
        string stream = StreamPrefix + id;
        if (_sessions.TryGetValue(stream, out StudySession? known)) return known;
        bool exists = (await _options.Events.HeadsAsync(cancellation)).Any(h => string.Equals(h.Stream, stream, StringComparison.Ordinal));
        return exists ? Session(stream) : throw new OperatorErrorException("E1002", $"There is no study {id}: `study list` shows those that there are.");
    }

    private StudySession Session(string stream) => _sessions.GetOrAdd(stream, s => new StudySession(s, _options, _payloads, Changes));

    private static OperatorErrorException Damaged(Study study, string what) =>
        new("E1009", $"The {what} of study {study.Created.Id} is missing from the data directory or damaged: restore its blobs from a backup.");
}

/// <summary>How one analysis ended: a document, or a refusal with its code and reason.</summary>
public sealed record AnalysisFinding(PlannedAnalysis Analysis, ResultDocument? Document, string Code, string Reason);
