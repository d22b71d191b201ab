namespace Federated.Simulator.Demo;

/// <summary>
/// An exponentially weighted moving average of weekly calibration factors (Roberts 1959, Technometrics 1:239; weight 0.3) against the mean of the first weeks. Its limit is 3.3 standard deviations of
/// the average less the baseline, whose own uncertainty counts: a baseline of a few weeks would otherwise raise alarms of its own. The scatter of a factor is that of filling a phantom, one per cent,
/// or what the baseline shows if that is more.
/// </summary>
/// <param name="BaselineWeeks">Scans that are the baseline.</param>
public sealed record FactorChart(int BaselineWeeks)
{
    /// <summary>Eight weeks of baseline: two months after a scanner is accepted.</summary>
    public static FactorChart Usual { get; } = new(8);

    private const double Weight = 0.3;
    private const double Limit = 3.3;
    private const double LeastScatter = 0.01;

    /// <summary>The position of the first scan that raises an alarm; null: the scanner is stable.</summary>
    /// <param name="factors">Calibration factors in the order of time.</param>
    public int? FirstAlarm(IReadOnlyList<double> factors)
    {
        if (factors.Count <= BaselineWeeks) return null;
        double[] baseline = [.. factors.Take(BaselineWeeks)];
        double mean = baseline.Average(), variance = baseline.Average(f => (f / mean - 1) * (f / mean - 1)) * BaselineWeeks / (BaselineWeeks - 1);
        double scatter = Math.Max(LeastScatter, Math.Sqrt(variance)), average = 0, steady = Weight / (2 - Weight);
        for (int i = BaselineWeeks; i < factors.Count; i++)
        {
            average += Weight * (factors[i] / mean - 1 - average);
            double share = steady * (1 - Math.Pow(1 - Weight, 2 * (i - BaselineWeeks + 1))) + 1.0 / BaselineWeeks;
            if (Math.Abs(average) > Limit * scatter * Math.Sqrt(share)) return i;
        }
        return null;
    }
}
