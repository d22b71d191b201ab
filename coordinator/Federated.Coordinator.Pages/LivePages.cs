using Federated.Coordinator.Accounts;
using Federated.Coordinator.Pages.Access;
using Federated.Coordinator.Service;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;

namespace Federated.Coordinator.Pages;

/// <summary>
/// Lets everybody of one role who watches the same page share one rendering of it until something changes. Only what the pages' script asks for again (header X-Live) is shared: it has no name and no form's
/// token in it. Administrators' pages hold forms, and are made for each of them.
/// </summary>
internal sealed class LivePages : IOutputCachePolicy
{
    /// <summary>The header by which the script says that it has the frame already.</summary>
    public const string Header = "X-Live";

    // Times that pages tell ("3 minutes ago") may be this much behind.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    public ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        HttpContext http = context.HttpContext;
        bool shared = HttpMethods.IsGet(http.Request.Method) && http.Request.Headers.ContainsKey(Header) && http.GetEndpoint()?.Metadata.GetMetadata<PageAddress>() is not null
            && http.User.Identity is { IsAuthenticated: true } && !http.User.IsInRole(nameof(Role.Administrator));
        context.EnableOutputCaching = context.AllowCacheLookup = context.AllowCacheStorage = context.AllowLocking = shared;
        if (!shared) return ValueTask.CompletedTask;
        context.ResponseExpirationTimeSpan = Longest;
        context.CacheVaryByRules.QueryKeys = "*";
        context.CacheVaryByRules.VaryByValues["role"] = string.Join(',', Enum.GetNames<Role>().Where(http.User.IsInRole));
        context.CacheVaryByRules.VaryByValues["since"] = http.Request.Path == "/" ? http.User.FindFirst(Sessions.Since)?.Value ?? "" : "";
        context.CacheVaryByRules.VaryByValues["changes"] = http.RequestServices.GetRequiredService<StudyService>().Changes.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return ValueTask.CompletedTask;
    }

    public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        HttpResponse response = context.HttpContext.Response;
        if (response.StatusCode != StatusCodes.Status200OK || response.Headers.SetCookie.Count > 0) context.AllowCacheStorage = false;
        return ValueTask.CompletedTask;
    }
}
