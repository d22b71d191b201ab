using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Federated.SiteAgent.Host.Tests.Support;

/// <summary>A DICOMweb archive on loopback that answers well until its script says otherwise.</summary>
internal sealed class ScriptedArchive : IAsyncDisposable
{
    private const string Boundary = "scripted-boundary";
    private readonly WebApplication _application;
    private readonly Lock _counting = new();
    private int _requests;

    private ScriptedArchive(WebApplication application) => _application = application;

    /// <summary>What it holds, by SOPInstanceUID: Part 10 bytes, or whatever stands in their place.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    /// <summary>Called first with the number of the request, from 1; true = it has answered.</summary>
    public Func<HttpContext, int, Task<bool>> Fault { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>Path and query of every request, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Authorization headers, in order.</summary>
    public ConcurrentQueue<string> Authorizations { get; } = new();

    public string Study { get; set; } = SyntheticSeries.StudyUid("scripted");

    public string Series { get; set; } = SyntheticSeries.SeriesUid("scripted");

    public string Address { get; private set; } = "";

    public static async Task<ScriptedArchive> StartAsync(int slices = 0, X509Certificate2? certificate = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        WebApplication application = builder.Build();
        var archive = new ScriptedArchive(application);
        for (int z = 0; z < slices; z++) archive.Objects[SyntheticSeries.InstanceUid("scripted", z)] = SyntheticSeries.Bytes(SyntheticSeries.Slice("scripted", z));
        application.Run(archive.AnswerAsync);
        await application.StartAsync(TestContext.Current.CancellationToken);
        var bound = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        archive.Address = $"{bound.Scheme}://127.0.0.1:{bound.Port}/dicom-web";
        return archive;
    }

    /// <summary>A whole multipart answer with these bodies.</summary>
    public static byte[] Multipart(IEnumerable<byte[]> bodies)
    {
        using var message = new MemoryStream();
        foreach (byte[] body in bodies)
        {
            message.Write(Encoding.ASCII.GetBytes($"\r\n--{Boundary}\r\nContent-Type: application/dicom\r\n\r\n"));
            message.Write(body);
        }

        message.Write(Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n"));
        return message.ToArray();
    }

    /// <summary>Sends the first bytes of an answer, and cuts the connection once the other side has used them: a cut also destroys what was sent and not yet read.</summary>
    public static async Task<bool> CutAsync(HttpContext context, byte[] answer, int after, Func<bool> used)
    {
        context.Response.ContentType = $"multipart/related; type=\"application/dicom\"; boundary={Boundary}";
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer.AsMemory(0, after));
        await context.Response.Body.FlushAsync();
        for (int wait = 0; !used() && wait < 1000; wait++) await Task.Delay(10);
        context.Abort();
        return true;
    }

    /// <summary>Answers with a status alone.</summary>
    public static Task<bool> StatusAsync(HttpContext context, int status, string? retryAfter = null)
    {
        context.Response.StatusCode = status;
        if (retryAfter is not null) context.Response.Headers.RetryAfter = retryAfter;
        return Task.FromResult(true);
    }

    /// <summary>Answers with a body of any type.</summary>
    public static async Task<bool> BodyAsync(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        await context.Response.Body.WriteAsync(body);
        return true;
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        int number;
        lock (_counting) number = ++_requests;
        Requests.Enqueue(context.Request.Path + context.Request.QueryString);
        Authorizations.Enqueue(context.Request.Headers.Authorization.ToString());
        if (await Fault(context, number)) return;
        string path = context.Request.Path.Value!["/dicom-web".Length..];
        string series = $"/studies/{Study}/series/{Series}";
        if (path is "/series") await JsonAsync(context, [Item(("0020000D", Study), ("0020000E", Series), ("00080060", "PT"), ("00201209", $"{Objects.Count}"))]);
        else if (path == $"{series}/instances") await JsonAsync(context, [.. Page(context, Objects.Keys.Order(StringComparer.Ordinal)).Select(uid => Item(("00080018", uid)))]);
        else if (path == series) await BodyAsync(context, $"multipart/related; type=\"application/dicom\"; boundary={Boundary}", Multipart(Objects.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => o.Value)));
        else if (path.StartsWith($"{series}/instances/", StringComparison.Ordinal) && Objects.TryGetValue(path[(path.LastIndexOf('/') + 1)..], out byte[]? one))
            await BodyAsync(context, $"multipart/related; type=\"application/dicom\"; boundary={Boundary}", Multipart([one]));
        else context.Response.StatusCode = 404;
    }

    private static IEnumerable<string> Page(HttpContext context, IEnumerable<string> all) =>
        all.Skip(int.Parse(context.Request.Query["offset"].ToString())).Take(int.Parse(context.Request.Query["limit"].ToString()));

    private static JsonObject Item(params (string Tag, string Value)[] attributes) =>
        new JsonObject(attributes.Select(a => KeyValuePair.Create<string, JsonNode?>(a.Tag, new JsonObject { ["vr"] = "UI", ["Value"] = new JsonArray(a.Value) })));

    private static Task<bool> JsonAsync(HttpContext context, JsonNode[] items) => BodyAsync(context, "application/dicom+json", Encoding.UTF8.GetBytes(new JsonArray(items).ToJsonString()));
}
