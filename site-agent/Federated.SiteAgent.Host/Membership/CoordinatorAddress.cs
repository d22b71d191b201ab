namespace Federated.SiteAgent.Host.Membership;

/// <summary>Where the coordinator listens: a host name or address and a port.</summary>
public sealed record CoordinatorAddress(string Host, int Port)
{
    /// <summary>Reads HOST:PORT; an IPv6 address stands in brackets.</summary>
    /// <exception cref="SiteErrorException">E3009.</exception>
    public static CoordinatorAddress Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        string host = colon > 0 ? text[..colon].Trim('[', ']') : "";
        bool bracketed = text.StartsWith('[') && colon > 0 && text[colon - 1] == ']';
        bool sound = colon > 0 && int.TryParse(text[(colon + 1)..], System.Globalization.NumberStyles.None, null, out int port) && port is > 0 and < 65536
            && (Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 || (bracketed && Uri.CheckHostName(host) == UriHostNameType.IPv6));
        if (!sound) throw new SiteErrorException("E3009", ExitCode.Input, $"'{Analyses.PlainText.Shown(text)}' is not HOST:PORT; write for instance coordinator.example.org:7443");
        return new CoordinatorAddress(host, int.Parse(text[(colon + 1)..], System.Globalization.NumberStyles.None, null));
    }

    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
