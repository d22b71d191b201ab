namespace Federated.Statistics.Survival;

/// <summary>Bounds of a survival curve, NaN where not defined, and of its median.</summary>
/// <param name="Lower">Lower bounds.</param>
/// <param name="Upper">Upper bounds.</param>
/// <param name="MedianLower">Where the lower curve reaches one half.</param>
/// <param name="MedianUpper">Where the upper curve does.</param>
public sealed record SurvivalBounds(double[] Lower, double[] Upper, double MedianLower, double MedianUpper);

/// <summary>
/// The survival curve of Kaplan and Meier (1958) with Greenwood's standard error, the cumulative hazard of Nelson and Aalen, and what is read off them.
/// </summary>
public sealed class ProductLimit
{
    // Half is reached within this: the curve is a product of fractions, and 1/2 seldom comes out to the last place.
    private static readonly double HalfTolerance = Math.Sqrt(Math.BitIncrement(1.0) - 1);

    private readonly LifeTable _table;
    private readonly double[] _logVariance; // Greenwood's sum: the variance of log S

    private ProductLimit(LifeTable table)
    {
        int times = table.Time.Length;
        _table = table;
        _logVariance = new double[times];
        Survival = new double[times];
        CumulativeHazard = new double[times];
        StandardError = new double[times];
    }

    /// <summary>S just after each time.</summary>
    public double[] Survival { get; }

    /// <summary>Its standard error; NaN once nobody survives.</summary>
    public double[] StandardError { get; }

    /// <summary>Nelson and Aalen's sum of events over those at risk.</summary>
    public double[] CumulativeHazard { get; }

    /// <summary>The first time at which no more than half survive; the middle of the step if the curve runs along one half; NaN if it never does.</summary>
    public double Median => Half(Survival);

    /// <summary>The curve of a table.</summary>
    public static ProductLimit Of(LifeTable table)
    {
        var curve = new ProductLimit(table);
        double survival = 1, hazard = 0, variance = 0;
        for (int t = 0; t < table.Time.Length; t++)
        {
            double events = table.Events[t], risk = table.AtRisk[t];
            survival *= (risk - events) / risk;
            hazard += events / risk;
            if (events > 0) variance += events / (risk * (risk - events)); // infinite when the last have had their event
            curve.Survival[t] = survival;
            curve.CumulativeHazard[t] = hazard;
            curve._logVariance[t] = variance;
            curve.StandardError[t] = survival * Math.Sqrt(variance);
        }

        return curve;
    }

    /// <summary>Bounds symmetric in S, within 0 and 1.</summary>
    /// <param name="z">Quantile of the normal distribution.</param>
    public SurvivalBounds Plain(double z) => Bounds(
        (s, deviation) => s - (z * deviation * s), (s, deviation) => s + (z * deviation * s));

    /// <summary>Bounds symmetric in log S, at most 1; not defined where S is 0.</summary>
    /// <param name="z">Quantile of the normal distribution.</param>
    public SurvivalBounds Log(double z) => Bounds(
        (s, deviation) => s == 0 ? double.NaN : Math.Exp(Math.Log(s) - (z * deviation)),
        (s, deviation) => s == 0 ? double.NaN : Math.Exp(Math.Log(s) + (z * deviation)));

    /// <summary>Bounds symmetric in log(-log S); not defined where S is 1.</summary>
    /// <param name="z">Quantile of the normal distribution.</param>
    public SurvivalBounds LogLog(double z) => Bounds(
        (s, deviation) => Math.Exp(-Math.Exp(Math.Log(-Math.Log(s)) - (z * deviation / Math.Log(s)))),
        (s, deviation) => Math.Exp(-Math.Exp(Math.Log(-Math.Log(s)) + (z * deviation / Math.Log(s)))));

    /// <summary>The mean survival time up to tau, the area under the curve, and its standard error.</summary>
    public (double Value, double StandardError) RestrictedMean(double tau)
    {
        double area = 0, variance = 0, before = 0, survival = 1;
        int last = 0;
        while (last < _table.Time.Length && _table.Time[last] < tau) last++;
        double[] from = new double[last]; // area after each time
        for (int t = 0; t < last; t++)
        {
            from[t] = area += survival * (_table.Time[t] - before);
            (before, survival) = (_table.Time[t], Survival[t]);
        }

        area += survival * (tau - before);
        for (int t = 0; t < last; t++)
        {
            double events = _table.Events[t], risk = _table.AtRisk[t], rest = area - from[t];
            if (events > 0 && risk > events) variance += rest * rest * events / (risk * (risk - events));
        }

        return (area, Math.Sqrt(variance));
    }

    private SurvivalBounds Bounds(Func<double, double, double> lower, Func<double, double, double> upper)
    {
        double[] low = new double[Survival.Length], high = new double[Survival.Length];
        for (int t = 0; t < low.Length; t++)
        {
            double deviation = Math.Sqrt(_logVariance[t]);
            low[t] = Math.Clamp(lower(Survival[t], deviation), 0, 1);
            high[t] = Math.Clamp(upper(Survival[t], deviation), 0, 1);
        }

        return new SurvivalBounds(low, high, Half(low), Half(high));
    }

    private double Half(double[] curve)
    {
        int at = Array.FindIndex(curve, s => s < 0.5 + HalfTolerance);
        if (at < 0) return double.NaN;
        int next = Math.Abs(curve[at] - 0.5) < HalfTolerance ? Array.FindIndex(curve, at, s => s < curve[at]) : -1;
        return next < 0 ? _table.Time[at] : (_table.Time[at] + _table.Time[next]) / 2;
    }
}
