using System.Collections.Immutable;
using CsCheck;
using Federated.Analyses.Exchange;
using Federated.SiteAgent.Host.Connection;
using Google.Protobuf;
using Wire = Federated.Contracts.V1;

namespace Federated.SiteAgent.Host.Tests.Connection;

/// <summary>payload.proto, from both ends.</summary>
public class PayloadCodecTests
{
    private readonly ProtobufPayloadCodec _codec = new();

    [Fact]
    public void A_broadcast_is_read_to_the_bit()
    {
        Broadcast read = _codec.DecodeBroadcast(Bytes(Tensor("beta", [2, 2], 1, -0.0, double.NaN, 1e-310), Tensor("grand", [], 7), Tensor("none", [0])));
        Assert.Equal([1, -0.0, double.NaN, 1e-310], read.Require("beta", 2, 2));
        Assert.True(double.IsNegative(read.Require("beta", 2, 2)[1]));
        Assert.Equal([7.0], read.Require("grand"));
        Assert.Empty(read.Require("none", 0));
    }

    [Fact]
    public void Extents_that_promise_more_than_the_bytes_hold_are_refused_before_anything_is_made()
    {
        foreach (Wire.Tensor wrong in (Wire.Tensor[])[Tensor("x", [3], 1, 2), Tensor("x", [int.MaxValue, int.MaxValue], 1), Tensor("x", [uint.MaxValue], 1),
            Tensor("x", [65536, 65536, 65536, 65536, 65536, 65536, 65536, 65536]), Tensor("x", [1, 1, 1, 1, 1, 1, 1, 1, 1], 1), Tensor("x", [], 1, 2)])
            Assert.Throws<BroadcastInvalidException>(() => _codec.DecodeBroadcast(Bytes(wrong)));
        Assert.Throws<BroadcastInvalidException>(() => _codec.DecodeBroadcast(Bytes(Tensor("x", [], 1), Tensor("x", [], 1))));
    }

    [Fact]
    public void Any_bytes_are_a_broadcast_or_refused() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        try
        {
            _codec.DecodeBroadcast(bytes);
        }
        catch (BroadcastInvalidException)
        {
            // The only way to say no.
        }
    });

    [Fact]
    public void A_report_holds_exactly_its_declared_fields()
    {
        var report = new Report(
            new EffectiveRows(31, ImmutableSortedDictionary<ExclusionReason, long>.Empty.Add(ExclusionReason.CovariateMissing, 2).Add(ExclusionReason.NoCohortRow, 1)),
            [new ScannerEffects(3, [0.5, double.NaN], [1.25, double.NaN])]);
        Wire.Report read = Wire.Report.Parser.ParseFrom(_codec.EncodeReport(report));
        Assert.Equal(31ul, read.Rows.Used);
        Assert.Equal([(Wire.ExclusionReason.CovariateMissing, 2ul), (Wire.ExclusionReason.NoCohortRow, 1ul)], read.Rows.Excluded.Select(e => (e.Reason, e.Rows)));
        Wire.ScannerEffects effects = Assert.Single(read.ScannerEffects);
        Assert.Equal(3u, effects.Scanner);
        Assert.Equal([0.5, double.NaN], Doubles(effects.GammaStar));
        Assert.Equal([1.25, double.NaN], Doubles(effects.DeltaStar));
        Assert.Equal(_codec.EncodeReport(report), _codec.EncodeReport(report));
    }

    private static byte[] Bytes(params Wire.Tensor[] tensors) => new Wire.Broadcast { Tensors = { tensors } }.ToByteArray();

    private static Wire.Tensor Tensor(string name, uint[] shape, params double[] values) => new()
    {
        Name = name,
        Shape = { shape },
        Values = ByteString.CopyFrom([.. values.SelectMany(BitConverter.GetBytes)]),
    };

    private static double[] Doubles(ByteString bytes) => [.. Enumerable.Range(0, bytes.Length / 8).Select(i => BitConverter.ToDouble(bytes.Span[(i * 8)..]))];
}
