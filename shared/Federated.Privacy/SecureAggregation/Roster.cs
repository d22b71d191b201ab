using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Federated.Privacy.SecureAggregation;

/// <summary>One member of a pinned roster.</summary>
/// <param name="IdentityKey">SubjectPublicKeyInfo, DER, P-256: the key whose fingerprint the officers compared.</param>
/// <param name="Entity">The legal entity it belongs to: several sites of one entity count as one where a minimum of parties is asked for.</param>
public sealed record RosterMember(ImmutableArray<byte> IdentityKey, string Entity)
{
    /// <summary>SHA-256 of the identity key, 64 lower-case hexadecimal digits: what officers compare.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(IdentityKey.AsSpan()));
}

/// <summary>
/// Who takes part in an aggregation. Members are held in the order of their identity keys' bytes, so everybody who pinned the same keys counts them alike:
/// a site's number is its index here, and numbers are all that travels.
/// </summary>
public sealed class Roster
{
    /// <summary>Most sites of one roster: shares of a secret are points over GF(256).</summary>
    public const int MostMembers = Shamir.MaximumHolders;

    private readonly Dictionary<string, int> _byFingerprint;

    /// <summary>A roster of these members, in any order.</summary>
    /// <exception cref="ArgumentException">Two members share an identity key, there are more than 255, or one has no entity.</exception>
    public Roster(IEnumerable<RosterMember> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        Members = [.. members.Order(Comparer<RosterMember>.Create((a, b) => a.IdentityKey.AsSpan().SequenceCompareTo(b.IdentityKey.AsSpan())))];
        if (Members.Length > Shamir.MaximumHolders)
            throw new ArgumentException($"A roster holds at most {Shamir.MaximumHolders} sites, not {Members.Length}: split the study.", nameof(members));
        if (Members.FirstOrDefault(m => string.IsNullOrWhiteSpace(m.Entity)) is { } nameless)
            throw new ArgumentException($"Roster member {nameless.Fingerprint} has no legal entity: name one.", nameof(members));
        _byFingerprint = new Dictionary<string, int>(Members.Length, StringComparer.Ordinal);
        for (int i = 0; i < Members.Length; i++)
            if (!_byFingerprint.TryAdd(Members[i].Fingerprint, i))
                throw new ArgumentException($"Identity key {Members[i].Fingerprint} stands twice in the roster: each site has its own.", nameof(members));
        var writer = new CanonicalWriter().Text("fed-roster-v1");
        Digest = [.. writer.List(Members, static (w, m) => w.Field(m.IdentityKey).Text(m.Entity)).Digest()];
    }

    /// <summary>The members; a site's number is its index.</summary>
    public ImmutableArray<RosterMember> Members { get; }

    /// <summary>How many sites: n.</summary>
    public int Count => Members.Length;

    /// <summary>SHA-256 over all keys and entities, 32 bytes.</summary>
    public ImmutableArray<byte> Digest { get; }

    /// <summary>t = floor(2n/3) + 1: two sets of t sites have more than n/3 in common, so no two survivor sets can both be agreed on (Bonawitz 2017, 6.2).</summary>
    public int Threshold => (2 * Count / 3) + 1;

    /// <summary>The number of the site with this identity key, or -1.</summary>
    public int IndexOf(ReadOnlySpan<byte> identityKey) =>
        _byFingerprint.GetValueOrDefault(Convert.ToHexStringLower(SHA256.HashData(identityKey)), -1);

    /// <summary>How many legal entities stand behind these sites. Names that differ only in letter case, white space or the way a letter is encoded are one entity's.</summary>
    public int Entities(IEnumerable<int> sites) => sites.Select(s => NameOf(Members[s].Entity)).Distinct(StringComparer.Ordinal).Count();

    // Two spellings of one hospital must not pass for two hospitals; what officers compare, and the digest, is the name as written.
    private static string NameOf(string entity) =>
        string.Join(' ', entity.Normalize(System.Text.NormalizationForm.FormKC).ToUpperInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
