using System.Globalization;
using System.Text;
using CsCheck;
using Federated.Analyses.Tables;
using Federated.SiteAgent.Tables;

namespace Federated.SiteAgent.Tests.Tables;

public sealed class CsvTableTests
{
    [Theory]
    [InlineData("id,suvmax,tlg\ns1,1.5,-2e3\ns2,NA,\n")]
    [InlineData("id,suvmax,tlg\r\ns1,1.5,-2e3\r\ns2,NA,\r\n")]
    [InlineData("id,suvmax,tlg\ns1,1.5,-2e3\ns2,NA,")]
    [InlineData("\uFEFF\"\",\"suvmax\",\"tlg\"\n\"s1\",\"1.5\",-2e3\ns2,\"NA\",\"\"")]
    public void Features_are_read_whatever_the_line_ends_quotes_and_byte_order_mark(string csv)
    {
        FeatureTable table = Features(csv);
        Assert.Equal(["s1", "s2"], table.RowIds);
        Assert.Equal(["suvmax", "tlg"], table.Features);
        Assert.Equal([1.5, -2000], table.Row(0).ToArray());
        Assert.Equal([double.NaN, double.NaN], table.Row(1).ToArray());
    }

    [Fact]
    public void A_cohort_keeps_every_text_as_written()
    {
        CohortTable table = Cohort("id,scanner,note\ns1,\"GE, \"\"PET\"\"\",\"two\nlines\"\ns2, Siemens ,\u00e9\U0001F600\n");
        Assert.Equal(["GE, \"PET\"", " Siemens "], table.Column("scanner", "the scanner").ToArray());
        Assert.Equal(["two\nlines", "\u00e9\U0001F600"], table.Column("note", "a covariate").ToArray());
    }

    [Fact]
    public void Any_text_comes_back_from_any_stream_that_delivers_in_any_pieces()
    {
        Gen<string> cell = Gen.OneOf(Gen.String[Gen.Char["ab,\"\n\r \u00e9\u20ac"], 0, 12], Gen.String.AlphaNumeric);
        Gen.Select(cell.Array[2].Array[1, 12], Gen.Int[1, 400], Gen.Bool).Sample((rows, piece, crlf) =>
        {
            string end = crlf ? "\r\n" : "\n";
            string csv = "id,a,b" + end + string.Concat(rows.Select((r, i) => $"r{i},{Quote(r[0])},{Quote(r[1])}{end}"));
            CohortTable table = CsvTable.ReadCohort(new PiecewiseStream(Encoding.UTF8.GetBytes(csv), piece), "cohort.csv", new CsvLimits { CellBytes = 400 });
            Assert.Equal([.. rows.Select(r => r[0])], table.Column("a", "a").ToArray());
            Assert.Equal([.. rows.Select(r => r[1])], table.Column("b", "b").ToArray());
        });
    }

    [Fact]
    public void Numbers_come_back_bit_for_bit_from_a_stream_that_cannot_seek() =>
        Gen.Select(Gen.Double.Where(double.IsFinite).Array[3].Array[1, 20], Gen.Int[1, 100]).Sample((rows, piece) =>
        {
            var csv = new StringBuilder("id,a,b,c\n");
            for (int i = 0; i < rows.Length; i++) csv.Append(CultureInfo.InvariantCulture, $"r{i},{string.Join(',', rows[i].Select(v => v.ToString("R", CultureInfo.InvariantCulture)))}\n");
            FeatureTable table = CsvTable.ReadFeatures(new PiecewiseStream(Encoding.UTF8.GetBytes(csv.ToString()), piece), "features.csv");
            for (int i = 0; i < rows.Length; i++) Assert.Equal(rows[i].Select(BitConverter.DoubleToInt64Bits), table.Row(i).ToArray().Select(BitConverter.DoubleToInt64Bits));
        });

    [Fact]
    public void Whatever_the_bytes_a_table_is_read_or_refused_in_one_line() =>
        Gen.OneOf(Gen.Byte, Gen.Int[0, 8].Select(i => ",\n\r\"NA1.e"u8[i])).Array[0, 60].Sample(bytes =>
        {
            foreach (Action read in (Action[])[() => CsvTable.ReadFeatures(new MemoryStream(bytes), "t.csv"), () => CsvTable.ReadCohort(new MemoryStream(bytes), "t.csv")])
            {
                if (Record.Exception(read) is not { } exception) continue;
                TableInvalidException refused = Assert.IsType<TableInvalidException>(exception);
                Assert.StartsWith("t.csv", refused.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', refused.Message);
            }
        });

    [Theory]
    [InlineData("", "E2201", "t.csv: the file is empty; write a header row and one row per scan")]
    [InlineData("\uFEFF", "E2201", "t.csv: the file is empty; write a header row and one row per scan")]
    [InlineData("id,a\n", "E2201", "t.csv: a header and no rows; write one row per scan")]
    [InlineData("id,a\ns1\n", "E2203", "t.csv, row 2 (id s1): 1 cell where the header has 2; write NA or leave cells empty, but keep the commas")]
    [InlineData("id,a,b\ns1,1,2\ns2,1\n", "E2203", "t.csv, row 3 (id s2): 2 cells where the header has 3; write NA or leave cells empty, but keep the commas")]
    [InlineData("id,a\ns1,1,5,6\n", "E2203", "t.csv, row 2 (id s1): 4 cells where the header has 2; enclose cells that hold commas in quotes")]
    [InlineData("id,a\ns1,1\n\ns2,1\n", "E2203", "t.csv, row 3: the row is empty; remove it")]
    [InlineData("id,a\n,1\n", "E2203", "t.csv, row 2: the row has no id; write one in its first cell")]
    [InlineData("id,a\ns\u00021,1\n", "E2203", "t.csv, row 2: 's\\u00021' is not a row id; use at most 256 visible characters")]
    [InlineData("id,a,\ns1,1,2\n", "E2203", "t.csv, row 1, column 3: the column has no name; give it one, or remove it")]
    [InlineData("id,a\u202Eb\ns1,1\n", "E2203", "t.csv, row 1, column 2: 'a\\u202Eb' is not a name; use at most 256 visible characters")]
    [InlineData("id;a\ns1;1\n", "E2203", "t.csv, row 1: the table has a single column; export it with commas between the cells, not semicolons")]
    [InlineData("id\ta\ns1\t1\n", "E2203", "t.csv, row 1: the table has a single column; export it with commas between the cells, not tabs")]
    [InlineData("id\ns1\n", "E2203", "t.csv, row 1: the table has a single column; the first column holds the row ids, and at least one more is needed")]
    [InlineData("id,a\ns1,1\ns2,2\ns1,3\n", "E2205", "t.csv, row 4: row id 's1' occurs twice, first in row 2; every row needs an id of its own")]
    [InlineData("id,a,a\ns1,1,2\n", "E2205", "t.csv, row 1, column 3: the name 'a' occurs twice; every column needs a name of its own")]
    [InlineData("id,a\ns1,1\"2\n", "E2203", "t.csv, row 2, column 2: a quote inside a cell that does not start with one; enclose the cell in quotes and double those inside")]
    [InlineData("id,a\ns1,\"1\"2\n", "E2203", "t.csv, row 2, column 2: text after a closing quote; double the quotes inside a quoted cell")]
    [InlineData("id,a\ns1,\"1\n", "E2203", "t.csv, row 2, column 2: a quote is opened and never closed; close it")]
    [InlineData("id,a\rs1,1\r", "E2203", "t.csv, row 1, column 2: a carriage return without a line feed; save the file with LF or CRLF line ends")]
    public void Both_kinds_of_table_refuse(string csv, string code, string message)
    {
        Refuses(code, message, () => CsvTable.ReadFeatures(Bytes(csv), "t.csv"));
        Refuses(code, message, () => CsvTable.ReadCohort(Bytes(csv), "t.csv"));
    }

    [Theory]
    [InlineData("12,5", "'12,5' is not a number; use a point")]
    [InlineData("NaN", "'NaN' is not a number; write NA, or leave the cell empty, where there is no value")]
    [InlineData("Infinity", "'Infinity' is not a number; write NA, or leave the cell empty, where there is no value")]
    [InlineData("1e999", "'1e999' is beyond the largest double (1.8e308); check its unit")]
    [InlineData("na", "'na' is not a number; write NA, or leave the cell empty, where there is no value")]
    public void Features_refuse_a_cell_that_is_not_a_number(string cell, string message)
    {
        string csv = "id,tlg,suvmax\n" + string.Concat(Enumerable.Range(2, 15).Select(i => $"s{i:D4},1,2\n")) + $"s0017,1,\"{cell}\"\n";
        Refuses("E2204", "t.csv, row 17 (id s0017), column suvmax: " + message, () => CsvTable.ReadFeatures(Bytes(csv), "t.csv"));
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        byte[] latin = [.. "id,a\ns1,M"u8, 0xFC, .. "nchen\n"u8];
        Refuses("E2202", "t.csv, row 2, column 2: bytes that are not UTF-8; save the file as UTF-8", () => CsvTable.ReadCohort(new MemoryStream(latin), "t.csv"));
        Refuses("E2202", "t.csv, row 2, column 2: bytes that are not UTF-8; save the file as UTF-8", () => CsvTable.ReadFeatures(new MemoryStream(latin), "t.csv"));
    }

    [Fact]
    public void Utf16_is_named() =>
        Refuses("E2202", "t.csv: is UTF-16; save it as UTF-8", () => CsvTable.ReadCohort(new MemoryStream([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("id,a\n")]), "t.csv"));

    [Fact]
    public void Limits_hold()
    {
        var limits = new CsvLimits { RowBytes = 40, CellBytes = 20, Columns = 3, Rows = 2 };
        (string Csv, string Message)[] cases =
        [
            ("id,a,b,c\n", "t.csv, row 1: more than 3 columns; split the table"),
            ("id,a\ns1,1\ns2,1\ns3,1\n", "t.csv, row 4: more than 2 rows; split the table"),
            ("id,a\ns1,123456789012345678901\n", "t.csv, row 2, column 2: the cell has more than 20 bytes; look for a quote that is not closed, or leave the column out"),
            ("id,a\ns1,\"123456789012345678901\"\n", "t.csv, row 2, column 2: the cell has more than 20 bytes; look for a quote that is not closed, or leave the column out"),
            ("id,a,b\ns1,12345678901234567890,12345678901234567890\n", "t.csv, row 2: the row has more than 40 bytes; check the line ends, or split the table"),
        ];
        foreach ((string csv, string message) in cases)
        {
            Refuses("E2206", message, () => CsvTable.ReadFeatures(Bytes(csv), "t.csv", limits));
            Refuses("E2206", message, () => CsvTable.ReadCohort(Bytes(csv), "t.csv", limits));
        }
    }

    [Fact]
    public void A_gigabyte_without_a_line_break_is_refused_before_it_is_held()
    {
        var endless = new EndlessStream((byte)'1');
        Refuses(
            "E2206", "t.csv, row 1, column 1: the cell has more than 65,536 bytes; look for a quote that is not closed, or leave the column out",
            () => CsvTable.ReadFeatures(endless, "t.csv"));
        Assert.InRange(endless.Delivered, 0, 1 << 20);

        endless = new EndlessStream((byte)',');
        Refuses("E2203", "t.csv, row 1, column 2: the column has no name; give it one, or remove it", () => CsvTable.ReadCohort(endless, "t.csv"));
    }

    [Fact]
    public void Many_line_breaks_after_a_wide_header_do_not_claim_memory()
    {
        string csv = "id," + string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"f{i}")) + "\ns1" + new string('\n', 5_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refuses("E2203", "t.csv, row 2 (id s1): 1 cell where the header has 20,001; write NA or leave cells empty, but keep the commas", () => CsvTable.ReadFeatures(Bytes(csv), "t.csv"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000_000);
    }

    private static string Quote(string cell) => cell.AsSpan().IndexOfAny(",\"\n\r") < 0 ? cell : "\"" + cell.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static MemoryStream Bytes(string csv) => new(Encoding.UTF8.GetBytes(csv));

    private static FeatureTable Features(string csv) => CsvTable.ReadFeatures(Bytes(csv), "features.csv");

    private static CohortTable Cohort(string csv) => CsvTable.ReadCohort(Bytes(csv), "cohort.csv");

    private static void Refuses(string code, string message, Action read)
    {
        TableInvalidException refused = Assert.Throws<TableInvalidException>(read);
        Assert.Equal(message, refused.Message);
        Assert.Equal(code, refused.Code);
    }

    private abstract class ForwardStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private sealed class PiecewiseStream(byte[] bytes, int piece) : ForwardStream
    {
        private int _at;

        public override int Read(Span<byte> buffer)
        {
            int read = Math.Min(Math.Min(piece, buffer.Length), bytes.Length - _at);
            bytes.AsSpan(_at, read).CopyTo(buffer);
            _at += read;
            return read;
        }
    }

    private sealed class EndlessStream(byte unit) : ForwardStream
    {
        public long Delivered { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            buffer.Fill(unit);
            Delivered += buffer.Length;
            return buffer.Length;
        }
    }
}
