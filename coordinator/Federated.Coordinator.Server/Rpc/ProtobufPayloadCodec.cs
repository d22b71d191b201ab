using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Federated.Analyses.Exchange;
using Federated.Coordinator.Payloads;
using Google.Protobuf;
using Wire = Federated.Contracts.V1;

namespace Federated.Coordinator.Server.Rpc;

/// <summary>payload.proto: broadcasts as they leave, reports as they arrive.</summary>
public sealed class ProtobufPayloadCodec : IPayloadCodec
{
    private const int DoubleBytes = sizeof(double);
    private const int MostScanners = 65_536;

    /// <inheritdoc/>
    public byte[] EncodeBroadcast(Broadcast broadcast)
    {
        var message = new Wire.Broadcast();
        foreach (Tensor tensor in broadcast.Tensors)
        {
            var wire = new Wire.Tensor { Name = tensor.Name, Values = Encode(tensor.Values) };
            wire.Shape.AddRange(tensor.Shape.Select(extent => checked((uint)extent)));
            message.Tensors.Add(wire);
        }

        return message.ToByteArray();
    }

    /// <inheritdoc/>
    public Report DecodeReport(ReadOnlySpan<byte> payload)
    {
        Wire.Report message;
        try
        {
            message = Wire.Report.Parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new FormatException("The bytes are not a report of payload.proto.", e);
        }

        if (message.Rows is null || message.Rows.Used > long.MaxValue || message.ScannerEffects.Count > MostScanners) throw new FormatException("The report is out of range.");
        var excluded = ImmutableSortedDictionary.CreateBuilder<ExclusionReason, long>();
        foreach (Wire.ExcludedRows rows in message.Rows.Excluded)
        {
            var reason = (ExclusionReason)(int)rows.Reason;
            if (!Enum.IsDefined(reason) || rows.Rows > long.MaxValue || !excluded.TryAdd(reason, (long)rows.Rows)) throw new FormatException("The report's exclusions are out of range.");
        }

        var effects = ImmutableArray.CreateBuilder<ScannerEffects>(message.ScannerEffects.Count);
        foreach (Wire.ScannerEffects scanner in message.ScannerEffects)
        {
            if (scanner.Scanner >= MostScanners || scanner.GammaStar.Length != scanner.DeltaStar.Length || scanner.GammaStar.Length % DoubleBytes != 0)
                throw new FormatException("The report's scanner effects are out of range.");
            effects.Add(new ScannerEffects((int)scanner.Scanner, Decode(scanner.GammaStar.Span), Decode(scanner.DeltaStar.Span)));
        }

        return new Report(new EffectiveRows((long)message.Rows.Used, excluded.ToImmutable()), effects.MoveToImmutable()) { Phantoms = Phantoms(message) };
    }

    private static ImmutableArray<ScannerPhantoms> Phantoms(Wire.Report message)
    {
        if (message.Phantoms.Count > MostScanners) throw new FormatException("The report's phantoms are out of range.");
        var seen = new HashSet<uint>();
        return
        [
            .. message.Phantoms.Select(scanner =>
            {
                if (scanner.Scanner >= MostScanners || !seen.Add(scanner.Scanner) || scanner.Points.Count > ScannerPhantoms.MostPoints) throw new FormatException("The report's phantoms are out of range.");
                return new ScannerPhantoms((int)scanner.Scanner, [.. scanner.Points.Select(Point)]);
            }),
        ];
    }

    private static PhantomPoint Point(Wire.PhantomPoint point)
    {
        if (point.Month > PhantomPoint.LastMonth) throw new FormatException("A phantom's month is out of range.");
        var read = new PhantomPoint(
            (int)point.Month, point.Factor, point.Noise, point.FwhmMillimetres, point.FilterMillimetres, [.. point.Recoveries], [.. point.Alarms.Select(a => (PhantomQuantity)(int)a)]);
        return read.IsSound ? read : throw new FormatException("A phantom's numbers are out of range.");
    }

    private static ByteString Encode(double[] values)
    {
        byte[] bytes = new byte[checked(values.Length * DoubleBytes)];
        if (BitConverter.IsLittleEndian)
            MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(bytes);
        else
            for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * DoubleBytes), values[i]);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    private static double[] Decode(ReadOnlySpan<byte> bytes)
    {
        double[] values = new double[bytes.Length / DoubleBytes];
        for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * DoubleBytes)..]);
        return values;
    }
}
