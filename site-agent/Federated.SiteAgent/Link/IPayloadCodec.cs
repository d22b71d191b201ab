using Federated.Analyses.Exchange;

namespace Federated.SiteAgent.Link;

/// <summary>The bytes of payload.proto: what arrives as a broadcast and what leaves as a report. The host's implementation is the only one.</summary>
public interface IPayloadCodec
{
    /// <summary>Reads a broadcast; every extent is checked against the bytes that are there before anything is allocated.</summary>
    /// <exception cref="BroadcastInvalidException">The bytes are not a broadcast.</exception>
    Broadcast DecodeBroadcast(ReadOnlyMemory<byte> bytes);

    /// <summary>A report as it travels.</summary>
    byte[] EncodeReport(Report report);
}
