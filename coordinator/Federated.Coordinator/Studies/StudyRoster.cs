using System.Collections.Immutable;
using Federated.Privacy.SecureAggregation;

namespace Federated.Coordinator.Studies;

/// <summary>One hospital of a study's roster.</summary>
/// <param name="Site">Site name.</param>
/// <param name="IdentityKey">SubjectPublicKeyInfo, DER, P-256, as lower-case hexadecimal digits.</param>
/// <param name="Entity">The legal entity it belongs to: several sites of one count as one.</param>
public sealed record RosterSite(string Site, string IdentityKey, string Entity);

/// <summary>
/// The hospitals whose officers are asked, with the keys they are known by. Numbers are those of <see cref="Roster"/>: places in the order of the keys' bytes,
/// the same for everybody who holds the same keys.
/// </summary>
public sealed class StudyRoster
{
    private readonly ImmutableSortedDictionary<string, int> _numbers;

    /// <summary>A roster of these hospitals, in any order.</summary>
    /// <exception cref="ArgumentException">Two have the same key or name, or there are more than 255.</exception>
    public StudyRoster(IEnumerable<RosterSite> sites)
    {
        RosterSite[] given = [.. sites];
        Roster = new Roster(given.Select(s => new RosterMember([.. Convert.FromHexString(s.IdentityKey)], s.Entity)));
        _numbers = given.ToImmutableSortedDictionary(s => s.Site, s => Roster.IndexOf(Convert.FromHexString(s.IdentityKey)), StringComparer.Ordinal);
        Sites = [.. given.OrderBy(s => _numbers[s.Site])];
    }

    /// <summary>Keys and entities.</summary>
    public Roster Roster { get; }

    /// <summary>The hospitals, by number.</summary>
    public ImmutableArray<RosterSite> Sites { get; }

    /// <summary>SHA-256 over all keys and entities: what the officers' approvals cover.</summary>
    public Digest Digest => Digest.From(Roster.Digest.AsSpan());

    /// <summary>The hospital's number, or -1.</summary>
    public int NumberOf(string site) => _numbers.GetValueOrDefault(site, -1);

    /// <summary>The hospital of a number.</summary>
    public string NameOf(int number) => Sites[number].Site;

    /// <summary>Names of these numbers, in ordinal order.</summary>
    public ImmutableSortedSet<string> Names(IEnumerable<int> numbers) => numbers.Select(NameOf).ToImmutableSortedSet(StringComparer.Ordinal);

    /// <summary>How many legal entities stand behind these hospitals.</summary>
    public int Entities(IEnumerable<string> sites) => Roster.Entities(sites.Select(NumberOf));

    /// <summary>The part of this roster with these hospitals.</summary>
    public StudyRoster Of(IEnumerable<string> sites) => new(sites.Select(s => Sites[NumberOf(s)]));

    /// <summary>Whether two sums over these sets of hospitals may both become known: the sets are the same, or differ by three legal entities.</summary>
    public bool FarApart(ImmutableSortedSet<string> first, ImmutableSortedSet<string> second)
    {
        ImmutableSortedSet<string> difference = first.SymmetricExcept(second);
        return difference.IsEmpty || Entities(difference) >= AttemptRule.LeastDifference;
    }
}
