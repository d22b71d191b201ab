using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Federated.Analyses.Exchange;
using Federated.SiteAgent.Link;
using Google.Protobuf;
using Wire = Federated.Contracts.V1;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>payload.proto: broadcasts as they arrive, reports as they leave.</summary>
public sealed class ProtobufPayloadCodec : IPayloadCodec
{
    private const int DoubleBytes = sizeof(double);
    private const int MostAxes = 8;

    /// <inheritdoc/>
    public Broadcast DecodeBroadcast(ReadOnlyMemory<byte> bytes)
    {
        Wire.Broadcast message;
        try
        {
            message = Wire.Broadcast.Parser.ParseFrom(bytes.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            throw new BroadcastInvalidException("The broadcast is not a message of payload.proto.");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        var tensors = ImmutableArray.CreateBuilder<Tensor>(message.Tensors.Count);
        foreach (Wire.Tensor tensor in message.Tensors)
        {
            if (!names.Add(tensor.Name)) throw new BroadcastInvalidException("The broadcast names a tensor twice.");
            tensors.Add(Decode(tensor));
        }

        return new Broadcast(tensors.MoveToImmutable());
    }

    /// <inheritdoc/>
    public byte[] EncodeReport(Report report)
    {
        var rows = new Wire.EffectiveRows { Used = checked((ulong)report.Rows.Used) };
        foreach ((ExclusionReason reason, long count) in report.Rows.Excluded)
            rows.Excluded.Add(new Wire.ExcludedRows { Reason = (Wire.ExclusionReason)(int)reason, Rows = checked((ulong)count) });
        var message = new Wire.Report { Rows = rows };
        foreach (ScannerEffects effects in report.ScannerEffects)
        {
            message.ScannerEffects.Add(new Wire.ScannerEffects
            {
                Scanner = checked((uint)effects.Scanner),
                GammaStar = Encode(effects.GammaStar),
                DeltaStar = Encode(effects.DeltaStar),
            });
        }

        foreach (ScannerPhantoms scanner in report.Phantoms)
        {
            message.Phantoms.Add(new Wire.ScannerPhantoms
            {
                Scanner = checked((uint)scanner.Scanner),
                Points =
                {
                    scanner.Points.Select(p => new Wire.PhantomPoint
                    {
                        Month = checked((uint)p.Month),
                        Factor = p.Factor,
                        Noise = p.Noise,
                        FwhmMillimetres = p.FwhmMillimetres,
                        FilterMillimetres = p.FilterMillimetres,
                        Recoveries = { p.Recoveries },
                        Alarms = { p.Alarms.Select(a => (Wire.PhantomQuantity)(int)a) },
                    }),
                },
            });
        }

        return message.ToByteArray();
    }

    private static Tensor Decode(Wire.Tensor tensor)
    {
        if (tensor.Shape.Count > MostAxes) throw new BroadcastInvalidException($"A tensor has {tensor.Shape.Count} axes, more than {MostAxes}.");

        // The extents are compared with the bytes that are there before anything of their size is allocated.
        UInt128 length = 1;
        foreach (uint extent in tensor.Shape)
        {
            if (extent > int.MaxValue) throw new BroadcastInvalidException("An extent of a tensor is out of range.");
            length *= extent;
            if (length > int.MaxValue) throw new BroadcastInvalidException("A tensor has more numbers than fit into memory.");
        }

        if ((ulong)length * DoubleBytes != (ulong)tensor.Values.Length)
            throw new BroadcastInvalidException($"A tensor of {length} numbers comes with {tensor.Values.Length} bytes.");
        return new Tensor(tensor.Name, [.. tensor.Shape.Select(extent => (int)extent)], Decode(tensor.Values.Span));
    }

    private static double[] Decode(ReadOnlySpan<byte> bytes)
    {
        double[] values = new double[bytes.Length / DoubleBytes];
        if (BitConverter.IsLittleEndian)
            bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        else
            for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * DoubleBytes)..]);
        return values;
    }

    private static ByteString Encode(double[] values)
    {
        byte[] bytes = new byte[checked(values.Length * DoubleBytes)];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * DoubleBytes), values[i]);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }
}
