using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Federated.Statistics.Kernels;

namespace Federated.Statistics.Harmonization;

/// <summary>
/// The parametric posterior (Johnson et al. 2007, section 3.2): location and scale in turn until neither moves. Features do not touch each other but
/// through the priors, so they are iterated side by side in vector registers.
/// </summary>
internal static class ParametricShrinkage
{
    /// <summary>The bound on sweeps; the iteration contracts and needs some tens, so passing it is a defect.</summary>
    public const int MostSweeps = 100_000;

    private const double ConvergedTolerance = 1e-13;
    private const double CompatibleTolerance = 1e-4;
    private const double LeastLocation = 0.01; // in pooled standard deviations: below it a location converges absolutely

    /// <summary>Replaces estimates by posterior values and says how many sweeps it took.</summary>
    public static int Shrink(EstimatedFeatures features, ScannerPriors priors, Stopping stopping)
    {
        (double[] scans, double[] g, double[] d, int length) = features.Padded();
        double[] gammaHat = ArrayPool<double>.Shared.Rent(length), deltaHat = ArrayPool<double>.Shared.Rent(length);
        g.AsSpan(0, length).CopyTo(gammaHat);
        d.AsSpan(0, length).CopyTo(deltaHat);
        int sweeps = Vector512.IsHardwareAccelerated
            ? Run<Vector512<double>, Lanes512>(scans, gammaHat, deltaHat, g, d, length, priors, stopping)
            : Run<Vector256<double>, Lanes256>(scans, gammaHat, deltaHat, g, d, length, priors, stopping);
        ArrayPool<double>.Shared.Return(gammaHat);
        ArrayPool<double>.Shared.Return(deltaHat);
        return sweeps < MostSweeps ? sweeps : throw new ArithmeticException($"Empirical Bayes did not settle in {MostSweeps} sweeps.");
    }

    private static int Run<TVector, TLanes>(
        double[] n, double[] gammaHat, double[] deltaHat, double[] g, double[] d, int length, ScannerPriors priors, Stopping stopping)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        int sweeps = 0;
        if (stopping == Stopping.Converged)
        {
            for (int at = 0; at < length; at += TLanes.Count)
                sweeps = Math.Max(sweeps, Converge(new Posterior<TVector, TLanes>(n, gammaHat, deltaHat, priors, at), g, d, at));
            return sweeps;
        }

        while (++sweeps < MostSweeps)
        {
            TVector change = TLanes.All(double.NegativeInfinity);
            for (int at = 0; at < length; at += TLanes.Count)
                change = TLanes.Max(change, Sweep(new Posterior<TVector, TLanes>(n, gammaHat, deltaHat, priors, at), g, d, at));
            if (TLanes.AllSet(TLanes.LessThanOrEqual(change, TLanes.All(CompatibleTolerance)))) break;
        }

        return sweeps;
    }

    /// <summary>Iterates one register of features; a lane that has converged keeps its value while the others go on.</summary>
    private static int Converge<TVector, TLanes>(Posterior<TVector, TLanes> posterior, double[] g, double[] d, int at)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        ref double locations = ref MemoryMarshal.GetArrayDataReference(g);
        ref double scales = ref MemoryMarshal.GetArrayDataReference(d);
        TVector oldG = TLanes.Load(ref locations, at), oldD = TLanes.Load(ref scales, at);
        TVector tolerance = TLanes.All(ConvergedTolerance), least = TLanes.All(LeastLocation);
        TVector done = TLanes.LessThanOrEqual(TLanes.All(1), TLanes.All(0));
        int sweeps = 0;
        do
        {
            TVector newG = posterior.Location(oldD);
            TVector newD = posterior.Scale(newG);
            TVector still = TLanes.And(
                TLanes.LessThanOrEqual(TLanes.Abs(TLanes.Subtract(newG, oldG)), TLanes.Multiply(tolerance, TLanes.Max(TLanes.Abs(newG), least))),
                TLanes.LessThanOrEqual(TLanes.Abs(TLanes.Subtract(newD, oldD)), TLanes.Multiply(tolerance, newD)));
            oldG = TLanes.Select(done, oldG, newG);
            oldD = TLanes.Select(done, oldD, newD);
            done = TLanes.Or(done, still);
        }
        while (++sweeps < MostSweeps && !TLanes.AllSet(done));

        TLanes.Store(oldG, ref locations, at);
        TLanes.Store(oldD, ref scales, at);
        return sweeps;
    }

    /// <summary>One sweep over one register; returns the change relative to the signed previous values.</summary>
    private static TVector Sweep<TVector, TLanes>(Posterior<TVector, TLanes> posterior, double[] g, double[] d, int at)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        ref double locations = ref MemoryMarshal.GetArrayDataReference(g);
        ref double scales = ref MemoryMarshal.GetArrayDataReference(d);
        TVector oldG = TLanes.Load(ref locations, at), oldD = TLanes.Load(ref scales, at);
        TVector newG = posterior.Location(oldD);
        TVector newD = posterior.Scale(newG);
        TLanes.Store(newG, ref locations, at);
        TLanes.Store(newD, ref scales, at);
        return TLanes.Max(Relative<TVector, TLanes>(newG, oldG), Relative<TVector, TLanes>(newD, oldD));
    }

    /// <summary>|now - before| / before; no change of nothing is no change.</summary>
    private static TVector Relative<TVector, TLanes>(TVector now, TVector before)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        TVector change = TLanes.Abs(TLanes.Subtract(now, before));
        return TLanes.Select(TLanes.LessThanOrEqual(change, TLanes.All(0)), change, TLanes.Divide(change, before));
    }

    /// <summary>The two conditional posteriors of one register of features.</summary>
    private readonly struct Posterior<TVector, TLanes>
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        private readonly TVector _precision; // tau2 n
        private readonly TVector _weighted; // tau2 n gammaHat
        private readonly TVector _gammaBar;
        private readonly TVector _gammaHat;
        private readonly TVector _halfN;
        private readonly TVector _halfSquares; // (n - 1) deltaHat / 2 + b
        private readonly TVector _degrees; // n / 2 + a - 1

        public Posterior(double[] n, double[] gammaHat, double[] deltaHat, ScannerPriors priors, int at)
        {
            TVector scans = TLanes.Load(ref MemoryMarshal.GetArrayDataReference(n), at);
            TVector half = TLanes.All(0.5);
            _gammaHat = TLanes.Load(ref MemoryMarshal.GetArrayDataReference(gammaHat), at);
            _gammaBar = TLanes.All(priors.GammaBar);
            _precision = TLanes.Multiply(TLanes.All(priors.Tau2), scans);
            _weighted = TLanes.Multiply(_precision, _gammaHat);
            _halfN = TLanes.Multiply(half, scans);
            TVector own = TLanes.Multiply(TLanes.Subtract(scans, TLanes.All(1)), TLanes.Load(ref MemoryMarshal.GetArrayDataReference(deltaHat), at));
            _halfSquares = TLanes.FusedMultiplyAdd(half, own, TLanes.All(priors.B));
            _degrees = TLanes.Add(_halfN, TLanes.All(priors.A - 1));
        }

        /// <summary>(tau2 n gammaHat + d gammaBar) / (tau2 n + d).</summary>
        public TVector Location(TVector d) => TLanes.Divide(TLanes.FusedMultiplyAdd(d, _gammaBar, _weighted), TLanes.Add(_precision, d));

        /// <summary>(sum (z - g)^2 / 2 + b) / (n / 2 + a - 1).</summary>
        public TVector Scale(TVector g)
        {
            TVector distance = TLanes.Subtract(_gammaHat, g);
            return TLanes.Divide(TLanes.FusedMultiplyAdd(TLanes.Multiply(_halfN, distance), distance, _halfSquares), _degrees);
        }
    }
}
