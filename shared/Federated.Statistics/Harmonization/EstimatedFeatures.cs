using System.Buffers;
using Federated.Statistics.Kernels;

namespace Federated.Statistics.Harmonization;

/// <summary>The features of a scanner that have estimates, side by side in borrowed memory, with room to fill the last vector register.</summary>
internal sealed class EstimatedFeatures(int most) : IDisposable
{
    private readonly double[] _scans = ArrayPool<double>.Shared.Rent(FeatureBlock.Padded(most));
    private readonly double[] _gamma = ArrayPool<double>.Shared.Rent(FeatureBlock.Padded(most));
    private readonly double[] _delta = ArrayPool<double>.Shared.Rent(FeatureBlock.Padded(most));

    /// <summary>Features.</summary>
    public int Count { get; private set; }

    /// <summary>Scans per feature.</summary>
    public Span<double> Scans => _scans.AsSpan(0, Count);

    /// <summary>Location per feature.</summary>
    public Span<double> Gamma => _gamma.AsSpan(0, Count);

    /// <summary>Scale per feature.</summary>
    public Span<double> Delta => _delta.AsSpan(0, Count);

    /// <summary>One more feature.</summary>
    public void Add(double scans, double gamma, double delta)
    {
        (_scans[Count], _gamma[Count], _delta[Count]) = (scans, gamma, delta);
        Count++;
    }

    /// <summary>
    /// The three columns up to a whole number of registers; lanes without a feature repeat the first one, so they change no maximum and no mask.
    /// </summary>
    public (double[] Scans, double[] Gamma, double[] Delta, int Length) Padded()
    {
        int length = FeatureBlock.Padded(Count);
        foreach (double[] column in (ReadOnlySpan<double[]>)[_scans, _gamma, _delta]) column.AsSpan(Count, length - Count).Fill(column[0]);
        return (_scans, _gamma, _delta, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (double[] column in (ReadOnlySpan<double[]>)[_scans, _gamma, _delta]) ArrayPool<double>.Shared.Return(column);
    }
}
