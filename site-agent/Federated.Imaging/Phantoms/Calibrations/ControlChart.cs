namespace Federated.Imaging.Phantoms.Calibrations;

/// <summary>Which rule of a chart fired.</summary>
public enum ChartRule
{
    /// <summary>One point beyond 3.5 deviations of the baseline (Shewhart 1931, with the wider limit that long series need).</summary>
    Shewhart,

    /// <summary>An exponentially weighted moving average of weight 0.3 beyond 3.3 of its own deviations (Roberts 1959, Technometrics 1:239).</summary>
    MovingAverage,

    /// <summary>A cumulative sum of what passes half a deviation, beyond 7 deviations (Page 1954, Biometrika 41:100).</summary>
    CumulativeSum,
}

/// <summary>A point at which a chart raises an alarm.</summary>
/// <param name="Index">Its place in the series.</param>
/// <param name="Rule">The rule that fired first there.</param>
/// <param name="Deviations">How far the rule's own statistic lies from the baseline, in its own deviations.</param>
public sealed record ChartAlarm(int Index, ChartRule Rule, double Deviations);

/// <summary>
/// Charts of a quantity that a scanner's phantoms repeat, against the mean of the first scans. The baseline's own uncertainty counts in every limit: a baseline of a few scans would
/// otherwise raise alarms of its own. Deviations are relative to the mean, and at least <paramref name="LeastScatter"/>: no phantom is filled better than that.
/// </summary>
/// <param name="Baseline">Scans that are the baseline.</param>
/// <param name="LeastScatter">Least relative scatter that is believed.</param>
public sealed record ControlChart(int Baseline, double LeastScatter)
{
    private const double ShewhartLimit = 3.5;
    private const double Weight = 0.3;
    private const double AverageLimit = 3.3;
    private const double Slack = 0.5;
    private const double SumLimit = 7;

    /// <summary>Eight scans of baseline and one per cent of scatter: calibration factors of weekly cylinders.</summary>
    public static ControlChart Factors { get; } = new(8, 0.01);

    /// <summary>Four scans of baseline and three per cent of scatter: recoveries and noise of image-quality phantoms.</summary>
    public static ControlChart Recoveries { get; } = new(4, 0.03);

    /// <summary>Mean and relative scatter of the baseline; null before it is complete.</summary>
    public (double Mean, double Scatter)? Level(IReadOnlyList<double> values)
    {
        if (values.Count < Baseline || Baseline < 2) return null;
        double[] first = [.. values.Take(Baseline)];
        double mean = first.Average(), squares = 0;
        if (!(mean > 0)) return null;
        foreach (double value in first) squares += ((value / mean) - 1) * ((value / mean) - 1);
        return (mean, Math.Max(LeastScatter, Math.Sqrt(squares / (Baseline - 1))));
    }

    /// <summary>The moving average at every point, as a multiple of the baseline's mean; 1 within the baseline.</summary>
    public double[] MovingAverage(IReadOnlyList<double> values)
    {
        double[] averages = new double[values.Count];
        Array.Fill(averages, 1);
        if (Level(values) is not { } level) return averages;
        double average = 0;
        for (int i = Baseline; i < averages.Length; i++)
        {
            average += Weight * ((values[i] / level.Mean) - 1 - average);
            averages[i] = 1 + average;
        }

        return averages;
    }

    /// <summary>Every point at which a rule fires, one alarm a point.</summary>
    /// <param name="values">In the order of time, all positive.</param>
    public IReadOnlyList<ChartAlarm> Alarms(IReadOnlyList<double> values)
    {
        if (Level(values) is not { } level) return [];
        var alarms = new List<ChartAlarm>();
        double average = 0, above = 0, below = 0, unsure = 1.0 / Baseline;
        for (int i = Baseline; i < values.Count; i++)
        {
            double deviation = ((values[i] / level.Mean) - 1) / level.Scatter;
            average += Weight * (deviation - average);
            int seen = i - Baseline + 1;
            double ofAverage = Math.Sqrt((Weight / (2 - Weight) * (1 - Math.Pow(1 - Weight, 2 * seen))) + unsure);

            // A baseline that lies off by its own uncertainty would add up for ever: what it may be off is slack too.
            double slack = Slack + Math.Sqrt(unsure);
            above = Math.Max(0, above + deviation - slack);
            below = Math.Max(0, below - deviation - slack);
            if (Math.Abs(deviation) > ShewhartLimit * Math.Sqrt(1 + unsure)) alarms.Add(new ChartAlarm(i, ChartRule.Shewhart, deviation / Math.Sqrt(1 + unsure)));
            else if (Math.Abs(average) > AverageLimit * ofAverage) alarms.Add(new ChartAlarm(i, ChartRule.MovingAverage, average / ofAverage));
            else if (Math.Max(above, below) > SumLimit) alarms.Add(new ChartAlarm(i, ChartRule.CumulativeSum, above > below ? above : -below));
        }

        return alarms;
    }
}
