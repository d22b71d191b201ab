using System.Reflection;
using System.Threading.RateLimiting;
using Federated.Coordinator.Pages.Access;
using Federated.Coordinator.Pages.Components;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Federated.Coordinator.Pages;

/// <summary>Puts the pages into a web application that serves other things too, on connections of their own.</summary>
public static class PagesHosting
{
    /// <summary>Attempts to sign in per minute and address, before the account's own lock.</summary>
    public const int SignInsPerMinute = 20;

    internal const string SignInLimit = "sign-in";

    private const long LargestCache = 16 << 20;

    private const string ContentPolicy = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>What the pages need of services; <see cref="AccountBook"/>, StudyService, LedgerService and TimeProvider are the application's.</summary>
    public static void AddCoordinatorPages(this IServiceCollection services, PagesOptions options)
    {
        services.AddSingleton(options);
        services.AddRazorComponents();
        services.AddHttpContextAccessor();
        services.AddDataProtection().SetApplicationName("federated-coordinator").PersistKeysToFileSystem(new DirectoryInfo(options.KeyFolder));
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = "federated-form";
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            antiforgery.SuppressXFrameOptionsHeader = true; // the content policy forbids frames
        });
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(Sessions.Configure);
        services.AddSingleton<LiveCrowd>();
        services.AddOutputCache(cache =>
        {
            cache.SizeLimit = LargestCache;
            cache.AddBasePolicy(new LivePages());
        });
        services.AddCascadingAuthenticationState();
        services.AddAuthorization(Policies.Add);
        services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.AddPolicy(SignInLimit, context => RateLimitPartition.GetFixedWindowLimiter(
                context.Connection.RemoteIpAddress?.ToString() ?? "", _ => new FixedWindowRateLimiterOptions { PermitLimit = SignInsPerMinute, Window = TimeSpan.FromMinutes(1) }));
        });
    }

    /// <summary>What stands before every address: who came in where pages are served reaches pages only, and nobody else does.</summary>
    public static void UseCoordinatorPages(this WebApplication application)
    {
        application.Use(async (context, next) =>
        {
            bool wantsPages = context.Features.Get<PagesConnection>() is not null;
            Endpoint? endpoint = context.GetEndpoint();
            bool isPage = endpoint?.Metadata.GetMetadata<PageAddress>() is not null;
            if (wantsPages) Protect(context);
            if (wantsPages != isPage && (wantsPages || endpoint is not null))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                if (wantsPages) await context.Response.WriteAsync("There is no such page. Start again at /");
                return;
            }

            // Deny by default: a page that does not say whom it is for is for nobody.
            if (isPage && endpoint!.Metadata.GetMetadata<IAllowAnonymous>() is null && endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().All(a => a.Policy is null))
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                return;
            }

            await next(context);
        });
        application.UseAuthentication();
        application.UseAuthorization();
        application.UseRateLimiter();
        application.UseAntiforgery();
        application.UseOutputCache();
    }

    /// <summary>The addresses.</summary>
    public static void MapCoordinatorPages(this WebApplication application)
    {
        application.MapRazorComponents<Shell>().WithMetadata(new PageAddress());
        RouteGroupBuilder group = application.MapGroup("").WithMetadata(new PageAddress());
        SignInAddresses.Map(group);
        StudyAddresses.Map(group);
        LedgerAddresses.Map(group);
        LiveAddress.Map(group);
        foreach ((string path, string type) in (ReadOnlySpan<(string, string)>)[("pages.css", "text/css; charset=utf-8"), ("pages.js", "text/javascript; charset=utf-8"), ("icon.svg", "image/svg+xml")])
        {
            byte[] bytes = Asset(path);
            group.MapGet("/assets/" + path, (HttpResponse response) =>
            {
                response.Headers.CacheControl = "public, max-age=3600";
                return Results.Bytes(bytes, type);
            }).AllowAnonymous();
        }
    }

    private static void Protect(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        context.Response.OnStarting(() =>
        {
            if (headers.CacheControl.Count == 0) headers.CacheControl = "no-store";
            return Task.CompletedTask;
        });
        if (context.Request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000";
    }

    private static byte[] Asset(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The program was built without {name}.");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
