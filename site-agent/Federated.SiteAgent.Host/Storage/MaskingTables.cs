using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;
using Microsoft.Data.Sqlite;

namespace Federated.SiteAgent.Host.Storage;

/// <summary>Rosters, maskings and messages in site.db.</summary>
internal static class MaskingTables
{
    public static void Add(SqliteConnection connection, SqliteTransaction transaction, PinnedRoster roster) => connection.Execute(
        "INSERT INTO roster VALUES (@digest, @hospitals) ON CONFLICT (digest) DO NOTHING",
        new { digest = roster.Digest.Hex, hospitals = JsonSerializer.Serialize(roster.Hospitals.Select(h => new Hospital(h.Site, Convert.ToHexStringLower(h.IdentityKey.AsSpan()), h.Entity))) },
        transaction);

    public static PinnedRoster? FindRoster(SqliteConnection connection, Digest digest)
    {
        string? json = connection.ExecuteScalar<string?>("SELECT hospitals FROM roster WHERE digest = @digest", new { digest = digest.Hex });
        return json is null
            ? null
            : new PinnedRoster(JsonSerializer.Deserialize<ImmutableArray<Hospital>>(json).Select(h => new RosterHospital(h.Site, [.. Convert.FromHexString(h.IdentityKey)], h.Entity)));
    }

    public static void Record(SqliteConnection connection, SqliteTransaction transaction, MaskingStep step)
    {
        MaskingRecord record = step.Record;
        (string study, int round, int attempt) = (record.Task.Study.Hex, record.Task.Round, record.Task.Attempt);
        long? before = connection.ExecuteScalar<long?>("SELECT step FROM masking WHERE study = @study AND round = @round AND attempt = @attempt", new { study, round, attempt }, transaction);
        if (before > (long)record.Step) throw new InvalidOperationException($"Round {round} is at {(SiteStep)before}; {record.Step} is behind it.");
        connection.Execute(
            "INSERT INTO masking (study, round, attempt, question, step, sealed) VALUES (@study, @round, @attempt, @question, @step, @sealed) "
            + "ON CONFLICT (study, round, attempt) DO UPDATE SET step = excluded.step, sealed = excluded.sealed",
            new { study, round, attempt, question = record.Question.Hex, step = (int)record.Step, @sealed = record.Sealed.ToArray() },
            transaction);
        foreach (MessageRecord message in step.Messages)
        {
            connection.Execute(
                "INSERT INTO message (study, round, attempt, kind, content, bytes, at) VALUES (@study, @round, @attempt, @kind, @content, @bytes, @at)",
                new
                {
                    study = message.Task.Study.Hex,
                    round = message.Task.Round,
                    attempt = message.Task.Attempt,
                    kind = (int)message.Kind,
                    content = message.Content.Hex,
                    bytes = message.Bytes,
                    at = message.At.ToUnixTimeMilliseconds(),
                },
                transaction);
        }
    }

    public static ImmutableArray<MaskingRecord> Maskings(SqliteConnection connection, StudyUid study, TaskKey? only)
    {
        IEnumerable<(long Round, long Attempt, string Question, long Step, byte[] Sealed)> rows = connection.Query<(long, long, string, long, byte[])>(
            "SELECT round, attempt, question, step, sealed FROM masking WHERE study = @study AND (@round IS NULL OR (round = @round AND attempt = @attempt)) ORDER BY position",
            new { study = study.Hex, round = only?.Round, attempt = only?.Attempt });
        return [.. rows.Select(r => new MaskingRecord(new TaskKey(study, (int)r.Round, (int)r.Attempt), new Digest(r.Question), (SiteStep)r.Step, r.Sealed))];
    }

    public static ImmutableArray<MessageRecord> Messages(SqliteConnection connection)
    {
        IEnumerable<(string Study, long Round, long Attempt, long Kind, string Content, long Bytes, long At)> rows = connection.Query<(string, long, long, long, string, long, long)>(
            "SELECT study, round, attempt, kind, content, bytes, at FROM message ORDER BY position");
        return [.. rows.Select(r => new MessageRecord(
            new TaskKey(new StudyUid(r.Study), (int)r.Round, (int)r.Attempt), (MessageKind)r.Kind, new Digest(r.Content), r.Bytes, DateTimeOffset.FromUnixTimeMilliseconds(r.At)))];
    }

    private sealed record Hospital(string Site, string IdentityKey, string Entity);
}
