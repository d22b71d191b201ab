namespace Federated.Privacy.SecureAggregation;

/// <summary>
/// Adds masked vectors as their bytes arrive, one buffer for any number of sites. A site counts once its whole vector is in; adding is commutative, so stored
/// vectors may be added in any order, and again from the beginning after a crash.
/// </summary>
public sealed class MaskedSum
{
    private readonly SortedSet<int> _complete = [];
    private readonly Dictionary<int, int> _partial = [];
    private bool _released;

    /// <summary>Zero, for vectors of this context.</summary>
    public MaskedSum(AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Ring = context.Ring;
        Total = new byte[context.PayloadBytes];
    }

    /// <summary>The integers that are added.</summary>
    public Ring Ring { get; }

    /// <summary>Sites whose whole vectors are in, ascending.</summary>
    public IReadOnlyCollection<int> Complete => _complete;

    /// <summary>Sites of which only a part is in.</summary>
    public IReadOnlyCollection<int> Partial => _partial.Keys;

    internal byte[] Total { get; }

    /// <summary>Hands out the buffer to have its masks taken off, once.</summary>
    internal byte[] Release()
    {
        if (_released) throw new InvalidOperationException("The masks were taken off this sum already: add the vectors up again.");
        _released = true;
        return Total;
    }

    /// <summary>Adds the next bytes of a site's vector: whole elements, in order.</summary>
    /// <exception cref="ArgumentException">They do not fit: more than the vector has left, a broken element, or a site that is complete.</exception>
    public void Add(int site, ReadOnlySpan<byte> bytes)
    {
        int position = _partial.GetValueOrDefault(site);
        if (_complete.Contains(site)) throw new ArgumentException($"Site {site} is in this sum already.", nameof(site));
        if (bytes.Length > Total.Length - position || bytes.Length % RingArithmetic.ElementBytes(Ring) != 0)
            throw new ArgumentException($"Site {site}: {bytes.Length} bytes at position {position} do not fit a vector of {Total.Length} bytes of whole elements.", nameof(bytes));
        RingArithmetic.Accumulate(Ring, Total.AsSpan(position, bytes.Length), bytes, subtract: false);
        position += bytes.Length;
        if (position == Total.Length)
        {
            _complete.Add(site);
            _partial.Remove(site);
        }
        else
        {
            _partial[site] = position;
        }
    }
}
