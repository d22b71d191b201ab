using System.Collections.Immutable;

namespace Federated.Coordinator.Identity;

/// <summary>A member of the consortium and the key its officer signs with.</summary>
/// <param name="Name">Site name.</param>
/// <param name="IdentityPublicKey">SubjectPublicKeyInfo, DER, P-256.</param>
public sealed record SiteIdentity(string Name, ReadOnlyMemory<byte> IdentityPublicKey)
{
    /// <summary>SHA-256 of the public key: what officers read to each other out of band.</summary>
    public Digest Fingerprint => Digest.Of(IdentityPublicKey.Span);

    /// <summary>The legal entity it belongs to; its own name where none was given. Several sites of one entity count as one where masking asks for three.</summary>
    public string Entity { get => field ?? Name; init; }
}

/// <summary>The roster: which sites there are, and their identity keys.</summary>
public interface ISiteDirectory
{
    /// <summary>The site of that name, or null when it is not a member (any more).</summary>
    Task<SiteIdentity?> FindAsync(string site, CancellationToken cancellation);

    /// <summary>Every member, in ordinal order of the names.</summary>
    Task<ImmutableArray<SiteIdentity>> ListAsync(CancellationToken cancellation);
}

/// <summary>A roster that does not change: for the simulator's memory transport and for tests.</summary>
public sealed class FixedSiteDirectory(IEnumerable<SiteIdentity> sites) : ISiteDirectory
{
    private readonly ImmutableSortedDictionary<string, SiteIdentity> _sites = sites.ToImmutableSortedDictionary(s => s.Name, s => s, StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task<SiteIdentity?> FindAsync(string site, CancellationToken cancellation) => Task.FromResult(_sites.GetValueOrDefault(site));

    /// <inheritdoc/>
    public Task<ImmutableArray<SiteIdentity>> ListAsync(CancellationToken cancellation) => Task.FromResult<ImmutableArray<SiteIdentity>>([.. _sites.Values]);
}
