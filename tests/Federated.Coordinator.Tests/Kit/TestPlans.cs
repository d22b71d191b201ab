using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Coordinator.Payloads;

namespace Federated.Coordinator.Tests.Kit;

/// <summary>Plans small enough to write on one line: id, quorum, number of scanners, analyses as id:kind[:word].</summary>
public static class TestPlans
{
    /// <summary>Among the analyses: masked sums.</summary>
    public const string Secure = "secure";

    public static readonly TimeSpan RoundDeadline = TimeSpan.FromHours(2);

    public static byte[] Bytes(string id, int quorum, int scanners, params ReadOnlySpan<string> analyses) =>
        Encoding.UTF8.GetBytes($"{id} {quorum} {scanners} {string.Join(' ', analyses.ToArray())}");

    public static StudyPlan Read(ReadOnlyMemory<byte> bytes)
    {
        string[] words = Encoding.UTF8.GetString(bytes.Span).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new StudyPlan
        {
            Id = words[0],
            Title = "Test of " + words[0],
            Scanners = [.. Enumerable.Range(0, int.Parse(words[2])).Select(i => $"scanner-{i:00}")],
            Features = ["f"],
            Analyses = [.. words.Skip(3).Where(w => w is not Secure).Select(Analysis)],
            Privacy = new PrivacyTerms { Aggregation = words.Contains(Secure, StringComparer.Ordinal) ? Aggregation.Secure : Aggregation.Plain },
            Quorum = new Quorum { Sites = int.Parse(words[1]), RoundDeadline = RoundDeadline },
        };
    }

    private static AnalysisSpecification Analysis(string text)
    {
        string[] parts = text.Split(':');
        return new AnalysisSpecification(parts[0], parts[1], parts.Length > 2 ? new JsonObject { ["predictors"] = new JsonArray(parts[2], "age") } : []);
    }
}

/// <summary>Payload bytes of the tests: independent of the wire's, and deterministic.</summary>
public sealed class TestCodec : IPayloadCodec
{
    public byte[] EncodeBroadcast(Broadcast broadcast)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        foreach (Tensor tensor in broadcast.Tensors)
        {
            writer.Write(tensor.Name);
            writer.Write(tensor.Shape.Length);
            foreach (int extent in tensor.Shape) writer.Write(extent);
            writer.Write(tensor.Values.Length);
            foreach (double value in tensor.Values) writer.Write(value);
        }

        return stream.ToArray();
    }

    public static Broadcast DecodeBroadcast(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var tensors = ImmutableArray.CreateBuilder<Tensor>();
        while (reader.BaseStream.Position < bytes.Length)
        {
            string name = reader.ReadString();
            int[] shape = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadInt32())];
            double[] values = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadDouble())];
            tensors.Add(new Tensor(name, [.. shape], values));
        }

        return new Broadcast(tensors.ToImmutable());
    }

    public static byte[] EncodeReport(Report report) => Encoding.ASCII.GetBytes($"report {report.Rows.Used}");

    public Report DecodeReport(ReadOnlySpan<byte> payload)
    {
        string[] words = Encoding.ASCII.GetString(payload).Split(' ');
        return words is ["report", var used] && long.TryParse(used, out long rows)
            ? new Report(new EffectiveRows(rows, ImmutableSortedDictionary<ExclusionReason, long>.Empty), [])
            : throw new FormatException("Not a report.");
    }
}
