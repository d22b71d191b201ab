using System.Security.Claims;
using Federated.Coordinator.Accounts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Federated.Coordinator.Pages.Access;

/// <summary>Sessions: a protected cookie that is looked up against the account at every request.</summary>
internal static class Sessions
{
    public const string Scheme = CookieAuthenticationDefaults.AuthenticationScheme;

    /// <summary>Claim: when this person was here before.</summary>
    public const string Since = "since";

    private const string Stamp = "stamp";

    public static void Configure(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "federated";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest; // plain HTTP is allowed on loopback only
        options.ExpireTimeSpan = TimeSpan.FromHours(8);
        options.SlidingExpiration = true;
        options.LoginPath = "/sign-in";
        options.AccessDeniedPath = "/denied";
        options.ReturnUrlParameter = "to";
        options.Events.OnValidatePrincipal = async context =>
        {
            Account? account = context.HttpContext.RequestServices.GetRequiredService<AccountBook>().Store.Find(context.Principal?.Identity?.Name ?? "");
            if (account is not null && string.Equals(account.Stamp, context.Principal!.FindFirstValue(Stamp), StringComparison.Ordinal)
                && context.Principal!.IsInRole(account.Role.ToString())) return;
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(Scheme);
        };
    }

    public static ClaimsPrincipal Principal(Account account) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.Name, account.Name), new Claim(ClaimTypes.Role, account.Role.ToString()), new Claim(Stamp, account.Stamp),
            new Claim(Since, account.LastVisit is { } visit ? visit.ToString("O") : ""),
        ],
        Scheme));
}
