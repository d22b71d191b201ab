using System.Net;
using System.Text.RegularExpressions;
using Federated.Coordinator.Accounts;
using Federated.Coordinator.Pages.Access;

namespace Federated.Benchmarks;

/// <summary>A browser of a signed-in person, without the drawing.</summary>
internal sealed partial class PageViewer : IDisposable
{
    private const string Password = "four words in a row";
    private readonly CookieContainer _cookies;
    private readonly HttpClient _client;

    private PageViewer(Uri pages, CookieContainer cookies)
    {
        _cookies = cookies;
        _client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseProxy = false, CookieContainer = cookies }) { BaseAddress = pages, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Another window of the same person, with connections of its own.</summary>
    public PageViewer Another() => new(_client.BaseAddress!, _cookies);

    /// <summary>Makes an account, chooses its password and signs in.</summary>
    public static async Task<PageViewer> SignInAsync(Uri pages, AccountBook accounts, string name, Role role)
    {
        Enrol(accounts, name, role);
        return await SignInAsync(pages, name);
    }

    /// <summary>Makes an account that <see cref="SignInAsync(Uri, string)"/> gets in with.</summary>
    public static void Enrol(AccountBook accounts, string name, Role role)
    {
        if (accounts.Redeem(accounts.Invite(name, role), Password) is { } wrong) throw new InvalidOperationException(wrong);
    }

    /// <summary>Signs in under an account that <see cref="Enrol"/> made.</summary>
    public static async Task<PageViewer> SignInAsync(Uri pages, string name)
    {
        var viewer = new PageViewer(pages, new CookieContainer());
        string token = Token().Match(await viewer._client.GetStringAsync(new Uri("/sign-in", UriKind.Relative))).Groups["token"].Value;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal) { ["name"] = name, ["password"] = Password, ["to"] = "", ["__RequestVerificationToken"] = token });
        using HttpResponseMessage entered = await viewer._client.PostAsync(new Uri("/session/in", UriKind.Relative), form);
        return entered.Headers.Location?.OriginalString is "/" ? viewer : throw new InvalidOperationException($"{name} does not get in: {entered.StatusCode} {entered.Headers.Location}");
    }

    /// <summary>Reads a page to its end.</summary>
    /// <returns>Its bytes.</returns>
    public async Task<long> ReadAsync(string address)
    {
        using HttpResponseMessage reply = await _client.GetAsync(new Uri(address, UriKind.Relative));
        reply.EnsureSuccessStatusCode();
        return (await reply.Content.ReadAsByteArrayAsync()).LongLength;
    }

    /// <summary>Looks at a page as the pages' script does: asks for it again whenever the server says that something changed.</summary>
    /// <returns>How often it was asked for.</returns>
    public async Task<int> WatchAsync(string address, CancellationToken cancellation)
    {
        int asked = 0;
        try
        {
            using HttpResponseMessage reply = await _client.GetAsync(new Uri("/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
            reply.EnsureSuccessStatusCode();
            using var lines = new StreamReader(await reply.Content.ReadAsStreamAsync(cancellation));
            while (await lines.ReadLineAsync(cancellation) is { } line)
            {
                if (line is not "event: changed") continue;
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, UriKind.Relative));
                request.Headers.Add("X-Live", "1");
                using HttpResponseMessage page = await _client.SendAsync(request, cancellation);
                page.EnsureSuccessStatusCode();
                await page.Content.ReadAsByteArrayAsync(cancellation);
                asked++;
            }
        }
        catch (OperationCanceledException)
        {
        }

        return asked;
    }

    public void Dispose() => _client.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex Token();
}
