using System.Net.Sockets;
using System.Text;
using Federated.SiteAgent.Host.Membership;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>Opens the bare connection that TLS then runs over: straight to the coordinator, or through a proxy's CONNECT (RFC 9110, section 9.3.6).</summary>
public static class Route
{
    private const int MostHeaderBytes = 16 << 10;

    /// <summary>Opens it.</summary>
    /// <exception cref="SocketException">No connection to the first hop.</exception>
    /// <exception cref="ProxyRefusedException">The proxy does not open the way, or is none.</exception>
    public static async ValueTask<Stream> ConnectAsync(CoordinatorAddress address, ProxyAddress? proxy, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(proxy?.Host ?? address.Host, proxy?.Port ?? address.Port, cancellation);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (proxy is not null) await OpenAsync(stream, address, proxy, cancellation);
            return stream;
        }
        catch
        {
            if (stream is not null) await stream.DisposeAsync();
            socket.Dispose();
            throw;
        }
    }

    private static async Task OpenAsync(Stream stream, CoordinatorAddress address, ProxyAddress proxy, CancellationToken cancellation)
    {
        string authorization = proxy.Authorization is { } value ? $"Proxy-Authorization: {value}\r\n" : "";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n{authorization}\r\n"), cancellation);
        string answer = await ReadAnswerAsync(stream, proxy, cancellation);
        string[] words = answer.Split("\r\n", 2)[0].Split(' ', 3);
        if (words.Length < 2 || !words[0].StartsWith("HTTP/1.", StringComparison.Ordinal) || !int.TryParse(words[1], System.Globalization.NumberStyles.None, null, out int status))
            throw new ProxyRefusedException($"What answers at {proxy} is no HTTP proxy; check its address.");
        switch (status)
        {
            case >= 200 and < 300:
                return;
            case 407:
                throw new ProxyRefusedException(proxy.User is null
                    ? $"The proxy {proxy} asks for a user and a password; name the user with --proxy http://USER@{proxy.Host}:{proxy.Port}, the password in {ProxyAddress.PasswordVariable}."
                    : $"The proxy {proxy} does not accept user or password.");
            default:
                throw new ProxyRefusedException($"The proxy {proxy} does not let connections to {address} through (status {status}); ask the network's operator to allow CONNECT to it.");
        }
    }

    // To the empty line and not a byte further: what follows is TLS.
    private static async Task<string> ReadAnswerAsync(Stream stream, ProxyAddress proxy, CancellationToken cancellation)
    {
        var head = new List<byte>(256);
        byte[] one = new byte[1];
        while (head is not [.., (byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n'])
        {
            if (head.Count == MostHeaderBytes || await stream.ReadAsync(one, cancellation) == 0)
                throw new ProxyRefusedException($"What answers at {proxy} is no HTTP proxy, or hung up; check its address.");
            head.Add(one[0]);
        }

        return Encoding.Latin1.GetString([.. head]);
    }
}
