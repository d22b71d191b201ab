using Federated.Privacy.FixedPoint;

namespace Federated.Analyses.Exchange;

/// <summary>
/// A Sum to which no patient can add more than a bound: the sensitivity that noise is measured by. Every part is shortened to the bound, in the Euclidean norm over the
/// whole vector, before it is added; there is no other way to add. Numbers are cut towards zero on the grid of 2^-64, so rounding never makes a part longer.
/// </summary>
public sealed class BoundedSum
{
    private readonly SumVector _sum;

    /// <summary>A sum of nobody.</summary>
    /// <param name="layout">Blocks whose unit is 2^0 throughout: the grid is one and the same, so a norm over it means something.</param>
    /// <param name="bound">The longest part of one patient.</param>
    public BoundedSum(SumLayout layout, double bound)
    {
        if (!(bound > 0) || !double.IsFinite(bound)) throw new ArgumentOutOfRangeException(nameof(bound), bound, "A bound is positive and finite.");
        if (layout.Blocks.Any(b => b.Units.Any(u => u != 0))) throw new ArgumentException("The norm of a part is taken over numbers in one unit, 2^0.", nameof(layout));
        _sum = new SumVector(layout);
        Bound = bound;
    }

    /// <summary>The longest part of one patient.</summary>
    public double Bound { get; }

    /// <summary>How many patients it holds.</summary>
    public long Patients { get; private set; }

    /// <summary>How many of them had a longer part, which was shortened: stays at the site.</summary>
    public long Shortened { get; private set; }

    /// <summary>The vector as the gate reads it.</summary>
    public SumVector Sum => _sum;

    /// <summary>Adds one patient's part: a number for every element of the layout, in its order.</summary>
    /// <exception cref="OutOfRangeException">A number is NaN or infinite.</exception>
    public void Add(ReadOnlySpan<double> part)
    {
        if (part.Length != _sum.Layout.Length) throw new ArgumentException($"A part has {_sum.Layout.Length} numbers, not {part.Length}.", nameof(part));
        double squares = 0;
        for (int i = 0; i < part.Length; i++)
        {
            if (!double.IsFinite(part[i])) throw new OutOfRangeException(_sum.Layout.Blocks[0].Name, i);
            squares += part[i] * part[i];
        }

        // The sum of n squares, its root and the product below are off by at most (n + 4) 2^-52 of themselves: that much shorter than the bound is surely within it.
        double slack = (part.Length + 4) * double.ScaleB(1, -52), length = Math.Sqrt(squares);
        double factor = 1;
        if (length * (1 + slack) > Bound)
        {
            factor = double.IsInfinity(length) ? 0 : Bound / length * (1 - (2 * slack));
            Shortened++;
        }

        Patients++;
        int at = 0;
        foreach (SumBlock block in _sum.Layout.Blocks)
            for (int i = 0; i < block.Length; i++, at++) _sum.AddRaw(block.Name, i, (Int128)double.ScaleB(part[at] * factor, Fixed128.FractionBits)); // the cast cuts towards zero
    }
}
