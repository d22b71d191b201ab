using System.Collections.Immutable;

namespace Federated.Privacy.Disclosure;

/// <summary>
/// A number, or the statement that it was held back. Held back is not zero: there is no way to read it as a number, and its default is held back.
/// </summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
public readonly record struct Suppressible
{
    private readonly long _value;

    private Suppressible(long value)
    {
        _value = value;
        IsShown = true;
    }

    /// <summary>Held back.</summary>
    public static Suppressible Suppressed => default;

    /// <summary>A number that may be seen, zero included.</summary>
    public static Suppressible Shown(long value) => new(value);

    /// <summary>Whether there is a number to read.</summary>
    public bool IsShown { get; }

    /// <summary>The number.</summary>
    /// <exception cref="InvalidOperationException">It was held back.</exception>
    public long Value => IsShown ? _value : throw new InvalidOperationException("This number was suppressed: ask whether it is shown before reading it.");

    /// <inheritdoc/>
    public override string ToString() => IsShown ? _value.ToString(System.Globalization.CultureInfo.InvariantCulture) : "suppressed";
}

/// <summary>Tables of counts with their small cells held back.</summary>
public static class SuppressedCounts
{
    /// <summary>
    /// Counts from 1 to <paramref name="least"/> - 1 are held back. Where the total is known too, a single gap could be filled by subtraction, and so could gaps that together
    /// hold fewer than the least: then the smallest shown count that is not zero goes as well.
    /// </summary>
    public static ImmutableArray<Suppressible> Of(ReadOnlySpan<long> counts, int least, bool totalIsKnown)
    {
        bool[] held = new bool[counts.Length];
        long heldSum = 0;
        int gaps = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(counts[i], nameof(counts));
            if (counts[i] == 0 || counts[i] >= least) continue;
            held[i] = true;
            heldSum += counts[i];
            gaps++;
        }

        while (totalIsKnown && gaps > 0 && (gaps == 1 || heldSum < least))
        {
            int smallest = -1;
            for (int i = 0; i < counts.Length; i++)
                if (!held[i] && counts[i] > 0 && (smallest < 0 || counts[i] < counts[smallest])) smallest = i;
            if (smallest < 0) break; // nothing is left to hide behind: the total itself must not be given
            held[smallest] = true;
            heldSum += counts[smallest];
            gaps++;
        }

        var cells = ImmutableArray.CreateBuilder<Suppressible>(counts.Length);
        for (int i = 0; i < counts.Length; i++) cells.Add(held[i] ? Suppressible.Suppressed : Suppressible.Shown(counts[i]));
        return cells.MoveToImmutable();
    }
}
