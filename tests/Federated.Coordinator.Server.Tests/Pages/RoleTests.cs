using System.Net;
using Federated.Coordinator.Accounts;
using Federated.Coordinator.Pages;
using Federated.Coordinator.Server.Tests.Kit;
using Microsoft.AspNetCore.Routing;

namespace Federated.Coordinator.Server.Tests.Pages;

/// <summary>Every address of the pages, for every role and for who is signed out: exactly this table.</summary>
public sealed class RoleTests
{
    private static readonly Role[] Everybody = [Role.Administrator, Role.Statistician, Role.Auditor];
    private static readonly Role[] Results = [Role.Administrator, Role.Statistician];
    private static readonly Role[] Ledger = [Role.Administrator, Role.Auditor];
    private static readonly Role[] Administration = [Role.Administrator];

    // Null = open without signing in.
    private static readonly Dictionary<string, Role[]?> Table = new(StringComparer.Ordinal)
    {
        ["GET /"] = Everybody,
        ["GET /studies/{Id}"] = Everybody,
        ["GET /studies/{Id}/manifest"] = Everybody,
        ["GET /studies/{id}/plan.json"] = Everybody,
        ["GET /studies/{id}/rounds.csv"] = Everybody,
        ["GET /studies/{id}/rounds.svg"] = Everybody,
        ["GET /studies/{id}/report.html"] = Results,
        ["GET /hospitals"] = Everybody,
        ["GET /live"] = Everybody,
        ["GET /studies/{Id}/variability"] = Results,
        ["GET /studies/{Id}/analyses/{Analysis}"] = Results,
        ["GET /studies/{id}/analyses/{analysis}.json"] = Results,
        ["GET /studies/{id}/analyses/{analysis}/{table}.csv"] = Results,
        ["GET /studies/{id}/analyses/{analysis}/{figure}.svg"] = Results,
        ["GET /studies/{id}/variability/spread.svg"] = Results,
        ["GET /studies/{id}/variability/location.png"] = Results,
        ["GET /studies/{id}/variability/scale.png"] = Results,
        ["GET /ledger"] = Ledger,
        ["GET /ledger/{Index:long}"] = Ledger,
        ["GET /ledger/export"] = Ledger,
        ["GET /accounts"] = Administration,
        ["POST /studies/{id}/move"] = Administration,
        ["POST /session/out"] = Everybody,
        ["POST /session/in"] = null,
        ["POST /session/set-up"] = null,
        ["GET /sign-in"] = null,
        ["GET /set-up"] = null,
        ["GET /denied"] = null,
        ["GET /assets/pages.css"] = null,
        ["GET /assets/pages.js"] = null,
        ["GET /assets/icon.svg"] = null,
        ["GET /health/live"] = null,
        ["GET /health/ready"] = null,
        ["GET /_framework/opaque-redirect"] = [], // the framework's own; nothing here needs it
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_address_is_open_to_exactly_those_in_the_table()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(pages: true);
        string[] addresses = [.. coordinator.Server.Addresses.OfType<RouteEndpoint>().Where(e => e.Metadata.GetMetadata<PageAddress>() is not null).Select(Name).Distinct(StringComparer.Ordinal)];
        Assert.Empty(addresses.Except(Table.Keys, StringComparer.Ordinal));
        Assert.Empty(Table.Keys.Except(addresses, StringComparer.Ordinal));

        using var stranger = new Visitor(coordinator);
        foreach ((string address, Role[]? roles) in Table) Assert.Equal((address, roles is null), (address, await IsOpenAsync(stranger, address)));
        foreach (Role role in Everybody)
        {
            using Visitor visitor = await Visitor.OfAsync(coordinator, role);
            foreach ((string address, Role[]? roles) in Table.OrderBy(t => t.Key is "POST /session/out")) // last: it ends the session
            {
                Assert.Equal((role, address, roles?.Contains(role) ?? true), (role, address, await IsOpenAsync(visitor, address)));
            }
        }
    }

    [Fact]
    public async Task Pages_and_calls_of_hospitals_never_answer_at_each_others_door()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(pages: true);
        using Visitor visitor = await Visitor.OfAsync(coordinator, Role.Administrator);
        foreach (string call in coordinator.Server.Addresses.OfType<RouteEndpoint>().Where(e => e.Metadata.GetMetadata<PageAddress>() is null).Select(e => e.RoutePattern.RawText!).Where(r => !r.Contains('{', StringComparison.Ordinal)))
            Assert.Equal(HttpStatusCode.NotFound, (await visitor.BareAsync(call)).StatusCode);

        using System.Security.Cryptography.X509Certificates.X509Certificate2 certificate = await new Newcomer().JoinAsync(coordinator, "hospital-a");
        using HttpClient hospital = coordinator.Client(certificate);
        foreach (string page in (string[])["/", "/sign-in", "/ledger", "/assets/pages.css"])
            Assert.Equal(HttpStatusCode.NotFound, (await hospital.GetAsync(new Uri($"https://{RunningCoordinator.Member}:{coordinator.Server.Port}{page}"), Cancellation)).StatusCode);
    }

    private static string Name(RouteEndpoint endpoint)
    {
        IReadOnlyList<string> methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"];
        string path = endpoint.RoutePattern.RawText!;
        return $"{(methods.Contains("GET", StringComparer.Ordinal) ? "GET" : methods[0])} {(path.StartsWith('/') ? path : "/" + path)}";
    }

    private static async Task<bool> IsOpenAsync(Visitor visitor, string address)
    {
        string path = address[(address.IndexOf(' ', StringComparison.Ordinal) + 1)..].Replace("{Index:long}", "0", StringComparison.Ordinal).Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);
        if (path is "/denied") return true; // it says no to everybody, in words
        if (path is "/live")
        {
            // It never ends: the head says whether it is open.
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            HttpResponseMessage head = await visitor.HeadAsync(path, limit.Token);
            return Open(head);
        }

        return Open(address.StartsWith("POST", StringComparison.Ordinal) ? await visitor.BareAsync(path) : await visitor.GetAsync(path));
    }

    private static bool Open(HttpResponseMessage reply) => reply.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.InternalServerError)
        && !(reply.StatusCode == HttpStatusCode.Redirect && reply.Headers.Location!.ToString() is var to && (to.Contains("/sign-in?to=", StringComparison.Ordinal) || to.Contains("/denied", StringComparison.Ordinal)));
}
