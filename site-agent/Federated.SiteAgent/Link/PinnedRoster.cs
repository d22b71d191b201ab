using System.Collections.Immutable;
using Federated.Privacy.SecureAggregation;

namespace Federated.SiteAgent.Link;

/// <summary>One hospital behind a study's masked sums.</summary>
/// <param name="Site">Its name in the consortium.</param>
/// <param name="IdentityKey">SubjectPublicKeyInfo, DER, P-256.</param>
/// <param name="Entity">The legal entity it belongs to; several sites of one count as one.</param>
public sealed record RosterHospital(string Site, ImmutableArray<byte> IdentityKey, string Entity);

/// <summary>
/// The hospitals behind a study's masked sums, as an officer compares and approves them. The digest covers keys and entities; numbers are places in the order of the
/// keys' bytes.
/// </summary>
public sealed class PinnedRoster
{
    /// <summary>A roster of these hospitals, in any order.</summary>
    /// <exception cref="ArgumentException">Two have the same key, there are more than 255, or one has no entity.</exception>
    public PinnedRoster(IEnumerable<RosterHospital> hospitals)
    {
        RosterHospital[] given = [.. hospitals];
        Keys = new Roster(given.Select(h => new RosterMember(h.IdentityKey, h.Entity)));
        Hospitals = [.. given.OrderBy(h => Keys.IndexOf(h.IdentityKey.AsSpan()))];
        Digest = new Digest(Convert.ToHexStringLower(Keys.Digest.AsSpan()));
    }

    /// <summary>The hospitals, by number.</summary>
    public ImmutableArray<RosterHospital> Hospitals { get; }

    /// <summary>Keys and entities.</summary>
    public Roster Keys { get; }

    /// <summary>SHA-256 over all keys and entities.</summary>
    public Digest Digest { get; }

    /// <summary>How many legal entities there are.</summary>
    public int Entities => Keys.Entities(Enumerable.Range(0, Keys.Count));

    /// <summary>The part with these numbers, which mask a sum together.</summary>
    public Roster Part(IEnumerable<int> numbers) => new(numbers.Select(n => Keys.Members[n]));
}
