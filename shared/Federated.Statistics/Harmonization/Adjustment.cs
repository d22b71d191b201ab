using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Federated.Statistics.Kernels;

namespace Federated.Statistics.Harmonization;

/// <summary>
/// Removes a batch's location and scale from its rows: with m what the model expects of a row, y becomes (y - m - gamma* sd) / sqrt(delta*) + m.
/// Written as y minus a correction, so that where there is nothing to remove the value comes back bit for bit.
/// </summary>
public sealed class Adjustment
{
    private readonly CombatModel _model;
    private readonly int _first;
    private readonly double[] _contraction; // 1 - 1/sqrt(delta*)
    private readonly double[] _shift; // gamma* sd / sqrt(delta*)

    /// <summary>
    /// The adjustment of features <paramref name="first"/> to first + count - 1 of one batch; a feature whose effects are NaN is left untouched.
    /// </summary>
    /// <param name="model">The frozen model.</param>
    /// <param name="gammaStar">Locations of all features.</param>
    /// <param name="deltaStar">Scales of all features.</param>
    /// <param name="first">First feature.</param>
    /// <param name="count">Features.</param>
    public Adjustment(CombatModel model, ReadOnlySpan<double> gammaStar, ReadOnlySpan<double> deltaStar, int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, model.Features, nameof(count));
        _model = model;
        _first = first;
        _contraction = new double[count];
        _shift = new double[count];
        for (int i = 0; i < count; i++)
        {
            int f = first + i;
            if (!model.IsHarmonized(f) || double.IsNaN(gammaStar[f]) || double.IsNaN(deltaStar[f])) continue;
            double scale = deltaStar[f] > 0 ? 1 / Math.Sqrt(deltaStar[f]) : 1; // a scale of zero cannot be divided out
            _contraction[i] = 1 - scale;
            _shift[i] = gammaStar[f] * Math.Sqrt(model.Variance[f]) * scale;
        }
    }

    /// <summary>Adjusts those features of a row in place.</summary>
    /// <param name="row">The features, and only these.</param>
    /// <param name="design">The row's covariates, length k.</param>
    public void Apply(Span<double> row, ReadOnlySpan<double> design)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(row.Length, _shift.Length, nameof(row));
        if (Vector512.IsHardwareAccelerated) Apply<Vector512<double>, Lanes512>(row, design);
        else Apply<Vector256<double>, Lanes256>(row, design);
    }

    private void Apply<TVector, TLanes>(Span<double> row, ReadOnlySpan<double> design)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        int k = _model.Columns;
        int p = _model.Features;
        ref double values = ref MemoryMarshal.GetReference(row);
        ref double centre = ref MemoryMarshal.GetArrayDataReference(_model.Centre);
        ref double beta = ref MemoryMarshal.GetArrayDataReference(_model.Beta);
        ref double contraction = ref MemoryMarshal.GetArrayDataReference(_contraction);
        ref double shift = ref MemoryMarshal.GetArrayDataReference(_shift);
        Span<double> distance = stackalloc double[k];
        for (int a = 0; a < k; a++) distance[a] = design[a] - _model.DesignMean[a];

        int f = 0;
        for (; f + TLanes.Count <= row.Length; f += TLanes.Count)
        {
            TVector value = TLanes.Load(ref values, f);
            TVector residual = TLanes.Subtract(value, TLanes.Load(ref centre, _first + f));
            for (int a = 0; a < k; a++)
                residual = TLanes.FusedMultiplyAdd(TLanes.All(-distance[a]), TLanes.Load(ref beta, (a * p) + _first + f), residual);
            TVector correction = TLanes.FusedMultiplyAdd(residual, TLanes.Load(ref contraction, f), TLanes.Load(ref shift, f));
            TLanes.Store(TLanes.Subtract(value, correction), ref values, f);
        }

        for (; f < row.Length; f++)
        {
            double residual = row[f] - _model.Centre[_first + f];
            for (int a = 0; a < k; a++) residual = Math.FusedMultiplyAdd(-distance[a], _model.Beta[(a * p) + _first + f], residual);
            row[f] -= Math.FusedMultiplyAdd(residual, _contraction[f], _shift[f]);
        }
    }
}
