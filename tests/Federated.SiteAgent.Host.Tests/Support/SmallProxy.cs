using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Federated.SiteAgent.Host.Tests.Support;

/// <summary>An HTTP proxy on loopback that does CONNECT and nothing else, for those who sign in if it says so.</summary>
internal sealed class SmallProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;

    public SmallProxy()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>USER:PASSWORD that it asks for; null = nothing.</summary>
    public string? Credentials { get; init; }

    /// <summary>Answers this to everybody in place of opening a way.</summary>
    public string? Refusal { get; init; }

    /// <summary>The way goes here, whatever name was asked for: the name server of the hospital's own network would not know it.</summary>
    public int? LeadsTo { get; init; }

    /// <summary>What was asked for.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public string Address => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient near)
    {
        using (near)
        {
            try
            {
                NetworkStream stream = near.GetStream();
                var head = new StringBuilder();
                byte[] one = new byte[1];
                while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, _stop.Token) == 1) head.Append((char)one[0]);
                string[] lines = head.ToString().Split("\r\n");
                string target = lines[0].Split(' ')[1];
                Asked.Enqueue(target);
                string expected = Credentials is null ? "" : "Proxy-Authorization: Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(Credentials));
                string? refusal = Refusal ?? (Credentials is not null && !lines.Contains(expected, StringComparer.Ordinal) ? "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n" : null);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(refusal ?? "HTTP/1.1 200 Connection established\r\nVia: 1.1 small\r\n\r\n"), _stop.Token);
                if (refusal is not null) return;
                using var far = new TcpClient();
                await far.ConnectAsync(IPAddress.Loopback, LeadsTo ?? int.Parse(target.Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture), _stop.Token);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                await Task.WhenAny(stream.CopyToAsync(far.GetStream(), either.Token), far.GetStream().CopyToAsync(stream, either.Token));
                await either.CancelAsync();
            }
            catch (Exception cut) when (cut is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // Both ends are closed here.
            }
        }
    }
}
