namespace Federated.SiteAgent.Host.Archives;

/// <summary>The body of an answer: read once, forward. A lost connection, fewer bytes than announced and a long silence all become <see cref="ArchiveAnswerException"/>.</summary>
internal sealed class AnswerStream(Stream body, TimeSpan silence, TimeProvider time) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _read; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            // Bytes that are there already need neither a timer nor a waiting task.
            ValueTask<int> reading = body.ReadAsync(buffer, cancellationToken);
            int read = reading.IsCompletedSuccessfully ? await reading : await reading.AsTask().WaitAsync(silence, time, cancellationToken);
            _read += read;
            return read;
        }
        catch (TimeoutException silent)
        {
            await body.DisposeAsync(); // ends the read that still waits
            throw new ArchiveAnswerException($"the archive fell silent for {silence.TotalSeconds:0} s after {_read} bytes", silent);
        }
        catch (Exception lost) when (lost is IOException or HttpRequestException)
        {
            throw new ArchiveAnswerException($"the connection broke off after {_read} bytes", lost);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Answers are read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await body.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) body.Dispose();
        base.Dispose(disposing);
    }
}
