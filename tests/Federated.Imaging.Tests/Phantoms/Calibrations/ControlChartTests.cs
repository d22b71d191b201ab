using Federated.Imaging.Phantoms.Calibrations;

namespace Federated.Imaging.Tests.Phantoms.Calibrations;

/// <summary>Charts on simulated scanners: few false alarms, and drifts named in time.</summary>
public class ControlChartTests
{
    [Fact]
    public void Stable_scanners_raise_at_most_one_first_alarm_in_two_hundred_scans_and_a_drift_is_named_within_five()
    {
        var random = new Random(20);
        int inControl = 0, alarms = 0, late = 0;
        const int Scanners = 2000, Drift = 13;
        for (int scanner = 0; scanner < Scanners; scanner++)
        {
            double[] stable = [.. Enumerable.Range(0, 28).Select(_ => 0.9 * (1 + (0.01 * Normal(random))))];
            IReadOnlyList<ChartAlarm> raised = ControlChart.Factors.Alarms(stable);
            ChartAlarm? first = raised.Count > 0 ? raised[0] : null;
            inControl += first is null ? 20 : first.Index - 7;
            if (first is not null) alarms++;
            double[] drifting = [.. stable.Take(Drift), .. Enumerable.Range(1, 5).Select(week => 0.9 * Math.Pow(1.015, week) * (1 + (0.01 * Normal(random))))];
            if (ControlChart.Factors.Alarms(drifting).Count == 0) late++;
        }

        Assert.InRange(alarms, 1, inControl / 200);
        Assert.InRange(late, 0, Scanners / 50);
    }

    [Theory]
    [InlineData(ChartRule.Shewhart)]
    [InlineData(ChartRule.MovingAverage)]
    [InlineData(ChartRule.CumulativeSum)]
    public void Each_rule_fires_on_what_it_is_for(ChartRule rule)
    {
        double[] baseline = [1.01, 0.99, 1.005, 0.995, 1.01, 0.99, 1.0, 1.0];
        double[] after = rule switch
        {
            ChartRule.Shewhart => [1.0, 1.06],
            ChartRule.MovingAverage => [1.025, 1.025, 1.025, 1.025],
            _ => [.. Enumerable.Repeat(1.015, 14)], // a shift so small that no average passes its limit soon
        };
        ChartAlarm alarm = ControlChart.Factors.Alarms([.. baseline, .. after])[0];
        Assert.Equal(rule, alarm.Rule);
        Assert.True(alarm.Deviations > 0);
        Assert.True(ControlChart.Factors.Alarms([.. baseline, .. after.Select(v => 2 - v)])[0].Deviations < 0);
    }

    [Fact]
    public void Before_the_baseline_is_complete_nothing_is_said()
    {
        Assert.Empty(ControlChart.Factors.Alarms([1, 1, 5, 1]));
        Assert.Null(ControlChart.Factors.Level([1, 1]));
        Assert.Equal([1, 1, 1], ControlChart.Factors.MovingAverage([1, 2, 3]));
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
