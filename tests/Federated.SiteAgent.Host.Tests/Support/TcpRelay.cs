using System.Net;
using System.Net.Sockets;

namespace Federated.SiteAgent.Host.Tests.Support;

/// <summary>A port of loopback that passes everything on to another, until so many bytes came back; then it calls, and cuts every connection that is open.</summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly Task _accepting;
    private readonly List<Task> _connections = [];
    private long _allowance = long.MaxValue;
    private Func<Task> _then = () => Task.CompletedTask;

    public TcpRelay(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Bytes that came back so far.</summary>
    public long Returned { get; private set; }

    /// <summary>Lets so many more bytes come back, then calls once and cuts.</summary>
    public void CutAfter(long bytes, Func<Task> then)
    {
        _then = then;
        Interlocked.Exchange(ref _allowance, bytes);
    }

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
            while (true) _connections.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task RelayAsync(TcpClient near)
    {
        using (near)
        using (var far = new TcpClient())
        {
            near.NoDelay = far.NoDelay = true;
            try
            {
                await far.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                Task there = near.GetStream().CopyToAsync(far.GetStream(), either.Token);
                await BackAsync(far.GetStream(), near.GetStream());
                await either.CancelAsync();
                await there;
            }
            catch (Exception cut) when (cut is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // Both ends are closed below.
            }
        }
    }

    private async Task BackAsync(NetworkStream from, NetworkStream to)
    {
        byte[] chunk = new byte[4096];
        for (int read; (read = await from.ReadAsync(chunk, _stop.Token)) > 0;)
        {
            Returned += read;
            if (Interlocked.Add(ref _allowance, -read) < 0 && Interlocked.Exchange(ref _allowance, long.MaxValue) < 0)
            {
                await _then();
                return;
            }

            await to.WriteAsync(chunk.AsMemory(0, read), _stop.Token);
        }
    }
}
