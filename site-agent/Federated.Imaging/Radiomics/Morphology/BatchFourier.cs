using System.Numerics;

namespace Federated.Imaging.Radiomics;

/// <summary>
/// Many complex Fourier transforms of one length at once (Stockham's autosort algorithm with radices 2, 3, 4, 5; C. Van Loan, "Computational Frameworks for the
/// Fast Fourier Transform", 1992). Element k of transform b lies at k * batch + b, so all steps run along contiguous memory.
/// </summary>
internal sealed class BatchFourier
{
    private static readonly double Sin60 = Math.Sqrt(3) / 2;
    private static readonly double Sin72 = Math.Sin(2 * Math.PI / 5);
    private static readonly double Cos72 = Math.Cos(2 * Math.PI / 5);
    private static readonly double Sin144 = Math.Sin(4 * Math.PI / 5);
    private static readonly double Cos144 = Math.Cos(4 * Math.PI / 5);
    private readonly int length;
    private readonly int batch;
    private readonly int[] radices;
    private readonly double[] cos;
    private readonly double[] sin;
    private double[] re;
    private double[] im;
    private double[] spareRe;
    private double[] spareIm;

    /// <summary>Plans transforms.</summary>
    /// <param name="length">Points of each; only factors 2, 3 and 5 (see <see cref="LengthFor"/>).</param>
    /// <param name="batch">Number of transforms done together.</param>
    public BatchFourier(int length, int batch)
    {
        this.length = length;
        this.batch = batch;
        radices = [.. Factors(length)];
        cos = new double[length];
        sin = new double[length];
        for (int k = 0; k < length; k++) (sin[k], cos[k]) = Math.SinCos(-2 * Math.PI * k / length);
        re = new double[length * batch];
        im = new double[length * batch];
        spareRe = new double[length * batch];
        spareIm = new double[length * batch];
    }

    /// <summary>Real parts, length x batch: input before <see cref="Transform"/>, result after it.</summary>
    public double[] Real => re;

    /// <summary>Imaginary parts, length x batch.</summary>
    public double[] Imaginary => im;

    /// <summary>Smallest even length of at least <paramref name="least"/> with factors 2, 3 and 5 only.</summary>
    public static int LengthFor(int least)
    {
        for (int n = Math.Max(2, least + (least & 1)); ; n += 2)
        {
            int rest = n;
            foreach (int prime in (ReadOnlySpan<int>)[2, 3, 5])
            {
                while (rest % prime == 0) rest /= prime;
            }

            if (rest == 1) return n;
        }
    }

    /// <summary>Replaces the contents of <see cref="Real"/> and <see cref="Imaginary"/> by X[k] = sum over j of x[j] exp(-2 pi i j k / length); the arrays change places.</summary>
    public void Transform()
    {
        int n = length, stride = batch;
        foreach (int radix in radices)
        {
            int m = n / radix, turn = length / n;
            for (int p = 0; p < m; p++) Step(radix, stride, stride * p, stride * m, stride * radix * p, p * turn);
            n = m;
            stride *= radix;
            (re, spareRe) = (spareRe, re);
            (im, spareIm) = (spareIm, im);
        }
    }

    private static IEnumerable<int> Factors(int n)
    {
        foreach (int radix in (int[])[4, 2, 3, 5])
        {
            for (; n % radix == 0; n /= radix) yield return radix;
        }
    }

    // One butterfly for `count` neighbouring columns: reads at from + t * fromStep, turns output u by angle * u, writes at to + u * count.
    private void Step(int radix, int count, int from, int fromStep, int to, int angle)
    {
        double[] w = new double[2 * radix];
        for (int u = 0; u < radix; u++)
        {
            w[2 * u] = cos[angle * u % length];
            w[2 * u + 1] = sin[angle * u % length];
        }

        int lanes = Vector<double>.Count, q = 0;
        for (; q <= count - lanes; q += lanes) Butterfly<Vector<double>, VectorLanes>(radix, from + q, fromStep, to + q, count, w);
        for (; q < count; q++) Butterfly<double, ScalarLane>(radix, from + q, fromStep, to + q, count, w);
    }

    private interface ILanes<T>
    {
        static abstract T Load(double[] source, int at);

        static abstract void Store(T value, double[] target, int at);

        static abstract T Add(T a, T b);

        static abstract T Subtract(T a, T b);

        static abstract T Scale(T a, double b);
    }

    private readonly struct VectorLanes : ILanes<Vector<double>>
    {
        public static Vector<double> Load(double[] source, int at) => new(source, at);

        public static void Store(Vector<double> value, double[] target, int at) => value.CopyTo(target, at);

        public static Vector<double> Add(Vector<double> a, Vector<double> b) => a + b;

        public static Vector<double> Subtract(Vector<double> a, Vector<double> b) => a - b;

        public static Vector<double> Scale(Vector<double> a, double b) => a * b;
    }

    private readonly struct ScalarLane : ILanes<double>
    {
        public static double Load(double[] source, int at) => source[at];

        public static void Store(double value, double[] target, int at) => target[at] = value;

        public static double Add(double a, double b) => a + b;

        public static double Subtract(double a, double b) => a - b;

        public static double Scale(double a, double b) => a * b;
    }

    private void Butterfly<T, TLanes>(int radix, int from, int fromStep, int to, int toStep, double[] w)
        where TLanes : struct, ILanes<T>
    {
        T r0 = TLanes.Load(re, from), i0 = TLanes.Load(im, from), r1 = TLanes.Load(re, from + fromStep), i1 = TLanes.Load(im, from + fromStep);
        switch (radix)
        {
            case 2:
                TLanes.Store(TLanes.Add(r0, r1), spareRe, to);
                TLanes.Store(TLanes.Add(i0, i1), spareIm, to);
                Turn<T, TLanes>(TLanes.Subtract(r0, r1), TLanes.Subtract(i0, i1), to + toStep, w[2], w[3]);
                return;
            case 3:
                {
                    const double half = -0.5;
                    double root = -Sin60;
                    T r2 = TLanes.Load(re, from + 2 * fromStep), i2 = TLanes.Load(im, from + 2 * fromStep);
                    T sumR = TLanes.Add(r1, r2), sumI = TLanes.Add(i1, i2), difR = TLanes.Scale(TLanes.Subtract(r1, r2), root), difI = TLanes.Scale(TLanes.Subtract(i1, i2), root);
                    T midR = TLanes.Add(r0, TLanes.Scale(sumR, half)), midI = TLanes.Add(i0, TLanes.Scale(sumI, half));
                    TLanes.Store(TLanes.Add(r0, sumR), spareRe, to);
                    TLanes.Store(TLanes.Add(i0, sumI), spareIm, to);
                    Turn<T, TLanes>(TLanes.Subtract(midR, difI), TLanes.Add(midI, difR), to + toStep, w[2], w[3]);
                    Turn<T, TLanes>(TLanes.Add(midR, difI), TLanes.Subtract(midI, difR), to + 2 * toStep, w[4], w[5]);
                    return;
                }

            case 4:
                {
                    T r2 = TLanes.Load(re, from + 2 * fromStep), i2 = TLanes.Load(im, from + 2 * fromStep), r3 = TLanes.Load(re, from + 3 * fromStep), i3 = TLanes.Load(im, from + 3 * fromStep);
                    T evenSumR = TLanes.Add(r0, r2), evenSumI = TLanes.Add(i0, i2), evenDifR = TLanes.Subtract(r0, r2), evenDifI = TLanes.Subtract(i0, i2);
                    T oddSumR = TLanes.Add(r1, r3), oddSumI = TLanes.Add(i1, i3), oddDifR = TLanes.Subtract(r1, r3), oddDifI = TLanes.Subtract(i1, i3);
                    TLanes.Store(TLanes.Add(evenSumR, oddSumR), spareRe, to);
                    TLanes.Store(TLanes.Add(evenSumI, oddSumI), spareIm, to);
                    Turn<T, TLanes>(TLanes.Add(evenDifR, oddDifI), TLanes.Subtract(evenDifI, oddDifR), to + toStep, w[2], w[3]);
                    Turn<T, TLanes>(TLanes.Subtract(evenSumR, oddSumR), TLanes.Subtract(evenSumI, oddSumI), to + 2 * toStep, w[4], w[5]);
                    Turn<T, TLanes>(TLanes.Subtract(evenDifR, oddDifI), TLanes.Add(evenDifI, oddDifR), to + 3 * toStep, w[6], w[7]);
                    return;
                }

            default:
                {
                    (double s1, double c1, double s2, double c2) = (Sin72, Cos72, Sin144, Cos144);
                    T r2 = TLanes.Load(re, from + 2 * fromStep), i2 = TLanes.Load(im, from + 2 * fromStep), r3 = TLanes.Load(re, from + 3 * fromStep), i3 = TLanes.Load(im, from + 3 * fromStep);
                    T r4 = TLanes.Load(re, from + 4 * fromStep), i4 = TLanes.Load(im, from + 4 * fromStep);
                    T aR = TLanes.Add(r1, r4), aI = TLanes.Add(i1, i4), bR = TLanes.Add(r2, r3), bI = TLanes.Add(i2, i3);
                    T cR = TLanes.Subtract(r1, r4), cI = TLanes.Subtract(i1, i4), dR = TLanes.Subtract(r2, r3), dI = TLanes.Subtract(i2, i3);
                    T mR = TLanes.Add(r0, TLanes.Add(TLanes.Scale(aR, c1), TLanes.Scale(bR, c2))), mI = TLanes.Add(i0, TLanes.Add(TLanes.Scale(aI, c1), TLanes.Scale(bI, c2)));
                    T nR = TLanes.Add(r0, TLanes.Add(TLanes.Scale(aR, c2), TLanes.Scale(bR, c1))), nI = TLanes.Add(i0, TLanes.Add(TLanes.Scale(aI, c2), TLanes.Scale(bI, c1)));
                    T pR = TLanes.Add(TLanes.Scale(cR, s1), TLanes.Scale(dR, s2)), pI = TLanes.Add(TLanes.Scale(cI, s1), TLanes.Scale(dI, s2));
                    T qR = TLanes.Subtract(TLanes.Scale(cR, s2), TLanes.Scale(dR, s1)), qI = TLanes.Subtract(TLanes.Scale(cI, s2), TLanes.Scale(dI, s1));
                    TLanes.Store(TLanes.Add(r0, TLanes.Add(aR, bR)), spareRe, to);
                    TLanes.Store(TLanes.Add(i0, TLanes.Add(aI, bI)), spareIm, to);
                    Turn<T, TLanes>(TLanes.Add(mR, pI), TLanes.Subtract(mI, pR), to + toStep, w[2], w[3]);
                    Turn<T, TLanes>(TLanes.Add(nR, qI), TLanes.Subtract(nI, qR), to + 2 * toStep, w[4], w[5]);
                    Turn<T, TLanes>(TLanes.Subtract(nR, qI), TLanes.Add(nI, qR), to + 3 * toStep, w[6], w[7]);
                    Turn<T, TLanes>(TLanes.Subtract(mR, pI), TLanes.Add(mI, pR), to + 4 * toStep, w[8], w[9]);
                    return;
                }
        }
    }

    private void Turn<T, TLanes>(T r, T i, int at, double c, double s)
        where TLanes : struct, ILanes<T>
    {
        TLanes.Store(TLanes.Subtract(TLanes.Scale(r, c), TLanes.Scale(i, s)), spareRe, at);
        TLanes.Store(TLanes.Add(TLanes.Scale(r, s), TLanes.Scale(i, c)), spareIm, at);
    }
}
