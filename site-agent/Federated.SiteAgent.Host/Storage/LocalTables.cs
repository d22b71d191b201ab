using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;
using Microsoft.Data.Sqlite;

namespace Federated.SiteAgent.Host.Storage;

/// <summary>What an import did.</summary>
/// <param name="Added">Rows that were not there before.</param>
/// <param name="Updated">Rows that were.</param>
/// <param name="Columns">Columns that the table now has.</param>
/// <param name="Rows">Rows that the table now has.</param>
public sealed record ImportSummary(long Added, long Updated, int Columns, long Rows);

/// <summary>One column of the cohort table as its officer sees it.</summary>
/// <param name="Name">The column.</param>
/// <param name="Missing">Rows without a value.</param>
/// <param name="Numeric">Whether every value is a number.</param>
/// <param name="Levels">Distinct values and their counts, most frequent first; at most as many as were asked for.</param>
/// <param name="Distinct">How many distinct values there are.</param>
public sealed record ColumnSummary(string Name, long Missing, bool Numeric, ImmutableArray<(string Level, long Rows)> Levels, int Distinct);

/// <summary>
/// The hospital's own tables in site.db: features, one blob per row, and the cohort. Imports add and update rows by their ids, all of them or none.
/// A plan that says how its features are measured sees those measured under that protocol, never imported ones.
/// </summary>
public sealed class LocalTables(SiteDatabase database) : ITableSource
{
    private readonly Lock _building = new();
    private (Digest Plan, long Version, StudyTableBuild Build)? _last;

    /// <summary>Adds and updates rows of features; columns that the file does not have keep their values.</summary>
    /// <param name="table">The file's contents.</param>
    /// <param name="replace">Forget everything that was there before.</param>
    public ImportSummary Import(FeatureTable table, bool replace) => database.Write((connection, transaction) =>
    {
        if (replace) connection.Execute("DELETE FROM feature_row; DELETE FROM feature", transaction: transaction);
        int[] places = Places(connection, transaction, "feature", table.Features);
        int width = (int)connection.ExecuteScalar<long>("SELECT count(*) FROM feature", transaction: transaction);
        bool whole = places.Length == width && places.Select((place, c) => place == c).All(same => same);
        long added = 0;
        using var upsert = new Upsert(connection, transaction, "feature_row");
        for (int row = 0; row < table.Rows; row++)
        {
            byte[]? before = upsert.Find(table.RowIds[row]) as byte[];
            if (before is null) added++;
            upsert.Put(table.RowIds[row], whole ? Doubles.ToBlob(table.Row(row)) : Merged(before, width, places, table.Row(row)), before is not null);
        }

        return Finish(connection, transaction, "feature", added, table.Rows);
    });

    /// <summary>Adds and updates rows of the cohort; columns that the file does not have keep their values.</summary>
    /// <param name="table">The file's contents.</param>
    /// <param name="replace">Forget everything that was there before.</param>
    public ImportSummary Import(CohortTable table, bool replace) => database.Write((connection, transaction) =>
    {
        if (replace) connection.Execute("DELETE FROM cohort_row; DELETE FROM cohort_column", transaction: transaction);
        int[] places = Places(connection, transaction, "cohort_column", table.Columns);
        int width = (int)connection.ExecuteScalar<long>("SELECT count(*) FROM cohort_column", transaction: transaction);
        long added = 0;
        using var upsert = new Upsert(connection, transaction, "cohort_row");
        for (int row = 0; row < table.Rows; row++)
        {
            string? before = upsert.Find(table.RowIds[row]) as string;
            if (before is null) added++;
            string[] cells = Widened(before, width);
            for (int c = 0; c < places.Length; c++) cells[places[c]] = table.Column(table.Columns[c], "an import")[row];
            upsert.Put(table.RowIds[row], JsonSerializer.Serialize(cells), before is not null);
        }

        return Finish(connection, transaction, "cohort_column", added, table.Rows);
    });

    /// <inheritdoc/>
    /// <exception cref="TableInvalidException">The tables lack a column of the plan, or hold something else than numbers where the plan says numbers.</exception>
    public StudyTable Read(Digest digest, StudyPlan plan) => Build(digest, plan).Table;

    /// <summary>The rows under a plan, and for the officer what became of each; kept until the data or the plan change.</summary>
    /// <exception cref="TableInvalidException">As for <see cref="Read"/>.</exception>
    public StudyTableBuild Build(Digest digest, StudyPlan plan)
    {
        lock (_building)
        {
            long version = database.Do(connection => connection.ExecuteScalar<long>("SELECT version FROM data_version"));
            if (_last is { } last && last.Plan == digest && last.Version == version) return last.Build;
            (FeatureTable features, CohortTable cohort, long read) = ReadBoth(plan);
            StudyTableBuild build = StudyTableBuilder.Build(plan, features, cohort);
            _last = (digest, read, build);
            return build;
        }
    }

    /// <summary>Rows and columns of the feature table.</summary>
    public (long Rows, ImmutableArray<string> Features) Features() => database.Do(connection => (
        connection.ExecuteScalar<long>("SELECT count(*) FROM feature_row"),
        connection.Query<string>("SELECT name FROM feature ORDER BY position").ToImmutableArray()));

    /// <summary>Rows of the cohort table, and what is in its columns.</summary>
    /// <param name="mostLevels">How many levels to list per column.</param>
    public (long Rows, ImmutableArray<ColumnSummary> Columns) Cohort(int mostLevels)
    {
        CohortTable cohort = database.Do(connection => ReadCohort(connection, null, null));
        return (cohort.Rows, [.. cohort.Columns.Select(column => Summarize(cohort, column, mostLevels))]);
    }

    private static ColumnSummary Summarize(CohortTable cohort, string column, int mostLevels)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        long missing = 0;
        bool numeric = true;
        foreach (string cell in cohort.Column(column, "a summary"))
        {
            if (DecimalText.IsMissing(cell))
            {
                missing++;
                continue;
            }

            counts[cell] = counts.GetValueOrDefault(cell) + 1;
            numeric &= DecimalText.Read(cell, out _) == NumberOutcome.Number;
        }

        IEnumerable<(string, long)> levels = counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, CodePointOrder.Instance).Take(mostLevels).Select(c => (c.Key, c.Value));
        return new ColumnSummary(column, missing, numeric && counts.Count > 0, [.. levels], counts.Count);
    }

    private (FeatureTable Features, CohortTable Cohort, long Version) ReadBoth(StudyPlan plan) => database.Do(connection =>
    {
        using SqliteTransaction snapshot = connection.BeginTransaction(deferred: true);
        long version = connection.ExecuteScalar<long>("SELECT version FROM data_version", transaction: snapshot);
        FeatureTable features = plan.Measurement is { } asked ? MeasuredTables.Read(connection, snapshot, plan, asked) : ReadFeatures(connection, snapshot, plan);
        return (features, ReadCohort(connection, snapshot, plan.CohortColumns), version);
    });

    /// <summary>Only the plan's features are read into memory: a site may hold many more.</summary>
    private static FeatureTable ReadFeatures(SqliteConnection connection, SqliteTransaction transaction, StudyPlan plan)
    {
        var places = connection.Query<(string Name, long Position)>("SELECT name, position FROM feature ORDER BY position", transaction: transaction)
            .ToDictionary(f => f.Name, f => (int)f.Position, StringComparer.Ordinal);
        ImmutableArray<string> wanted = [.. plan.Features.Where(places.ContainsKey)];

        // Where a feature of the plan is absent, the builder says so and proposes a similar name: it needs to see them all.
        if (wanted.Length < plan.Features.Length) return new FeatureTable("the imported features", [], [.. places.OrderBy(p => p.Value).Select(p => p.Key)], []);
        int[] columns = [.. wanted.Select(name => places[name])];
        int rows = (int)connection.ExecuteScalar<long>("SELECT count(*) FROM feature_row", transaction: transaction);
        var ids = ImmutableArray.CreateBuilder<string>(rows);
        double[] values = new double[checked(rows * columns.Length)];
        foreach ((string id, byte[] cells) in connection.Query<(string, byte[])>("SELECT row_id, cells FROM feature_row", transaction: transaction, buffered: false))
        {
            double[] row = Doubles.FromBlob(cells);
            for (int c = 0; c < columns.Length; c++) values[(ids.Count * columns.Length) + c] = columns[c] < row.Length ? row[columns[c]] : double.NaN;
            ids.Add(id);
        }

        return new FeatureTable("the imported features", ids.MoveToImmutable(), wanted, values);
    }

    /// <summary>
    /// Only the columns that are wanted (null = all) are read into memory: the others stand there with their names, which messages propose, and without their cells.
    /// </summary>
    private static CohortTable ReadCohort(SqliteConnection connection, SqliteTransaction? transaction, ImmutableHashSet<string>? wanted)
    {
        ImmutableArray<string> columns = [.. connection.Query<string>("SELECT name FROM cohort_column ORDER BY position", transaction: transaction)];
        int rows = (int)connection.ExecuteScalar<long>("SELECT count(*) FROM cohort_row", transaction: transaction);
        var ids = ImmutableArray.CreateBuilder<string>(rows);
        string[] unread = new string[rows];
        Array.Fill(unread, "");
        string[][] values = [.. columns.Select(name => wanted?.Contains(name) == false ? unread : Array.ConvertAll(unread, _ => ""))];
        int[] read = [.. Enumerable.Range(0, columns.Length).Where(c => values[c] != unread)];
        using SqliteCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT row_id, CAST(cells AS BLOB) FROM cohort_row";
        using SqliteDataReader found = command.ExecuteReader();
        while (found.Read())
        {
            CohortCells.Read(found.GetFieldValue<byte[]>(1), read, values, ids.Count);
            ids.Add(found.GetString(0));
        }

        return new CohortTable("the imported cohort", ids.MoveToImmutable(), columns, [.. values]);
    }

    /// <summary>The position of each name in the stored table; names that are new get the next positions.</summary>
    private static int[] Places(SqliteConnection connection, SqliteTransaction transaction, string table, ImmutableArray<string> names)
    {
        var known = connection.Query<(string Name, long Position)>($"SELECT name, position FROM {table}", transaction: transaction)
            .ToDictionary(n => n.Name, n => (int)n.Position, StringComparer.Ordinal);
        foreach (string name in names.Where(name => !known.ContainsKey(name)))
        {
            known.Add(name, known.Count);
            connection.Execute($"INSERT INTO {table} VALUES (@position, @name)", new { position = known[name], name }, transaction);
        }

        return [.. names.Select(name => known[name])];
    }

    private static byte[] Merged(byte[]? before, int width, int[] places, ReadOnlySpan<double> values)
    {
        double[] cells = new double[width];
        Array.Fill(cells, double.NaN);
        if (before is not null) Doubles.FromBlob(before).CopyTo(cells, 0);
        for (int c = 0; c < places.Length; c++) cells[places[c]] = values[c];
        return Doubles.ToBlob(cells);
    }

    private static string[] Widened(string? stored, int width)
    {
        string[] cells = stored is null ? [] : JsonSerializer.Deserialize<string[]>(stored)!;
        int had = cells.Length;
        Array.Resize(ref cells, width);
        Array.Fill(cells, "", had, width - had);
        return cells;
    }

    private static ImportSummary Finish(SqliteConnection connection, SqliteTransaction transaction, string columns, long added, int rows)
    {
        connection.Execute("UPDATE data_version SET version = version + 1", transaction: transaction);
        string table = columns.Split('_')[0] + "_row";
        return new ImportSummary(
            added, rows - added, (int)connection.ExecuteScalar<long>($"SELECT count(*) FROM {columns}", transaction: transaction),
            connection.ExecuteScalar<long>($"SELECT count(*) FROM {table}", transaction: transaction));
    }

    /// <summary>Prepared statements: one row at a time without parsing SQL again.</summary>
    private sealed class Upsert : IDisposable
    {
        private readonly SqliteCommand _find;
        private readonly SqliteCommand _insert;
        private readonly SqliteCommand _update;

        public Upsert(SqliteConnection connection, SqliteTransaction transaction, string table)
        {
            _find = Command(connection, transaction, $"SELECT cells FROM {table} WHERE row_id = $id");
            _insert = Command(connection, transaction, $"INSERT INTO {table} VALUES ($id, $cells)");
            _update = Command(connection, transaction, $"UPDATE {table} SET cells = $cells WHERE row_id = $id");
        }

        public object? Find(string id)
        {
            _find.Parameters["$id"].Value = id;
            _find.Parameters["$cells"].Value = DBNull.Value;
            return _find.ExecuteScalar();
        }

        public void Put(string id, object cells, bool exists)
        {
            SqliteCommand command = exists ? _update : _insert;
            command.Parameters["$id"].Value = id;
            command.Parameters["$cells"].Value = cells;
            command.ExecuteNonQuery();
        }

        public void Dispose()
        {
            _find.Dispose();
            _insert.Dispose();
            _update.Dispose();
        }

        private static SqliteCommand Command(SqliteConnection connection, SqliteTransaction transaction, string sql)
        {
            SqliteCommand command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = sql;
            command.Parameters.Add(new SqliteParameter("$id", SqliteType.Text));
            command.Parameters.Add(new SqliteParameter("$cells", null));
            return command;
        }
    }
}
