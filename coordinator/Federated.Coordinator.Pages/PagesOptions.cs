namespace Federated.Coordinator.Pages;

/// <summary>What the pages need of the coordinator that shows them.</summary>
/// <param name="Consortium">Its name.</param>
/// <param name="KeyFolder">Where the keys that protect cookies are kept, so that sessions outlive a restart.</param>
/// <param name="Heard">When a hospital was last heard of by this process; null = not since it began.</param>
/// <param name="Sites">Who is a member.</param>
public sealed record PagesOptions(string Consortium, string KeyFolder, Func<string, DateTimeOffset?> Heard, Func<IReadOnlyList<SiteCard>> Sites);

/// <summary>A hospital as the page of hospitals tells it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Fingerprint">SHA-256 of its identity key, to compare by telephone.</param>
/// <param name="Joined">When it joined.</param>
/// <param name="Revoked">When it was shut out; null = it is a member.</param>
/// <param name="CertificateExpires">Until when its certificate is good.</param>
public sealed record SiteCard(string Name, string Fingerprint, DateTimeOffset Joined, DateTimeOffset? Revoked, DateTimeOffset? CertificateExpires);

/// <summary>Marks a connection that came in where pages are served.</summary>
public sealed class PagesConnection;

/// <summary>Marks an address that is a page: it answers on such connections only, and nothing else does.</summary>
public sealed class PageAddress;
