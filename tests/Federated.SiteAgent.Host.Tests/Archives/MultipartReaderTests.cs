using System.Text;
using CsCheck;
using Federated.SiteAgent.Host.Archives;

namespace Federated.SiteAgent.Host.Tests.Archives;

/// <summary>multipart/related as archives send it, and as they should not.</summary>
public class MultipartReaderTests
{
    private const string Boundary = "b0unda-ry";

    [Fact]
    public void The_boundary_is_read_with_and_without_quotes()
    {
        Assert.Equal("a-b", MultipartReader.BoundaryOf("multipart/related; type=\"application/dicom\"; boundary=a-b"));
        Assert.Equal("a b", MultipartReader.BoundaryOf("Multipart/Related; boundary=\"a b\"; type=\"application/dicom\""));
    }

    [Theory]
    [InlineData(null, "not multipart/related")]
    [InlineData("application/dicom", "not multipart/related")]
    [InlineData("text/html; charset=utf-8", "not multipart/related")]
    [InlineData("multipart/related; type=\"application/dicom\"", "no boundary")]
    [InlineData("multipart/related; boundary=", "not multipart/related")]
    public void What_is_not_multipart_is_refused_by_name(string? type, string reason) =>
        Assert.Contains(reason, Assert.Throws<ArchiveAnswerException>(() => MultipartReader.BoundaryOf(type)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("b ")]
    public void A_boundary_that_is_none_is_refused(string boundary) =>
        Assert.Throws<ArchiveAnswerException>(() => new MultipartReader(Stream.Null, boundary));

    [Fact]
    public void Parts_come_whole_however_the_bytes_arrive()
    {
        Gen.Select(Gen.Byte.Array[0, 300].Array[0, 8], Gen.Int[1, 40], Gen.Bool).Sample((bodies, chunk, preamble) =>
        {
            byte[] message = Message(bodies, preamble ? "by the way\r\n" : "");
            Assert.Equal(bodies.Select(Convert.ToHexString), Read(message, chunk).Parts.Select(p => Convert.ToHexString(p.Body.Span)));
        });
    }

    [Fact]
    public void A_large_part_leaves_with_the_buffer_and_the_next_is_untouched()
    {
        byte[] large = new byte[3 << 20];
        new Random(5).NextBytes(large);
        byte[][] bodies = [[1, 2, 3], large, [4, 5, 6], large, []];
        List<MultipartPart> parts = Read(Message(bodies, ""), 70_000).Parts;
        Assert.Equal(bodies.Length, parts.Count);
        for (int i = 0; i < bodies.Length; i++) Assert.True(parts[i].Body.Span.SequenceEqual(bodies[i]), $"part {i}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(999_999_999_999)]
    public void A_stated_length_that_lies_changes_nothing(long stated)
    {
        byte[] message = [.. Ascii($"--{Boundary}\r\nContent-Type: application/dicom\r\nContent-Length: {stated}\r\n\r\nhello\r\n--{Boundary}--")];
        MultipartPart part = Assert.Single(Read(message).Parts);
        Assert.Equal("hello", Encoding.ASCII.GetString(part.Body.Span));
        Assert.Equal(stated, part.StatedLength);
        Assert.Equal("application/dicom", part.ContentType);
    }

    [Fact]
    public void Everything_before_a_break_stands()
    {
        byte[] message = Message([[1, 2, 3], [4, 5, 6, 7]], "");
        int last = message.AsSpan().LastIndexOf(Ascii($"\r\n--{Boundary}"));
        for (int length = 0; length < message.Length - "--\r\nepilogue".Length + 2; length++)
        {
            (List<MultipartPart> parts, string? failure) = Read(message[..length]);
            Assert.Contains("broke off", failure, StringComparison.Ordinal);
            Assert.Equal(length >= last + Boundary.Length + 4 ? 2 : length > message.Length / 2 ? 1 : parts.Count, parts.Count);
            Assert.All(parts, p => Assert.True(p.Body.Span.SequenceEqual((byte[])[1, 2, 3]) || p.Body.Span.SequenceEqual((byte[])[4, 5, 6, 7])));
        }
    }

    [Fact]
    public void A_last_part_of_the_stated_length_is_whole_without_its_boundary()
    {
        (List<MultipartPart> parts, string? failure) = Read(Ascii($"--{Boundary}\r\nContent-Length: 5\r\n\r\nhello"));
        Assert.Equal("hello", Encoding.ASCII.GetString(Assert.Single(parts).Body.Span));
        Assert.Contains("before its last boundary", failure, StringComparison.Ordinal);
        (parts, failure) = Read(Ascii($"--{Boundary}\r\nContent-Length: 6\r\n\r\nhello"));
        Assert.Empty(parts);
        Assert.Contains("in part 1, after 5 bytes", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_hold()
    {
        var small = new MultipartLimits { PartBytes = 100, HeaderBytes = 60, PreambleBytes = 40, Parts = 2 };
        Assert.Null(Read(Message([new byte[100], new byte[100]], ""), 7, small).Failure);
        Assert.Contains("more than 100 bytes is in part 2", Read(Message([new byte[100], new byte[101]], ""), 7, small).Failure, StringComparison.Ordinal);
        Assert.Contains("more than 2 parts", Read(Message([[1], [2], [3]], ""), 7, small).Failure, StringComparison.Ordinal);
        Assert.Contains("before the first boundary", Read(Message([[1]], new string('x', 41)), 7, small).Failure, StringComparison.Ordinal);
        Assert.Contains("headers of part 1", Read(Ascii($"--{Boundary}\r\nX: {new string('x', 70)}\r\n\r\nhello\r\n--{Boundary}--"), 7, small).Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_part_is_stopped_at_its_limit_without_being_held()
    {
        using var endless = new EndlessStream(Ascii($"--{Boundary}\r\n\r\n"));
        var reader = new MultipartReader(endless, Boundary, new MultipartLimits { PartBytes = 1 << 20 });
        await Assert.ThrowsAsync<ArchiveAnswerException>(async () => await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.True(endless.Given < 3 << 20, $"{endless.Given} bytes were read");
    }

    [Fact]
    public void Damaged_answers_are_refused_and_nothing_else_happens()
    {
        byte[] sound = Message([[1, 2, 3], [], [9]], "x\r\n");
        Gen.Select(Gen.Int[0, sound.Length - 1], Gen.Byte, Gen.Int[0, sound.Length - 1], Gen.Int[0, 20]).Sample((at, value, from, length) =>
        {
            byte[] damaged = [.. sound];
            damaged[at] = value;
            damaged = [.. damaged[..from], .. damaged[Math.Min(damaged.Length, from + length)..]];
            (_, string? failure) = Read(damaged, 11); // any other exception fails the test
            Assert.DoesNotContain('\n', failure ?? "");
        }, iter: 5000);
    }

    private static (List<MultipartPart> Parts, string? Failure) Read(byte[] message, int chunk = 64, MultipartLimits? limits = null)
    {
        List<MultipartPart> parts = [];
        try
        {
            var reader = new MultipartReader(new ChunkedStream(message, chunk), Boundary, limits);
            while (reader.ReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult() is { } part) parts.Add(part);
            return (parts, null);
        }
        catch (ArchiveAnswerException failure)
        {
            return (parts, failure.Message);
        }
    }

    private static byte[] Message(byte[][] bodies, string preamble)
    {
        using var message = new MemoryStream();
        message.Write(Ascii(preamble));
        for (int i = 0; i < bodies.Length; i++)
        {
            message.Write(Ascii($"{(i == 0 && preamble.Length == 0 ? "" : "\r\n")}--{Boundary}{(i % 2 == 0 ? "" : " \t")}\r\n"));
            message.Write(i % 3 == 2 ? Ascii("\r\n") : Ascii("Content-Type: application/dicom\r\nMIME-Version: 1.0\r\n\r\n"));
            message.Write(bodies[i]);
        }

        message.Write(Ascii($"{(bodies.Length == 0 && preamble.Length == 0 ? "" : "\r\n")}--{Boundary}--\r\nepilogue"));
        return message.ToArray();
    }

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    private sealed class ChunkedStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(chunk, buffer.Length)], cancellationToken);
    }

    private sealed class EndlessStream(byte[] start) : MemoryStream
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Clear();
            if (Given == 0) start.CopyTo(buffer);
            int count = Given == 0 ? start.Length : buffer.Length;
            Given += count;
            return new ValueTask<int>(count);
        }
    }
}
