using Federated.Coordinator.Accounts;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Federated.Coordinator.Pages.Access;

/// <summary>Where the forms of signing in, out and choosing a password go.</summary>
internal static class SignInAddresses
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapPost("/session/in", SignInAsync).AllowAnonymous().RequireRateLimiting(PagesHosting.SignInLimit);
        group.MapPost("/session/set-up", SetUpAsync).AllowAnonymous().RequireRateLimiting(PagesHosting.SignInLimit);
        group.MapPost("/session/out", SignOutAsync).RequireAuthorization(Policies.Studies);
    }

    private static async Task<IResult> SignInAsync(HttpContext context, AccountBook accounts, IAntiforgery antiforgery)
    {
        if (!await antiforgery.IsRequestValidAsync(context)) return Results.Redirect("/sign-in?said=again");
        IFormCollection form = await context.Request.ReadFormAsync();
        (SignInOutcome outcome, Account? account) = accounts.SignIn(form["name"].ToString(), form["password"].ToString());
        if (account is null) return Results.Redirect($"/sign-in?said={(outcome == SignInOutcome.Locked ? "locked" : "wrong")}");
        await context.SignInAsync(Sessions.Scheme, Sessions.Principal(account));
        return Results.Redirect(Local(form["to"].ToString()));
    }

    private static async Task<IResult> SetUpAsync(HttpContext context, AccountBook accounts, IAntiforgery antiforgery)
    {
        IFormCollection form = await context.Request.ReadFormAsync();
        string token = form["token"].ToString();
        if (!await antiforgery.IsRequestValidAsync(context)) return Results.Redirect($"/set-up?token={Uri.EscapeDataString(token)}&said=again");
        string password = form["password"].ToString();
        string? wrong = string.Equals(password, form["repeated"].ToString(), StringComparison.Ordinal) ? accounts.Redeem(token, password) : "The two passwords differ: type the same one twice.";
        return Results.Redirect(wrong is null ? "/sign-in?said=ready" : $"/set-up?token={Uri.EscapeDataString(token)}&said={Uri.EscapeDataString(wrong)}");
    }

    private static async Task<IResult> SignOutAsync(HttpContext context, IAntiforgery antiforgery)
    {
        if (!await antiforgery.IsRequestValidAsync(context)) return Results.Redirect("/");
        await context.SignOutAsync(Sessions.Scheme);
        return Results.Redirect("/sign-in?said=out");
    }

    // Nobody is sent to another site by a link that begins here.
    private static string Local(string to) => to.StartsWith('/') && !to.StartsWith("//", StringComparison.Ordinal) && !to.Contains('\\', StringComparison.Ordinal) ? to : "/";
}
