using Federated.Analyses.Exchange;

namespace Federated.Coordinator.Payloads;

/// <summary>The bytes of payload.proto. The same broadcast always gives the same bytes.</summary>
public interface IPayloadCodec
{
    /// <summary>A broadcast as it travels.</summary>
    byte[] EncodeBroadcast(Broadcast broadcast);

    /// <summary>Reads a site's report; every length is checked before anything is allocated.</summary>
    /// <exception cref="FormatException">The bytes are not a report.</exception>
    Report DecodeReport(ReadOnlySpan<byte> payload);
}
