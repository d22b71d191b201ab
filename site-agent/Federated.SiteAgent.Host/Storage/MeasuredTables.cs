using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Microsoft.Data.Sqlite;

namespace Federated.SiteAgent.Host.Storage;

/// <summary>What became of a scan. The numbers are those of <see cref="ExclusionReason"/>.</summary>
public enum MeasuredOutcome
{
    /// <summary>It has values.</summary>
    Measured = 0,

    /// <summary>Left out: acquired otherwise than the protocol asks.</summary>
    Excluded = ExclusionReason.ProtocolNotFollowed,

    /// <summary>It could not be measured.</summary>
    Refused = ExclusionReason.NotMeasured,
}

/// <summary>One scan under one protocol.</summary>
/// <param name="RowId">Row id, as in the cohort table.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">Names of the checks that left it out, apart by commas; or that flag it although it was measured; or why it could not be measured; empty when nothing is wrong.</param>
/// <param name="Inputs">Digest of what it was measured from.</param>
/// <param name="Values">In the order of the protocol's features; null unless it was measured.</param>
/// <param name="Provenance">JSON.</param>
public sealed record MeasuredRow(string RowId, MeasuredOutcome Outcome, string Reason, string Inputs, double[]? Values, string Provenance);

/// <summary>A protocol under which scans were measured here.</summary>
/// <param name="Digest">SHA-256 of its section.</param>
/// <param name="Features">Names in the order of values.</param>
/// <param name="Rows">Scans, by outcome.</param>
public sealed record MeasuredUnder(string Digest, ImmutableArray<string> Features, ImmutableSortedDictionary<MeasuredOutcome, long> Rows);

/// <summary>The features measured at this site, in site.db, each row under the protocol that defines its values. A row counts once it is here.</summary>
public sealed class MeasuredTables(SiteDatabase database)
{
    private const string Columns = "row_id, outcome, reason, inputs, cells, provenance";

    /// <summary>Makes a protocol known; nothing happens when it is.</summary>
    public void AddProtocol(string digest, ReadOnlyMemory<byte> section, ImmutableArray<string> features) => database.Write((connection, transaction) => connection.Execute(
        "INSERT INTO measurement_protocol VALUES (@digest, @section, @features) ON CONFLICT (digest) DO NOTHING",
        new { digest, section = section.ToArray(), features = JsonSerializer.Serialize(features) }, transaction));

    /// <summary>Keeps a scan's row in place of any before it. The version of the data changes only when a value or an outcome does.</summary>
    public void Put(string protocol, MeasuredRow row) => database.Write((connection, transaction) =>
    {
        MeasuredRow? before = Find(connection, transaction, protocol, row.RowId);
        connection.Execute(
            "INSERT OR REPLACE INTO measured_row VALUES (@protocol, @id, @outcome, @reason, @inputs, @cells, @provenance)",
            new { protocol, id = row.RowId, outcome = (int)row.Outcome, reason = row.Reason, inputs = row.Inputs, cells = row.Values is null ? null : Doubles.ToBlob(row.Values), provenance = row.Provenance },
            transaction);
        bool same = before is not null && before.Outcome == row.Outcome
            && (before.Values is null ? row.Values is null : row.Values is not null && Doubles.ToBlob(before.Values).AsSpan().SequenceEqual(Doubles.ToBlob(row.Values)));
        return same ? 0 : connection.Execute("UPDATE data_version SET version = version + 1", transaction: transaction);
    });

    /// <summary>Forgets the rows of a protocol that are not among these.</summary>
    /// <returns>How many were forgotten.</returns>
    public int Keep(string protocol, IReadOnlySet<string> rowIds) => database.Write((connection, transaction) =>
    {
        string[] gone = [.. connection.Query<string>("SELECT row_id FROM measured_row WHERE protocol = @protocol", new { protocol }, transaction).Where(id => !rowIds.Contains(id))];
        foreach (string id in gone) connection.Execute("DELETE FROM measured_row WHERE protocol = @protocol AND row_id = @id", new { protocol, id }, transaction);
        if (gone.Length > 0) connection.Execute("UPDATE data_version SET version = version + 1", transaction: transaction);
        return gone.Length;
    });

    /// <summary>The protocols under which scans were measured here, the one used last first.</summary>
    public ImmutableArray<MeasuredUnder> Protocols() => database.Do(connection => Protocols(connection, null));

    /// <summary>The row of a scan under a protocol; null when there is none.</summary>
    public MeasuredRow? Find(string protocol, string rowId) => database.Do(connection => Find(connection, null, protocol, rowId));

    /// <summary>All rows under a protocol, in code-point order of their ids.</summary>
    public ImmutableArray<MeasuredRow> Rows(string protocol) => database.Do(connection =>
        connection.Query<Stored>($"SELECT {Columns} FROM measured_row WHERE protocol = @protocol", new { protocol }).Select(Row).OrderBy(r => r.RowId, CodePointOrder.Instance).ToImmutableArray());

    /// <summary>The features that a plan with a measurement section may see: those measured under its very protocol.</summary>
    internal static FeatureTable Read(SqliteConnection connection, SqliteTransaction transaction, StudyPlan plan, MeasurementSection asked)
    {
        ImmutableArray<MeasuredUnder> here = Protocols(connection, transaction);
        if (here.FirstOrDefault(p => string.Equals(p.Digest, asked.Digest, StringComparison.Ordinal)) is not { } protocol)
            return new FeatureTable(here.IsEmpty ? "the imported features" : "the features here", [], [], []) { MeasuredUnder = here.IsEmpty ? null : here[0].Digest };
        int[] places = [.. plan.Features.Select(name => protocol.Features.IndexOf(name, StringComparer.Ordinal))];
        // Where a feature of the plan is absent, the builder says so and proposes a similar name: it needs to see them all.
        if (places.Contains(-1)) return new FeatureTable("the measured features", [], protocol.Features, []) { MeasuredUnder = asked.Digest };
        ImmutableArray<string>.Builder ids = ImmutableArray.CreateBuilder<string>();
        ImmutableDictionary<string, ExclusionReason>.Builder leftOut = ImmutableDictionary.CreateBuilder<string, ExclusionReason>(StringComparer.Ordinal);
        var values = new List<double>();
        foreach ((string id, long outcome, byte[]? cells) in connection.Query<(string, long, byte[]?)>(
            "SELECT row_id, outcome, cells FROM measured_row WHERE protocol = @protocol ORDER BY row_id", new { protocol = asked.Digest }, transaction, buffered: false))
        {
            double[]? row = cells is null ? null : Doubles.FromBlob(cells);
            if (row is null) leftOut.Add(id, (ExclusionReason)outcome);
            values.AddRange(places.Select(place => row is null ? double.NaN : row[place]));
            ids.Add(id);
        }

        return new FeatureTable("the measured features", ids.ToImmutable(), plan.Features, [.. values]) { MeasuredUnder = asked.Digest, LeftOut = leftOut.ToImmutable() };
    }

    private static ImmutableArray<MeasuredUnder> Protocols(SqliteConnection connection, SqliteTransaction? transaction)
    {
        var counts = connection.Query<(string Protocol, long Outcome, long Rows)>("SELECT protocol, outcome, count(*) FROM measured_row GROUP BY protocol, outcome", transaction: transaction)
            .ToLookup(c => c.Protocol, c => KeyValuePair.Create((MeasuredOutcome)c.Outcome, c.Rows), StringComparer.Ordinal);
        return
        [
            .. connection.Query<(string Digest, string Features)>("SELECT digest, features FROM measurement_protocol ORDER BY rowid DESC", transaction: transaction)
                .Select(p => new MeasuredUnder(p.Digest, JsonSerializer.Deserialize<ImmutableArray<string>>(p.Features), counts[p.Digest].ToImmutableSortedDictionary())),
        ];
    }

    private static MeasuredRow? Find(SqliteConnection connection, SqliteTransaction? transaction, string protocol, string rowId) => connection
        .Query<Stored>($"SELECT {Columns} FROM measured_row WHERE protocol = @protocol AND row_id = @rowId", new { protocol, rowId }, transaction).Select(Row).FirstOrDefault();

    private static MeasuredRow Row(Stored row) =>
        new(row.row_id, (MeasuredOutcome)row.outcome, row.reason, row.inputs, row.cells is null ? null : Doubles.FromBlob(row.cells), row.provenance);

    private sealed record Stored(string row_id, long outcome, string reason, string inputs, byte[]? cells, string provenance);
}
