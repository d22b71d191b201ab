using System.Buffers;
using Federated.Analyses.Tables;

namespace Federated.SiteAgent.Tables;

/// <summary>
/// The cells of an RFC 4180 file, one after another, in constant memory: commas, quotes doubled inside quotes, rows ending in LF or CRLF, an optional
/// UTF-8 byte
/// order mark. A file that can be read in two ways is refused.
/// </summary>
internal sealed class CsvCells
{
    private static readonly SearchValues<byte> Ends = SearchValues.Create(",\n\r\""u8);

    private readonly Stream _stream;
    private readonly string _file;
    private readonly CsvLimits _limits;
    private readonly byte[] _buffer;
    private int _start;
    private int _end;
    private bool _streamEnded;
    private long _rowBytes;

    public CsvCells(Stream stream, string file, CsvLimits limits)
    {
        _stream = stream;
        _file = file;
        _limits = limits;
        _buffer = new byte[(4 * limits.CellBytes) + 16]; // a cell with every quote doubled, its own quotes and its line break always fit
        Fill(4);
        ReadOnlySpan<byte> head = _buffer.AsSpan(0, _end);
        if (head.StartsWith("\uFEFF"u8)) _start = 3;
        else if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw new TableInvalidException("E2202", $"{file}: is UTF-16; save it as UTF-8");
    }

    /// <summary>Row of the cell last read, as a spreadsheet counts: the header is row 1.</summary>
    public int Row { get; private set; } = 1;

    /// <summary>Position of the cell last read in its row, from 0.</summary>
    public int Column { get; private set; } = -1;

    /// <summary>Whether the cell last read ended its row.</summary>
    public bool RowEnded { get; private set; } = true;

    /// <summary>Whether nothing follows the row that ended last.</summary>
    public bool AtEnd => RowEnded && _start == _end && !Fill(1);

    /// <summary>Where the reader stands, for messages.</summary>
    public string Where => $"{_file}, row {Row}";

    /// <summary>The next cell, without its quotes. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Next()
    {
        if (RowEnded && Column >= 0)
        {
            Row++;
            Column = -1;
            _rowBytes = 0;
        }

        Column++;
        if (_start == _end) Fill(1);
        return _start < _end && _buffer[_start] == '"' ? Quoted() : Bare();
    }

    private ReadOnlySpan<byte> Bare()
    {
        int searched = 0;
        while (true)
        {
            int found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOfAny(Ends);
            if (found >= 0)
            {
                int length = searched + found;
                if (length > _limits.CellBytes) throw CellTooLong();
                if (_buffer[_start + length] == '"') throw Refused("E2203", $"column {Column + 1}: a quote inside a cell that does not start with one; enclose the cell in quotes and double those inside");
                return Finish(0, length, length);
            }

            searched = _end - _start;
            if (searched > _limits.CellBytes) throw CellTooLong();
            if (!Fill(searched + 1)) return Finish(0, searched, searched);
        }
    }

    private ReadOnlySpan<byte> Quoted()
    {
        int at = 1; // offset from _start
        int written = 1; // doubled quotes are halved in place
        while (true)
        {
            int rest = _end - _start - at;
            int found = _buffer.AsSpan(_start + at, rest).IndexOf((byte)'"');
            int run = found < 0 ? rest : found;
            if (written - 1 + run > _limits.CellBytes) throw CellTooLong();
            if (written != at) _buffer.AsSpan(_start + at, run).CopyTo(_buffer.AsSpan(_start + written));
            at += run;
            written += run;
            if (found < 0)
            {
                // What was halved leaves a gap before `at`: unread bytes follow it, so the gap is kept until the cell ends.
                if (!Fill(at + 1)) throw Refused("E2203", $"column {Column + 1}: a quote is opened and never closed; close it");
                continue;
            }

            if (_end - _start <= at + 1) Fill(at + 2);
            if (_end - _start > at + 1 && _buffer[_start + at + 1] == '"')
            {
                _buffer[_start + written++] = (byte)'"';
                at += 2;
                continue;
            }

            byte next = _end - _start > at + 1 ? _buffer[_start + at + 1] : (byte)'\n';
            if (next is not ((byte)',' or (byte)'\n' or (byte)'\r'))
                throw Refused("E2203", $"column {Column + 1}: text after a closing quote; double the quotes inside a quoted cell");
            return Finish(1, written - 1, at + 1);
        }
    }

    // Consumes a cell that took `taken` bytes and the separator after it; the cell's text lies at `offset`.
    private ReadOnlySpan<byte> Finish(int offset, int length, int taken)
    {
        if (_end - _start <= taken) Fill(taken + 1);
        int separator = 0;
        RowEnded = true;
        if (_end - _start > taken)
        {
            byte next = _buffer[_start + taken];
            separator = 1;
            RowEnded = next != ',';
            if (next == '\r')
            {
                if (_end - _start <= taken + 1) Fill(taken + 2);
                if (_end - _start <= taken + 1 || _buffer[_start + taken + 1] != '\n')
                    throw Refused("E2203", $"column {Column + 1}: a carriage return without a line feed; save the file with LF or CRLF line ends");
                separator = 2;
            }
        }

        _rowBytes += taken + separator;
        if (_rowBytes > _limits.RowBytes) throw new TableInvalidException("E2206", $"{Where}: the row has more than {_limits.RowBytes:N0} bytes; check the line ends, or split the table");
        int start = _start + offset;
        _start += taken + separator;
        return _buffer.AsSpan(start, length);
    }

    // Makes `wanted` bytes from _start on available, if the stream still holds them; false if it does not.
    private bool Fill(int wanted)
    {
        if (_end - _start >= wanted) return true;
        if (_streamEnded) return false;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        while (_end < wanted)
        {
            int read = _stream.Read(_buffer.AsSpan(_end));
            if (read == 0)
            {
                _streamEnded = true;
                return false;
            }

            _end += read;
        }

        return true;
    }

    private TableInvalidException CellTooLong() =>
        Refused("E2206", $"column {Column + 1}: the cell has more than {_limits.CellBytes:N0} bytes; look for a quote that is not closed, or leave the column out");

    private TableInvalidException Refused(string code, string what) => new(code, $"{Where}, {what}");
}
