using System.Collections.Immutable;
using System.Text;
using Federated.Analyses;
using Federated.Analyses.Tables;

namespace Federated.SiteAgent.Tables;

/// <summary>
/// Reads feature and cohort tables from CSV: strict, in one pass over the text and with little memory beyond the table itself. The first column holds
/// the row ids; the header's first
/// cell may say anything.
/// </summary>
public static class CsvTable
{
    private const int NameLength = 256;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Features: numbers with a point; empty or NA = missing. Memory is about 8 bytes per number.</summary>
    /// <param name="stream">The file's bytes. A stream that can seek is read twice: its rows are counted first, so that the numbers are allocated
    /// once.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="limits">What it may measure; null = <see cref="CsvLimits.Default"/>.</param>
    /// <exception cref="TableInvalidException">Not a table of numbers, or beyond the limits: one line says where and how to mend it.</exception>
    public static FeatureTable ReadFeatures(Stream stream, string file, CsvLimits? limits = null)
    {
        limits ??= CsvLimits.Default;
        (long rows, long bytes) = Measure(stream);
        var cells = new CsvCells(stream, file, limits);
        ImmutableArray<string> names = ReadHeader(cells, file, limits);
        int p = names.Length;

        // A row of p numbers takes more than p bytes of file, so a short file with many line breaks does not claim much memory.
        long expected = Math.Clamp(Math.Min(rows, bytes / (p + 1L)), 0, limits.Rows);
        double[] values = new double[Length(cells, p, expected)];
        var ids = new RowIds(file);
        while (!cells.AtEnd)
        {
            ReadId(cells, ids, limits, p + 1);
            long needed = Length(cells, p, ids.Count);
            if (needed > values.LongLength) Array.Resize(ref values, checked((int)Math.Min(Math.Max(needed, 2 * values.LongLength), Array.MaxLength)));
            Span<double> row = values.AsSpan((ids.Count - 1) * p, p);
            for (int c = 0; c < p; c++)
            {
                if (cells.RowEnded) throw Ragged(cells, ids.Last, c + 1, p + 1);
                ReadOnlySpan<byte> cell = cells.Next();
                if (DecimalText.Read(cell, out row[c]) is var outcome and not NumberOutcome.Number && !DecimalText.IsMissing(cell))
                    throw DecimalText.Refused($"{cells.Where} (id {PlainText.Shown(ids.Last)})", names[c], Decode(cells, cell), outcome);
            }

            if (!cells.RowEnded) throw Ragged(cells, ids.Last, CountRest(cells, limits), p + 1);
        }

        if (ids.Count == 0) throw NoRows(file);
        long used = (long)ids.Count * p;
        if (used < values.LongLength) Array.Resize(ref values, (int)used);
        return new FeatureTable(file, ids.ToImmutable(), names, values);
    }

    /// <summary>A cohort: text of any kind. Equal texts of a column are kept once.</summary>
    /// <param name="stream">The file's bytes.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="limits">What it may measure; null = <see cref="CsvLimits.Default"/>.</param>
    /// <exception cref="TableInvalidException">Not a table, or beyond the limits: one line says where and how to mend it.</exception>
    public static CohortTable ReadCohort(Stream stream, string file, CsvLimits? limits = null)
    {
        limits ??= CsvLimits.Default;
        var cells = new CsvCells(stream, file, limits);
        ImmutableArray<string> names = ReadHeader(cells, file, limits);
        int columns = names.Length;
        List<string>[] values = [.. names.Select(_ => new List<string>())];
        Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>>[] known =
            [.. names.Select(_ => new Dictionary<string, string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>())];
        char[] text = new char[Utf8.GetMaxCharCount(limits.CellBytes)];
        var ids = new RowIds(file);
        while (!cells.AtEnd)
        {
            ReadId(cells, ids, limits, columns + 1);
            for (int c = 0; c < columns; c++)
            {
                if (cells.RowEnded) throw Ragged(cells, ids.Last, c + 1, columns + 1);
                int length = Decode(cells, cells.Next(), text);
                if (!known[c].TryGetValue(text.AsSpan(0, length), out string? value))
                {
                    value = new string(text, 0, length);
                    known[c].Dictionary.Add(value, value);
                }

                values[c].Add(value);
            }

            if (!cells.RowEnded) throw Ragged(cells, ids.Last, CountRest(cells, limits), columns + 1);
        }

        if (ids.Count == 0) throw NoRows(file);
        return new CohortTable(file, ids.ToImmutable(), names, [.. values.Select(v => v.ToArray())]);
    }

    // Line breaks are as many as rows, or more where cells hold some: enough to allocate by.
    private static (long Rows, long Bytes) Measure(Stream stream)
    {
        if (!stream.CanSeek) return (0, 0);
        long start = stream.Position;
        long rows = 0;
        bool lineEnded = true;
        byte[] buffer = new byte[1 << 18];
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            rows += buffer.AsSpan(0, read).Count((byte)'\n');
            lineEnded = buffer[read - 1] == '\n';
        }

        if (lineEnded) rows--; // the header's own line break, unless a last row without one makes up for it
        long bytes = stream.Position - start;
        stream.Position = start;
        return (rows, bytes);
    }

    private static long Length(CsvCells cells, int columns, long rows)
    {
        long length = columns * rows;
        return length <= Array.MaxLength ? length
            : throw new TableInvalidException("E2206", $"{cells.Where}: the table has more than {Array.MaxLength:N0} numbers; split its columns over several files");
    }

    private static ImmutableArray<string> ReadHeader(CsvCells cells, string file, CsvLimits limits)
    {
        if (cells.AtEnd) throw new TableInvalidException("E2201", $"{file}: the file is empty; write a header row and one row per scan");
        string first = Decode(cells, cells.Next());
        var names = ImmutableArray.CreateBuilder<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!cells.RowEnded)
        {
            if (cells.Column + 2 > limits.Columns)
                throw new TableInvalidException("E2206", $"{file}, row 1: more than {limits.Columns:N0} columns; split the table");
            string name = Decode(cells, cells.Next());
            string where = $"{file}, row 1, column {cells.Column + 1}";
            if (name.Length == 0) throw new TableInvalidException("E2203", $"{where}: the column has no name; give it one, or remove it");
            if (name.Length > NameLength || !PlainText.IsOneLine(name))
                throw new TableInvalidException("E2203", $"{where}: '{PlainText.Shown(name)}' is not a name; use at most {NameLength} visible characters");
            if (!seen.Add(name)) throw new TableInvalidException("E2205", $"{where}: the name '{PlainText.Shown(name)}' occurs twice; every column needs a name of its own");
            names.Add(name);
        }

        if (names.Count == 0)
        {
            string mend = first.Contains(';', StringComparison.Ordinal) ? "export it with commas between the cells, not semicolons"
                : first.Contains('\t', StringComparison.Ordinal) ? "export it with commas between the cells, not tabs"
                : "the first column holds the row ids, and at least one more is needed";
            throw new TableInvalidException("E2203", $"{file}, row 1: the table has a single column; {mend}");
        }

        return names.DrainToImmutable();
    }

    private static void ReadId(CsvCells cells, RowIds ids, CsvLimits limits, int columns)
    {
        string id = Decode(cells, cells.Next());
        if (id.Length == 0 && cells.RowEnded) throw new TableInvalidException("E2203", $"{cells.Where}: the row is empty; remove it");
        if (DecimalText.IsMissing(id)) throw new TableInvalidException("E2203", $"{cells.Where}: the row has no id; write one in its first cell");
        if (id.Length > NameLength || !PlainText.IsOneLine(id))
            throw new TableInvalidException("E2203", $"{cells.Where}: '{PlainText.Shown(id)}' is not a row id; use at most {NameLength} visible characters");
        if (ids.Count == limits.Rows) throw new TableInvalidException("E2206", $"{cells.Where}: more than {limits.Rows:N0} rows; split the table");
        ids.Add(id, cells.Row);
        if (cells.RowEnded && columns > 1) throw Ragged(cells, id, 1, columns);
    }

    private static int CountRest(CsvCells cells, CsvLimits limits)
    {
        while (!cells.RowEnded && cells.Column < limits.Columns) cells.Next();
        return cells.Column + 1;
    }

    private static TableInvalidException Ragged(CsvCells cells, string id, int found, int expected) => new(
        "E2203",
        $"{cells.Where} (id {PlainText.Shown(id)}): {found:N0} {(found == 1 ? "cell" : "cells")} where the header has {expected:N0}; "
        + (found < expected ? "write NA or leave cells empty, but keep the commas" : "enclose cells that hold commas in quotes"));

    private static TableInvalidException NoRows(string file) => new("E2201", $"{file}: a header and no rows; write one row per scan");

    private static string Decode(CsvCells cells, ReadOnlySpan<byte> cell)
    {
        try
        {
            return Utf8.GetString(cell);
        }
        catch (DecoderFallbackException)
        {
            throw NotUtf8(cells);
        }
    }

    private static int Decode(CsvCells cells, ReadOnlySpan<byte> cell, Span<char> text)
    {
        try
        {
            return Utf8.GetChars(cell, text);
        }
        catch (DecoderFallbackException)
        {
            throw NotUtf8(cells);
        }
    }

    private static TableInvalidException NotUtf8(CsvCells cells) =>
        new("E2202", $"{cells.Where}, column {cells.Column + 1}: bytes that are not UTF-8; save the file as UTF-8");

    private sealed class RowIds(string file)
    {
        private readonly ImmutableArray<string>.Builder _ids = ImmutableArray.CreateBuilder<string>();
        private readonly Dictionary<string, int> _rows = new(StringComparer.Ordinal);

        public int Count => _ids.Count;

        public string Last => _ids[^1];

        public void Add(string id, int row)
        {
            if (!_rows.TryAdd(id, row))
                throw new TableInvalidException("E2205", $"{file}, row {row}: row id '{PlainText.Shown(id)}' occurs twice, first in row {_rows[id]}; every row needs an id of its own");
            _ids.Add(id);
        }

        public ImmutableArray<string> ToImmutable() => _ids.DrainToImmutable();
    }
}
