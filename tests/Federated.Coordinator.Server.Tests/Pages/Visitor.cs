using System.Net;
using System.Text.RegularExpressions;
using Federated.Coordinator.Accounts;
using Federated.Coordinator.Pages.Access;
using Federated.Coordinator.Server.Tests.Kit;

namespace Federated.Coordinator.Server.Tests.Pages;

/// <summary>A person at a browser without scripts: follows forms as they stand in the page.</summary>
internal sealed partial class Visitor : IDisposable
{
    public const string Password = "four words in a row";

    private readonly HttpClient _client;

    public Visitor(RunningCoordinator coordinator) => _client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = true, UseProxy = false }) { BaseAddress = coordinator.Server.Pages };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Someone who chose a password by a link and signed in.</summary>
    public static async Task<Visitor> OfAsync(RunningCoordinator coordinator, Role role, TimeProvider? time = null)
    {
        AccountBook accounts = coordinator.Server.Directory.Accounts(time ?? TimeProvider.System);
        string name = role.ToString().ToLowerInvariant();
        Assert.Null(accounts.Redeem(accounts.Invite(name, role), Password));
        var visitor = new Visitor(coordinator);
        HttpResponseMessage entered = await visitor.SignInAsync(name, Password);
        Assert.Equal("/", entered.Headers.Location?.OriginalString);
        return visitor;
    }

    /// <param name="path">The address.</param>
    /// <param name="live">As the pages' script asks for what it shows already.</param>
    public async Task<HttpResponseMessage> GetAsync(string path, bool live = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        if (live) request.Headers.Add("X-Live", "1");
        return await _client.SendAsync(request, Cancellation);
    }

    /// <summary>The head of a reply that may never end.</summary>
    public async Task<HttpResponseMessage> HeadAsync(string path, CancellationToken cancellation)
    {
        using HttpResponseMessage reply = await _client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
        return reply;
    }

    public async Task<string> ReadAsync(string path)
    {
        HttpResponseMessage reply = await GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        return WebUtility.HtmlDecode(await reply.Content.ReadAsStringAsync(Cancellation));
    }

    public async Task<HttpResponseMessage> SignInAsync(string name, string password) =>
        await PostAsync("/sign-in", "/session/in", ("name", name), ("password", password), ("to", ""));

    /// <summary>Sends a form of a page, with the token that stands in it.</summary>
    public async Task<HttpResponseMessage> PostAsync(string page, string action, params (string Name, string Value)[] fields)
    {
        string html = await (await GetAsync(page)).Content.ReadAsStringAsync(Cancellation);
        string token = Token().Match(html).Groups[1].Value;
        return await BareAsync(action, [.. fields, ("__RequestVerificationToken", token)]);
    }

    /// <summary>Sends a form without having seen the page.</summary>
    public Task<HttpResponseMessage> BareAsync(string action, params (string Name, string Value)[] fields) =>
        _client.PostAsync(new Uri(action, UriKind.Relative), new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))), Cancellation);

    public void Dispose() => _client.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
