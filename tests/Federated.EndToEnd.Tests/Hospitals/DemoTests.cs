using System.Globalization;
using Federated.Simulator.Demo;
using Federated.Simulator.Hospitals;
using Federated.Simulator.Output;

namespace Federated.EndToEnd.Tests.Hospitals;

/// <summary>The demonstration from DICOM to the closing table, and the pieces that judge it.</summary>
public class DemoTests
{
    [Fact]
    public async Task The_whole_chain_brings_nine_scanners_together_and_names_the_one_that_drifts()
    {
        using var run = new SimulatorRun();
        (int code, string output, string error) = await run.InvokeAsync("--out", run.Out, "--size", "small", "--transport", "memory", "--seed", "3");
        Assert.True(code == 0, $"exit code {code}\n{output}\n{error}");
        var stages = CsvFile.Rows(File.ReadAllText(Path.Combine(run.Out, "stages.csv"))).ToDictionary(r => r["feature"]);
        Assert.Equal(DemoStudy.Features, stages.Keys);
        foreach (var row in stages.Values)
        {
            Assert.InRange(Number(row, "raw"), 0.18, 0.45);
            Assert.InRange(Number(row, "filtered"), 0, 0.15);
        }
        Assert.Contains("ALARM: the calibration of vereos drifts", output, StringComparison.Ordinal);
        Assert.Equal(1, output.Split("ALARM").Length - 1);
        Assert.Contains("9 of 9 broken studies refused for their reason, 0 others refused", output, StringComparison.Ordinal);

        static double Number(IReadOnlyDictionary<string, string> row, string column) => double.Parse(row[column], CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_drift_of_one_and_a_half_per_cent_a_week_is_named_within_five_scans_and_stable_scanners_raise_one_alarm_in_two_hundred()
    {
        FactorChart chart = FactorChart.Usual;
        SeedStream seeds = new(12);
        int inControl = 0, alarms = 0, late = 0;
        for (int scanner = 0; scanner < 2000; scanner++)
        {
            var random = seeds.Stream($"{scanner}");
            double[] stable = [.. Enumerable.Range(0, 28).Select(_ => 0.9 * (1 + 0.01 * random.Next()))];
            if (chart.FirstAlarm(stable) is { } at)
            {
                alarms++;
                inControl += at - 7;
            }
            else
            {
                inControl += 20;
            }
            double[] drifting = [.. stable.Take(13), .. Enumerable.Range(1, 5).Select(week => 0.9 * Math.Pow(1.015, week) * (1 + 0.01 * random.Next()))];
            if (chart.FirstAlarm(drifting) is null) late++;
        }
        Assert.InRange(alarms, 1, inControl / 200);
        Assert.InRange(late, 0, 40);
    }

    [Fact]
    public void A_spread_is_the_mean_of_the_patients_own_coefficients_of_variation() =>
        Assert.Equal((Math.Sqrt(2) / 3 + 0) / 2, TravellingSpread.Of([("a", 2), ("b", 5), ("a", 4), ("b", 5)]), 1e-12);

    [Fact]
    public void The_effect_of_response_is_found_where_values_follow_the_model()
    {
        SeedStream seeds = new(4);
        VirtualPatient[] patients = [.. Enumerable.Range(0, 400).Select(i => PatientModel.Draw($"p{i}", 60, 0.5, seeds))];
        var effect = ResponderEffect.Of(patients.Select(p => (p, Math.Exp(1 + (p.IsResponder ? -0.35 : 0) + 0.01 * p.Age + 0.2 * p.TomographyLogVolume))));
        Assert.Equal(-0.35, effect.Effect, 1e-9);
        Assert.InRange(effect.Patients, 380, 400);
        ResponderEffect drawn = ResponderEffect.Of(patients.Select(p => (p, p.Lesions.Max(l => l.Uptake))));
        Assert.InRange(drawn.Effect, PatientModel.ResponderEffect - 3 * drawn.StandardError, PatientModel.ResponderEffect + 3 * drawn.StandardError);
    }
}
