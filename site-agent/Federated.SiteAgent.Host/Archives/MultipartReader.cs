using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>Limits that hold before anything is allocated for a multipart answer.</summary>
public sealed record MultipartLimits
{
    /// <summary>Limits for objects of clinical size.</summary>
    public static MultipartLimits Default { get; } = new();

    /// <summary>Bytes of one part's body. Default 1 GiB, as for a DICOM file.</summary>
    public int PartBytes { get; init; } = 1 << 30;

    /// <summary>Bytes of one part's headers. Default 16 KiB.</summary>
    public int HeaderBytes { get; init; } = 16 << 10;

    /// <summary>Bytes before the first boundary. Default 16 KiB.</summary>
    public int PreambleBytes { get; init; } = 16 << 10;

    /// <summary>Parts of one answer. Default 1 million.</summary>
    public int Parts { get; init; } = 1_000_000;
}

/// <summary>One part of a multipart answer.</summary>
/// <param name="Body">Its bytes, which nobody else holds.</param>
/// <param name="ContentType">As stated; empty when not.</param>
/// <param name="StatedLength">Content-Length as stated; null when not. The boundary decides, not this number.</param>
public readonly record struct MultipartPart(ReadOnlyMemory<byte> Body, string ContentType, long? StatedLength);

/// <summary>
/// multipart/related (RFC 2046, 5.1; RFC 2387) read from a stream part by part, holding one part at a time. Boundaries alone separate parts: a wrong Content-Length
/// changes nothing. Memory grows with the bytes that really arrive, never with a length that somebody stated.
/// </summary>
public sealed class MultipartReader
{
    private const int LongestBoundary = 200; // RFC 2046 allows 70, and archives exceed it
    private const int LargeBody = 1 << 20;
    private const int FirstBuffer = 1 << 17;
    private readonly Stream _stream;
    private readonly byte[] _delimiter;
    private readonly MultipartLimits _limits;
    private byte[] _buffer = new byte[FirstBuffer];
    private int _start;
    private int _end;
    private int _parts;
    private State _state;

    /// <summary>Reads a stream whose parts are separated by this boundary.</summary>
    /// <exception cref="ArchiveAnswerException">The boundary is not one.</exception>
    public MultipartReader(Stream stream, string boundary, MultipartLimits? limits = null)
    {
        if (boundary.Length is 0 or > LongestBoundary || !boundary.All(c => c is > ' ' and < (char)127 or ' ') || boundary[^1] == ' ')
            throw new ArchiveAnswerException("the answer's boundary is not 1 to 200 printable characters");
        _stream = stream;
        _delimiter = Encoding.ASCII.GetBytes($"\r\n--{boundary}");
        _limits = limits ?? MultipartLimits.Default;
    }

    private enum State
    {
        Preamble,
        AfterDelimiter,
        EndOfStream,
        Finished,
    }

    /// <summary>The boundary that a Content-Type header states.</summary>
    /// <exception cref="ArchiveAnswerException">It is not multipart/related, or states none.</exception>
    public static string BoundaryOf(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type) || !string.Equals(type.MediaType, "multipart/related", StringComparison.OrdinalIgnoreCase))
            throw new ArchiveAnswerException($"the answer is of type {Analyses.PlainText.Shown(contentType is null or "" ? "(none)" : contentType)}, not multipart/related");
        string? boundary = type.Parameters.FirstOrDefault(p => string.Equals(p.Name, "boundary", StringComparison.OrdinalIgnoreCase))?.Value?.Trim('"');
        return boundary is { Length: > 0 } ? boundary : throw new ArchiveAnswerException("the answer states no boundary");
    }

    /// <summary>The next part; null after the last boundary.</summary>
    /// <exception cref="ArchiveAnswerException">The answer broke off, or is over a limit. Parts given before stand.</exception>
    public async ValueTask<MultipartPart?> ReadAsync(CancellationToken cancellation)
    {
        if (_state == State.Finished) return null;
        if (_state == State.EndOfStream) throw BrokenOff("before its last boundary");
        if (_state == State.Preamble) await SkipPreambleAsync(cancellation);
        if (await IsLastAsync(cancellation))
        {
            _state = State.Finished;
            return null;
        }

        if (++_parts > _limits.Parts) throw new ArchiveAnswerException($"the answer has more than {_limits.Parts} parts");
        (string type, long? stated) = await ReadHeadersAsync(cancellation);
        return new MultipartPart(await ReadBodyAsync(stated, cancellation), type, stated);
    }

    private async ValueTask SkipPreambleAsync(CancellationToken cancellation)
    {
        // The first boundary may stand at the very start, without the line break that belongs to all others.
        await FillAsync(_delimiter.Length - 2, cancellation);
        if (Unread.StartsWith(_delimiter.AsSpan(2)))
        {
            Skip(_delimiter.Length - 2);
        }
        else
        {
            int at = await FindAsync(_delimiter, _limits.PreambleBytes, "stands before the first boundary", cancellation);
            if (at < 0) throw BrokenOff("before its first boundary");
            Skip(at + _delimiter.Length);
        }

        _state = State.AfterDelimiter;
    }

    // Behind a delimiter: "--" ends the answer, white space and a line break begin a part.
    private async ValueTask<bool> IsLastAsync(CancellationToken cancellation)
    {
        await FillAsync(2, cancellation);
        if (Unread.StartsWith("--"u8)) return true;
        int line = await FindAsync("\r\n"u8.ToArray(), 128, "stands behind a boundary", cancellation);
        if (line < 0) throw BrokenOff("behind a boundary");
        if (Unread[..line].ContainsAnyExcept((byte)' ', (byte)'\t')) throw new ArchiveAnswerException($"something other than a line break stands behind the boundary of part {_parts + 1}");
        Skip(line); // the line break stays: it is the first half of the empty line when a part has no headers
        return false;
    }

    private async ValueTask<(string ContentType, long? Length)> ReadHeadersAsync(CancellationToken cancellation)
    {
        int end = await FindAsync("\r\n\r\n"u8.ToArray(), _limits.HeaderBytes, $"is in the headers of part {_parts}", cancellation);
        if (end < 0) throw BrokenOff($"in the headers of part {_parts}");
        string headers = Encoding.Latin1.GetString(Unread[..end]);
        Skip(end + 4);
        string type = "";
        long? length = null;
        foreach (string line in headers.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) continue;
            string value = line[(colon + 1)..].Trim();
            if (line.AsSpan(0, colon).Trim().Equals("Content-Type", StringComparison.OrdinalIgnoreCase)) type = value;
            if (line.AsSpan(0, colon).Trim().Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
                && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long stated)) length = stated;
        }

        return (type, length);
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadBodyAsync(long? stated, CancellationToken cancellation)
    {
        int length = await FindAsync(_delimiter, _limits.PartBytes, $"is in part {_parts}", cancellation);
        if (length < 0)
        {
            // Only the last boundary is missing when the part is as long as it says.
            if (stated != _end - _start) throw BrokenOff($"in part {_parts}, after {_end - _start} bytes of it");
            _state = State.EndOfStream;
            return Take(_end - _start, 0);
        }

        return Take(length, _delimiter.Length);
    }

    // A large body leaves with the buffer it lies in; a small one is copied out.
    private ReadOnlyMemory<byte> Take(int length, int then)
    {
        ReadOnlyMemory<byte> body;
        if (length < LargeBody)
        {
            body = Unread[..length].ToArray();
            Skip(length + then);
        }
        else
        {
            body = _buffer.AsMemory(_start, length);
            Skip(length + then);
            byte[] fresh = new byte[Math.Max(FirstBuffer, _end - _start)];
            Unread.CopyTo(fresh);
            (_buffer, _start, _end) = (fresh, 0, _end - _start);
        }

        return body;
    }

    private Span<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    private void Skip(int count) => _start += count;

    private static ArchiveAnswerException BrokenOff(string where) => new($"the answer broke off {where}");

    /// <summary>Where a pattern stands among what is unread; -1 when the stream ends without it.</summary>
    private async ValueTask<int> FindAsync(byte[] pattern, int limit, string where, CancellationToken cancellation)
    {
        for (int seen = 0; ;)
        {
            int at = Unread[seen..].IndexOf(pattern);
            if (at >= 0 && seen + at <= limit) return seen + at;
            if (at >= 0 || _end - _start > (long)limit + pattern.Length) throw new ArchiveAnswerException($"more than {limit} bytes {where}");
            seen = Math.Max(0, _end - _start - pattern.Length + 1);
            if (!await ReadMoreAsync(cancellation)) return -1;
        }
    }

    private async ValueTask FillAsync(int count, CancellationToken cancellation)
    {
        while (_end - _start < count && await ReadMoreAsync(cancellation))
        {
        }
    }

    private async ValueTask<bool> ReadMoreAsync(CancellationToken cancellation)
    {
        if (_end == _buffer.Length)
        {
            int held = _end - _start;
            // Room is made in place while at least half of it is free.
            byte[] target = held <= _buffer.Length / 2 ? _buffer : new byte[(int)Math.Min(2L * _buffer.Length, Array.MaxLength)];
            Unread.CopyTo(target);
            (_buffer, _start, _end) = (target, 0, held);
        }

        int read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
        _end += read;
        return read > 0;
    }
}
