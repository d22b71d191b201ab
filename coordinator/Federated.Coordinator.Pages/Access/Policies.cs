using Federated.Coordinator.Accounts;
using Microsoft.AspNetCore.Authorization;

namespace Federated.Coordinator.Pages.Access;

/// <summary>What is open to whom. A page or address names one of these; one that names none is closed to everybody.</summary>
public static class Policies
{
    /// <summary>Studies, their plans, approvals and rounds, the hospitals: everybody who signed in.</summary>
    public const string Studies = nameof(Studies);

    /// <summary>What the analyses found.</summary>
    public const string Results = nameof(Results);

    /// <summary>The ledger.</summary>
    public const string Ledger = nameof(Ledger);

    /// <summary>Starting, pausing and going on with studies; accounts.</summary>
    public const string Administration = nameof(Administration);

    /// <summary>Which roles each opens to.</summary>
    public static IReadOnlyDictionary<string, Role[]> Table { get; } = new Dictionary<string, Role[]>(StringComparer.Ordinal)
    {
        [Studies] = [Role.Administrator, Role.Statistician, Role.Auditor],
        [Results] = [Role.Administrator, Role.Statistician],
        [Ledger] = [Role.Administrator, Role.Auditor],
        [Administration] = [Role.Administrator],
    };

    internal static void Add(AuthorizationOptions options)
    {
        foreach ((string name, Role[] roles) in Table) options.AddPolicy(name, policy => policy.RequireAuthenticatedUser().RequireRole(roles.Select(r => r.ToString())));
        options.FallbackPolicy = null; // gRPC has its own gate; pages without a policy are refused by PagePolicies
    }
}
