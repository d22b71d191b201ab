using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Federated.Privacy.Disclosure;

/// <summary>The name of a set of variables, whatever their order.</summary>
/// <param name="Digest">SHA-256 over the names in code-point order, each preceded by its length; 64 lower-case hexadecimal digits.</param>
public readonly record struct VariableSet(string Digest)
{
    /// <summary>The set of these names.</summary>
    public static VariableSet Of(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (string name in names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            byte[] bytes = Encoding.UTF8.GetBytes(name);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return new VariableSet(Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}

/// <summary>
/// The records of a cohort under a key that only the site has: sixteen bytes of HMAC-SHA-256 each, sorted, each once. The ledger can compare cohorts and cannot name
/// a patient.
/// </summary>
public sealed class KeyedCohort
{
    private readonly ImmutableArray<UInt128> _ids;

    private KeyedCohort(ImmutableArray<UInt128> ids) => _ids = ids;

    /// <summary>The records with these local ids.</summary>
    /// <param name="key">The site's own key, 32 bytes; it never leaves the site.</param>
    /// <param name="recordIds">Local row ids; repeated ones count once.</param>
    public static KeyedCohort Of(ReadOnlySpan<byte> key, IEnumerable<string> recordIds)
    {
        ArgumentNullException.ThrowIfNull(recordIds);
        if (key.Length != 32) throw new ArgumentException($"The key of a differencing ledger has 32 bytes, not {key.Length}.", nameof(key));
        var ids = new SortedSet<UInt128>();
        Span<byte> mac = stackalloc byte[32];
        foreach (string id in recordIds)
        {
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(id), mac);
            ids.Add(BinaryPrimitives.ReadUInt128BigEndian(mac));
        }

        return new KeyedCohort([.. ids]);
    }

    /// <summary>How many records.</summary>
    public int Count => _ids.Length;

    /// <summary>Records in one of two cohorts and not in the other: |A xor B|.</summary>
    public int DifferenceFrom(KeyedCohort other)
    {
        ArgumentNullException.ThrowIfNull(other);
        int a = 0, b = 0, common = 0;
        while (a < _ids.Length && b < other._ids.Length)
        {
            int order = _ids[a].CompareTo(other._ids[b]);
            if (order == 0) common++;
            if (order <= 0) a++;
            if (order >= 0) b++;
        }

        return _ids.Length + other._ids.Length - (2 * common);
    }

    /// <summary>The form to store: 16 bytes a record, big endian, ascending.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[checked(_ids.Length * 16)];
        for (int i = 0; i < _ids.Length; i++) BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(i * 16), _ids[i]);
        return bytes;
    }

    /// <summary>A stored cohort.</summary>
    /// <exception cref="ArgumentException">The bytes are not ascending records of 16.</exception>
    public static KeyedCohort FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % 16 != 0) throw new ArgumentException($"A stored cohort has 16 bytes a record; {bytes.Length} bytes are no whole number of them.", nameof(bytes));
        var ids = ImmutableArray.CreateBuilder<UInt128>(bytes.Length / 16);
        for (int i = 0; i < bytes.Length; i += 16)
        {
            UInt128 id = BinaryPrimitives.ReadUInt128BigEndian(bytes[i..]);
            if (ids.Count > 0 && id <= ids[^1]) throw new ArgumentException($"A stored cohort is ascending; record {i / 16} is not.", nameof(bytes));
            ids.Add(id);
        }

        return new KeyedCohort(ids.MoveToImmutable());
    }
}

/// <summary>A cohort about which numbers left the site, and on which variables.</summary>
public sealed record ReleasedCohort(VariableSet Variables, KeyedCohort Records);

/// <summary>
/// What was released about whom. Two releases on the same variables whose cohorts differ by a few records reveal those records by subtraction; so a cohort is the same
/// as every earlier one with these variables, or differs by at least the policy's limit.
/// </summary>
/// <param name="Released">Every release so far.</param>
public sealed record DifferencingLedger(ImmutableArray<ReleasedCohort> Released)
{
    /// <summary>Nothing released yet.</summary>
    public static DifferencingLedger Empty { get; } = new([]);

    /// <summary>The check, with the smallest difference that is not zero as what was measured (infinite: no earlier cohort differs).</summary>
    public DisclosureCheck Judge(DisclosurePolicy policy, ReleasedCohort next)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(next);
        double smallest = double.PositiveInfinity;
        foreach (ReleasedCohort earlier in Released)
        {
            if (earlier.Variables != next.Variables) continue;
            int difference = earlier.Records.DifferenceFrom(next.Records);
            if (difference > 0) smallest = Math.Min(smallest, difference);
        }

        return new DisclosureCheck(DisclosureRule.Differencing, 0, smallest, policy.LeastDifference, smallest >= policy.LeastDifference);
    }

    /// <summary>After a release; one that is in the ledger already changes nothing.</summary>
    public DifferencingLedger Add(ReleasedCohort next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return Released.Any(r => r.Variables == next.Variables && r.Records.Count == next.Records.Count && r.Records.DifferenceFrom(next.Records) == 0)
            ? this
            : this with { Released = Released.Add(next) };
    }
}
