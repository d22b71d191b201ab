using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Federated.SiteAgent.Host.Telemetry;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>What calls to an archive are allowed.</summary>
public sealed record ArchiveCallOptions
{
    /// <summary>How often a call that failed on the way, or was told to come back, is repeated. Default 4.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>The first pause; it doubles, with jitter, up to <see cref="LongestPause"/>. Default 500 ms.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause, also where an archive asks for a longer one (Retry-After). Default 60 s.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Time for the first byte of an answer: archives fetch from slow storage. Default 2 min.</summary>
    public TimeSpan FirstByte { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Time without a byte after which an answer counts as broken off. Default 1 min.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Connections to one archive. Default 4.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>Results per page of a query. Default 500.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Bytes of one JSON answer. Default 64 MiB.</summary>
    public int JsonBytes { get; init; } = 64 << 20;
}

/// <summary>
/// The one place where calls to an archive are made, authenticated, repeated and explained. Redirects are not followed and proxies not used: credentials go to
/// the archive and nowhere else.
/// </summary>
public sealed class ArchiveHttp : IDisposable
{
    private readonly ArchiveEntry _entry;
    private readonly HttpClient _client;
    private readonly X509Certificate2Collection? _authorities;
    private readonly AuthenticationHeaderValue? _authorization;
    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline;
    private readonly TimeProvider _time;
    private readonly SiteInstruments? _instruments;

    /// <summary>A line to an archive.</summary>
    /// <exception cref="SiteErrorException">E3409 when the CA file cannot be used.</exception>
    public ArchiveHttp(ArchiveEntry entry, string? secret, TimeProvider time, Random jitter, ArchiveCallOptions? options = null, SiteInstruments? instruments = null)
    {
        _entry = entry;
        _time = time;
        _instruments = instruments;
        Options = options ?? new ArchiveCallOptions();
        _authorization = secret is null ? null
            : entry.User is { } user ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{secret}")))
            : new AuthenticationHeaderValue("Bearer", secret);
        _authorities = entry.CaFile is { } file ? ReadAuthorities(file) : null;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxConnectionsPerServer = Options.Connections,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            MaxResponseHeadersLength = 64,
            InitialHttp2StreamWindowSize = 4 << 20,
        };
        if (_authorities is not null) handler.SslOptions.RemoteCertificateValidationCallback = IsTrusted;
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _pipeline = Pipeline(jitter);
    }

    /// <summary>What calls are allowed.</summary>
    public ArchiveCallOptions Options { get; }

    /// <summary>Makes a call; the answer's body is still on its way.</summary>
    /// <param name="request">Makes the request, anew for each attempt.</param>
    /// <param name="accepted">Statuses besides 2xx that the caller understands.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="SiteErrorException">E3403 to E3407 and E3409.</exception>
    public async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> request, Func<HttpStatusCode, bool>? accepted, CancellationToken cancellation)
    {
        HttpResponseMessage response;
        try
        {
            response = await _pipeline.ExecuteAsync(
                async token =>
                {
                    using HttpRequestMessage message = request();
                    message.Headers.Authorization = _authorization;
                    return await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, token);
                },
                cancellation);
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutRejectedException && !cancellation.IsCancellationRequested)
        {
            _instruments?.ArchiveCalled(answered: false);
            throw Unreached(failure);
        }

        _instruments?.ArchiveCalled(answered: true);
        if (response.IsSuccessStatusCode || accepted?.Invoke(response.StatusCode) == true) return response;
        using (response) throw await ArchiveRefusal.ExplainAsync(_entry, response, cancellation);
    }

    /// <summary>A GET whose answer is JSON of bounded size.</summary>
    /// <exception cref="SiteErrorException">As <see cref="SendAsync"/>; E3403 when the answer breaks off, E3407 when it is too large.</exception>
    public async Task<(ReadOnlyMemory<byte> Body, HttpResponseHeaders Headers)> GetJsonAsync(Uri uri, string accept, CancellationToken cancellation)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using HttpResponseMessage response = await SendAsync(() => Get(uri, accept), null, cancellation);
                return (await ReadAllAsync(response, cancellation), response.Headers);
            }
            catch (ArchiveAnswerException brokenOff)
            {
                if (attempt >= Options.Retries) throw new SiteErrorException("E3403", ExitCode.Unreachable, $"{_entry.Name}: {brokenOff.Message}; see whether the archive is well, and run the command again", brokenOff);
                await Task.Delay(Options.FirstPause, _time, cancellation);
            }
        }
    }

    /// <summary>A whole answer of bounded size.</summary>
    /// <exception cref="ArchiveAnswerException">It broke off.</exception>
    /// <exception cref="SiteErrorException">E3407 when it is too large.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAllAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using Stream stream = await OpenBodyAsync(response, cancellation);
        using var body = new MemoryStream();
        byte[] chunk = new byte[81920];
        for (int read; (read = await stream.ReadAsync(chunk, cancellation)) > 0;)
        {
            if (body.Length + read > Options.JsonBytes) throw new SiteErrorException("E3407", ExitCode.Unreachable, $"{_entry.Name}: an answer is larger than {Options.JsonBytes} bytes; narrow the query");
            body.Write(chunk, 0, read);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    /// <summary>The body as a stream that counts silence and loss as a broken answer.</summary>
    public async Task<Stream> OpenBodyAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        new AnswerStream(await response.Content.ReadAsStreamAsync(cancellation), Options.Silence, _time);

    /// <summary>A GET.</summary>
    public static HttpRequestMessage Get(Uri uri, string accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        return request;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        foreach (X509Certificate2 authority in _authorities ?? []) authority.Dispose();
    }

    private static X509Certificate2Collection ReadAuthorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new SiteErrorException("E3409", ExitCode.Input, $"{file}: the CA file cannot be read ({failure.Message.ReplaceLineEndings(" ")}); give a PEM file of certificates", failure);
        }

        return authorities.Count > 0 ? authorities : throw new SiteErrorException("E3409", ExitCode.Input, $"{file}: holds no certificate in PEM; give the file of the authority that issued the archive's certificate");
    }

    private static bool IsPassing(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
        or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private ResiliencePipeline<HttpResponseMessage> Pipeline(Random jitter)
    {
        var drawing = new Lock();
        return new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = _time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                ShouldHandle = new PredicateBuilder<HttpResponseMessage>()
                    .Handle<HttpRequestException>(failure => Cause<AuthenticationException>(failure) is null) // a handshake that was refused once is refused again
                    .Handle<TimeoutRejectedException>()
                    .HandleResult(response => IsPassing(response.StatusCode)),
                MaxRetryAttempts = Math.Max(1, Options.Retries),
                Delay = Options.FirstPause,
                MaxDelay = Options.LongestPause,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Randomizer = () =>
                {
                    lock (drawing) return jitter.NextDouble();
                },
                DelayGenerator = retry => new ValueTask<TimeSpan?>(AskedFor(retry.Outcome.Result)),
                OnRetry = retry =>
                {
                    retry.Outcome.Result?.Dispose();
                    _instruments?.Retried(RetriedCall.Archive);
                    return default;
                },
            })
            .AddTimeout(Options.FirstByte)
            .Build();
    }

    private TimeSpan? AskedFor(HttpResponseMessage? response)
    {
        TimeSpan? asked = response?.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _time.GetUtcNow(),
            _ => null,
        };
        return asked is not { } pause ? null : pause < TimeSpan.Zero ? TimeSpan.Zero : pause > Options.LongestPause ? Options.LongestPause : pause;
    }

    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 leaf || (errors & (SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable)) != SslPolicyErrors.None) return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities!);
        if (sent is not null) chain.ChainPolicy.ExtraStore.AddRange(sent.ChainElements.Select(e => e.Certificate).ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // a hospital's own authority rarely publishes a list
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().LocalDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        return chain.Build(leaf);
    }

    private SiteErrorException Unreached(Exception failure)
    {
        if (Cause<AuthenticationException>(failure) is not null)
            return new SiteErrorException("E3409", ExitCode.Unreachable, $"{_entry.Name}: the certificate of {Where} is not trusted here or not valid for this name; give the authority that issued it with --ca-file, or check the address", failure);
        string why = Cause<SocketException>(failure) is { } socket ? $"no connection ({socket.SocketErrorCode})"
            : failure is TimeoutRejectedException ? $"no answer in {Options.FirstByte.TotalSeconds:0} s"
            : "the connection broke off";
        return new SiteErrorException("E3403", ExitCode.Unreachable, $"{_entry.Name}: {why} at {Where}; see whether the archive is running, and check address and firewall", failure);
    }

    private string Where => _entry.Root.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);

    private static T? Cause<T>(Exception failure)
        where T : Exception
    {
        for (Exception? at = failure; at is not null; at = at.InnerException)
            if (at is T found) return found;
        return null;
    }
}
