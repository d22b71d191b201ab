using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Tables;
using Federated.Privacy.Disclosure;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;
using Microsoft.Data.Sqlite;

namespace Federated.SiteAgent.Host.Storage;

/// <summary>The agent's memory in site.db.</summary>
/// <param name="database">Where it lies.</param>
/// <param name="seal">Encrypts payloads at rest; asked for when one is written or opened.</param>
public sealed class SqliteSiteStore(SiteDatabase database, Func<StateSeal> seal) : ISiteStore
{
    private const string EntryColumns =
        "study, round, attempt, plan, analysis, step, kind, written, checks, payload_digest, payload_bytes, seal, decline_code, decline_where, decline_counts, "
        + "state, settled, refusal, receipt_accepted, receipt_signature";

    /// <inheritdoc/>
    public ISiteLedger Ledger { get; } = new SqliteSiteLedger(database);

    /// <inheritdoc/>
    public void Together(Action work) => database.Together(work);

    /// <inheritdoc/>
    public void RecordStudies(IReadOnlyList<StudyNotice> studies, DateTimeOffset seen) => database.Write((connection, transaction) =>
    {
        connection.Execute("DELETE FROM study", transaction: transaction);
        foreach (StudyNotice s in studies)
        {
            connection.Execute(
                "INSERT INTO study VALUES (@uid, @id, @title, @plan, @state, @approval, @approved, @required)",
                new
                {
                    uid = s.Uid.Hex,
                    id = s.Id,
                    title = s.Title,
                    plan = s.Plan.Hex,
                    state = (int)s.State,
                    approval = (int)s.Approval,
                    approved = s.SitesApproved,
                    required = s.SitesRequired,
                },
                transaction);
        }

        return connection.Execute(
            "INSERT INTO seen VALUES (1, @at) ON CONFLICT (only) DO UPDATE SET at = @at", new { at = seen.ToUnixTimeMilliseconds() }, transaction);
    });

    /// <inheritdoc/>
    public (ImmutableArray<StudyNotice> Studies, DateTimeOffset? Seen) Studies() => database.Do(connection =>
    {
        long? at = connection.ExecuteScalar<long?>("SELECT at FROM seen");
        IEnumerable<StudyNotice> studies = connection
            .Query<(string Uid, string Id, string Title, string Plan, long State, long Approval, long Approved, long Required)>(
                "SELECT uid, id, title, plan, state, approval, sites_approved, sites_required FROM study ORDER BY id, uid")
            .Select(s => new StudyNotice(
                new StudyUid(s.Uid), s.Id, s.Title, new Digest(s.Plan), (StudyState)s.State, (SiteApproval)s.Approval, (int)s.Approved, (int)s.Required));
        return (studies.ToImmutableArray(), at is { } milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : (DateTimeOffset?)null);
    });

    /// <inheritdoc/>
    public void AddPlan(Digest plan, ReadOnlyMemory<byte> bytes) => database.Write((connection, transaction) => connection.Execute(
        "INSERT INTO plan VALUES (@plan, @bytes) ON CONFLICT (digest) DO NOTHING", new { plan = plan.Hex, bytes = bytes.ToArray() }, transaction));

    /// <inheritdoc/>
    public byte[]? FindPlan(Digest plan) =>
        database.Do(connection => connection.ExecuteScalar<byte[]?>("SELECT bytes FROM plan WHERE digest = @plan", new { plan = plan.Hex }));

    /// <inheritdoc/>
    public void AddRoster(PinnedRoster roster) => database.Write((connection, transaction) =>
    {
        MaskingTables.Add(connection, transaction, roster);
        return 0;
    });

    /// <inheritdoc/>
    public PinnedRoster? FindRoster(Digest roster) => database.Do(connection => MaskingTables.FindRoster(connection, roster));

    /// <inheritdoc/>
    public void RecordMasking(MaskingStep step) => database.Write((connection, transaction) =>
    {
        MaskingTables.Record(connection, transaction, step);
        return 0;
    });

    /// <inheritdoc/>
    public MaskingRecord? FindMasking(TaskKey task) => database.Do(connection => MaskingTables.Maskings(connection, task.Study, task).SingleOrDefault());

    /// <inheritdoc/>
    public ImmutableArray<MaskingRecord> Maskings(StudyUid study) => database.Do(connection => MaskingTables.Maskings(connection, study, null));

    /// <inheritdoc/>
    public ImmutableArray<MessageRecord> Messages() => database.Do(MaskingTables.Messages);

    /// <inheritdoc/>
    public void RecordDecision(OfficerDecision decision) => database.Write((connection, transaction) => connection.Execute(
        "INSERT OR REPLACE INTO decision (study, plan, manifest, verdict, signature, at, paused, roster, officer) VALUES (@study, @plan, @manifest, @verdict, @signature, @at, @paused, @roster, @officer)",
        new
        {
            study = decision.Study.Hex,
            plan = decision.Plan.Hex,
            manifest = decision.Manifest.Hex,
            verdict = (int)decision.Verdict,
            signature = decision.Signature,
            at = decision.At.ToUnixTimeMilliseconds(),
            paused = decision.Paused ? 1 : 0,
            roster = decision.Roster?.Hex,
            officer = decision.Officer,
        },
        transaction));

    /// <inheritdoc/>
    public OfficerDecision? FindDecision(StudyUid study, Digest plan) => database.Do(connection =>
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT manifest, verdict, signature, at, paused, roster, officer FROM decision WHERE study = $study AND plan = $plan";
        command.Parameters.AddWithValue("$study", study.Hex);
        command.Parameters.AddWithValue("$plan", plan.Hex);
        using SqliteDataReader reader = command.ExecuteReader();
        return reader.Read()
            ? new OfficerDecision(
                study, plan, new Digest(reader.GetString(0)), (OfficerVerdict)reader.GetInt32(1), reader.GetFieldValue<byte[]>(2),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)), reader.GetInt32(4) == 1)
            {
                Roster = reader.IsDBNull(5) ? null : new Digest(reader.GetString(5)),
                Officer = reader.IsDBNull(6) ? null : reader.GetString(6),
            }
            : null;
    });

    /// <inheritdoc/>
    public void AddToOutbox(OutboxEntry entry, HarmonizedTable? harmonized, MaskingStep? masking = null) => database.Write((connection, transaction) =>
    {
        if (connection.ExecuteScalar<long>(
            "SELECT count(*) FROM outbox WHERE study = @study AND round = @round AND attempt = @attempt", Key(entry.Task), transaction) > 0)
            throw new InvalidOperationException($"Round {entry.Task.Round}, attempt {entry.Task.Attempt} is already answered.");
        if (masking is not null) MaskingTables.Record(connection, transaction, masking);
        long position = connection.ExecuteScalar<long>(
            "INSERT INTO outbox (study, round, attempt, plan, analysis, step, kind, written, checks, payload_digest, payload_bytes, seal, decline_code, decline_where, decline_counts, state) "
            + "VALUES (@study, @round, @attempt, @plan, @analysis, @step, @kind, @written, @checks, @digest, @bytes, @seal, @code, @where, @counts, 1) RETURNING position",
            new
            {
                study = entry.Task.Study.Hex,
                round = entry.Task.Round,
                attempt = entry.Task.Attempt,
                plan = entry.Plan.Hex,
                analysis = entry.Analysis,
                step = entry.Step,
                kind = (int)entry.Kind,
                written = entry.Written.ToUnixTimeMilliseconds(),
                checks = JsonSerializer.Serialize(entry.Checks),
                digest = entry.Payload?.Digest.Hex,
                bytes = entry.Payload?.Bytes.Length ?? 0,
                seal = entry.Payload?.Seal,
                code = (int?)entry.Decline?.Code,
                where = entry.Decline is null ? null : JsonSerializer.Serialize(entry.Decline.Where),
                counts = entry.Decline is null ? null : JsonSerializer.Serialize(entry.Decline.Counts),
            },
            transaction);
        if (entry.Payload is { } payload)
            connection.Execute("INSERT INTO outbox_payload VALUES (@position, @bytes, 1)", new { position, bytes = seal().Seal(StateSeal.Payload, entry.Task, payload.Bytes.Span) }, transaction);
        if (entry.Layout is { } layout)
        {
            connection.Execute(
                "INSERT INTO outbox_layout VALUES (@position, @blocks, @packed)",
                new { position, blocks = JsonSerializer.Serialize(layout.Blocks), packed = JsonSerializer.Serialize(layout.Packed) }, transaction);
        }

        if (entry.Clear is { } clear)
            connection.Execute("INSERT INTO outbox_clear VALUES (@position, @bytes)", new { position, bytes = clear.ToArray() }, transaction);
        if (harmonized is not null)
        {
            connection.Execute(
                "INSERT OR REPLACE INTO harmonized VALUES (@study, @plan, @analysis, @ids, @features, @scanners)",
                new
                {
                    study = entry.Task.Study.Hex,
                    plan = entry.Plan.Hex,
                    analysis = entry.Analysis,
                    ids = JsonSerializer.Serialize(harmonized.RowIds),
                    features = Doubles.ToBlob(harmonized.Features),
                    scanners = Doubles.ToBlob(harmonized.Scanners),
                },
                transaction);
        }

        return position;
    });

    /// <inheritdoc/>
    public OutboxEntry? FindOutbox(TaskKey task) => database.Do(connection =>
    {
        const string Sql = $"SELECT {EntryColumns}, bytes, sealed, encrypted, blocks, packed FROM outbox LEFT JOIN outbox_payload USING (position) LEFT JOIN outbox_clear USING (position) LEFT JOIN outbox_layout USING (position) WHERE study = @study AND round = @round AND attempt = @attempt";
        using var reader = connection.ExecuteReader(Sql, Key(task));
        if (!reader.Read()) return null;
        byte[] bytes = reader.IsDBNull(20) ? [] : (byte[])reader.GetValue(20);
        if (!reader.IsDBNull(22) && reader.GetInt64(22) == 1) bytes = seal().Open(StateSeal.Payload, task, bytes);
        return Entry(reader, bytes) with
        {
            Clear = reader.IsDBNull(21) ? (ReadOnlyMemory<byte>?)null : (byte[])reader.GetValue(21),
            Layout = reader.IsDBNull(23)
                ? null
                : new OutboxLayout(JsonSerializer.Deserialize<ImmutableArray<SumBlock>>(reader.GetString(23)), JsonSerializer.Deserialize<ImmutableArray<string>>(reader.GetString(24))),
        };
    });

    /// <inheritdoc/>
    public ImmutableArray<OutboxSummary> Outbox() => database.Do(connection =>
    {
        var summaries = ImmutableArray.CreateBuilder<OutboxSummary>();
        using var reader = connection.ExecuteReader($"SELECT {EntryColumns} FROM outbox ORDER BY position");
        while (reader.Read()) summaries.Add(new OutboxSummary(Entry(reader, []), reader.GetInt64(10)));
        return summaries.ToImmutable();
    });

    /// <inheritdoc/>
    public ImmutableArray<TaskKey> PendingDeliveries() => database.Do(connection => connection
        .Query<(string Study, long Round, long Attempt)>("SELECT study, round, attempt FROM outbox WHERE state = 1 ORDER BY position")
        .Select(k => new TaskKey(new StudyUid(k.Study), (int)k.Round, (int)k.Attempt)).ToImmutableArray());

    /// <inheritdoc/>
    public void RecordReceipt(Receipt receipt, DateTimeOffset at) => database.Write((connection, transaction) =>
    {
        string? digest = connection.ExecuteScalar<string?>(
            "SELECT payload_digest FROM outbox WHERE study = @study AND round = @round AND attempt = @attempt", Key(receipt.Task), transaction);
        if (!string.Equals(digest, receipt.Payload.Hex, StringComparison.Ordinal))
            throw new InvalidOperationException("The receipt speaks of a payload that is not in the outbox.");
        return connection.Execute(
            "UPDATE outbox SET state = 2, settled = @at, refusal = NULL, receipt_accepted = @accepted, receipt_signature = @signature "
            + "WHERE study = @study AND round = @round AND attempt = @attempt AND state <> 2",
            new
            {
                study = receipt.Task.Study.Hex,
                round = receipt.Task.Round,
                attempt = receipt.Task.Attempt,
                at = at.ToUnixTimeMilliseconds(),
                accepted = receipt.Accepted.ToUnixTimeMilliseconds(),
                signature = receipt.Signature,
            },
            transaction);
    });

    /// <inheritdoc/>
    public void RecordAcknowledgement(TaskKey task, DateTimeOffset at) => Settle(task, DeliveryState.Delivered, null, at);

    /// <inheritdoc/>
    public void RecordRefusal(TaskKey task, int code, DateTimeOffset at) => Settle(task, DeliveryState.Refused, code, at);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, HarmonizedTable> Harmonized(StudyUid study, Digest plan) => database.Do(connection => connection
        .Query<(string Analysis, string Ids, byte[] Features, byte[] Scanners)>(
            "SELECT analysis, row_ids, features, scanners FROM harmonized WHERE study = @study AND plan = @plan", new { study = study.Hex, plan = plan.Hex })
        .ToDictionary(
            h => h.Analysis,
            h => new HarmonizedTable(JsonSerializer.Deserialize<ImmutableArray<string>>(h.Ids), Doubles.FromBlob(h.Features), Doubles.ScannersFromBlob(h.Scanners)),
            StringComparer.Ordinal));

    /// <inheritdoc/>
    public ImmutableArray<ReleasedCohort> Released(VariableSet variables) => database.Do(connection => connection
        .Query<byte[]>("SELECT records FROM released_cohort WHERE variables = @variables ORDER BY position", new { variables = variables.Digest })
        .Select(records => new ReleasedCohort(variables, KeyedCohort.FromBytes(records))).ToImmutableArray());

    /// <inheritdoc/>
    public void RecordRelease(ReleasedCohort cohort)
    {
        byte[] records = cohort.Records.ToBytes();
        string digest = Digest.Of(records).Hex;
        string variables = cohort.Variables.Digest;
        const string Known = "SELECT count(*) FROM released_cohort WHERE variables = @variables AND digest = @digest";
        if (database.Do(connection => connection.ExecuteScalar<long>(Known, new { variables, digest })) > 0) return; // every round of a study but the first
        database.Write((connection, transaction) => connection.Execute(
            "INSERT INTO released_cohort (variables, digest, records) VALUES (@variables, @digest, @records) ON CONFLICT (variables, digest) DO NOTHING", new { variables, digest, records }, transaction));
    }

    private static object Key(TaskKey task) => new { study = task.Study.Hex, round = task.Round, attempt = task.Attempt };

    private void Settle(TaskKey task, DeliveryState state, int? refusal, DateTimeOffset at) => database.Write((connection, transaction) => connection.Execute(
        "UPDATE outbox SET state = @state, settled = @at, refusal = @refusal WHERE study = @study AND round = @round AND attempt = @attempt AND state = 1",
        new { study = task.Study.Hex, round = task.Round, attempt = task.Attempt, state = (int)state, at = at.ToUnixTimeMilliseconds(), refusal },
        transaction));

    // The order of EntryColumns.
    private static OutboxEntry Entry(System.Data.IDataRecord row, byte[] bytes)
    {
        var task = new TaskKey(new StudyUid(row.GetString(0)), (int)row.GetInt64(1), (int)row.GetInt64(2));
        SealedPayload? payload = row.IsDBNull(9) ? null : new SealedPayload(new Digest(row.GetString(9)), bytes, (byte[])row.GetValue(11));
        Decline? decline = row.IsDBNull(12)
            ? null
            : new Decline(
                (DeclineCode)row.GetInt64(12), JsonSerializer.Deserialize<ImmutableArray<int>>(row.GetString(13)), JsonSerializer.Deserialize<ImmutableArray<long>>(row.GetString(14)));
        return new OutboxEntry(
            task, new Digest(row.GetString(3)), row.GetString(4), row.GetString(5), (ExchangeKind)row.GetInt64(6), Instant(row.GetInt64(7)),
            JsonSerializer.Deserialize<ImmutableArray<GateCheck>>(row.GetString(8)), payload, decline)
        {
            State = (DeliveryState)row.GetInt64(15),
            Settled = row.IsDBNull(16) ? null : Instant(row.GetInt64(16)),
            Refusal = row.IsDBNull(17) ? null : (int)row.GetInt64(17),
            Receipt = row.IsDBNull(18) || payload is null ? null : new Receipt(task, payload.Digest, Instant(row.GetInt64(18)), (byte[])row.GetValue(19)),
        };
    }

    private static DateTimeOffset Instant(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
