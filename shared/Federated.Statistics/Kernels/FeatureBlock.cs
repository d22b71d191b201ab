using System.Runtime.InteropServices;

namespace Federated.Statistics.Kernels;

/// <summary>
/// The rows of one batch over a range of features, copied together so that they stay in a core's cache: row-major, each row padded with zeros to
/// whole vector registers. Not thread-safe: one per worker.
/// </summary>
public sealed class FeatureBlock
{
    /// <summary>Doubles to which a row is padded.</summary>
    public const int Padding = 8;

    private double[] _values = [];

    /// <summary>Rows.</summary>
    public int Rows { get; private set; }

    /// <summary>Features.</summary>
    public int Columns { get; private set; }

    /// <summary>Distance between rows: <see cref="Columns"/> rounded up to <see cref="Padding"/>.</summary>
    public int Stride { get; private set; }

    /// <summary>The values, Rows x Stride.</summary>
    public Span<double> Values => _values.AsSpan(0, Rows * Stride);

    /// <summary>The first value.</summary>
    internal ref double Start => ref MemoryMarshal.GetArrayDataReference(_values);

    /// <summary>A row length rounded up to whole vector registers.</summary>
    public static int Padded(int columns) => (columns + Padding - 1) & -Padding;

    /// <summary>How many features to take at once so that <paramref name="rows"/> rows fill about half a megabyte.</summary>
    public static int WidthFor(int rows, int features, int threads)
    {
        int cached = Math.Clamp((1 << 16) / Math.Max(rows, 1), 32, 512) & -Padding;
        int shared = Padded((features + (4 * threads) - 1) / (4 * threads));
        return Math.Max(Padding, Math.Min(cached, shared));
    }

    /// <summary>Copies these rows, in this order, of features <paramref name="first"/> to first + count - 1.</summary>
    /// <param name="features">Row-major, <paramref name="featureCount"/> columns.</param>
    /// <param name="featureCount">Features per row of the source.</param>
    /// <param name="rows">Row indices.</param>
    /// <param name="first">First feature.</param>
    /// <param name="count">Features to take.</param>
    public void Load(double[] features, int featureCount, ReadOnlySpan<int> rows, int first, int count)
    {
        Rows = rows.Length;
        Columns = count;
        Stride = Padded(count);
        if (_values.Length < Rows * Stride) _values = new double[Rows * Stride];
        for (int i = 0; i < rows.Length; i++)
        {
            Span<double> target = _values.AsSpan(i * Stride, Stride);
            features.AsSpan((rows[i] * featureCount) + first, count).CopyTo(target);
            target[count..].Clear();
        }
    }
}
