using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Federated.EndToEnd.Tests;

/// <summary>Studies with differential privacy through coordinator and agents: noise in the masked sum, told beside every number, and refused at a hospital's cap.</summary>
public class DifferentialPrivacyTests
{
    private const int Hospitals = 5;
    private const int Patients = 120;

    [Theory]
    [InlineData("secure")]
    [InlineData("plain")]
    public async Task Means_are_off_by_about_as_much_as_they_say(string aggregation)
    {
        using var run = new SimulatorRun();
        double[] ages = Write(run, "{ id: m, kind: bounded-moments, values: [age], patient: patient }", aggregation, "epsilon: 4");
        JsonElement age = (await RunAsync(run)).GetProperty("values")[0];
        double N(string name) => age.GetProperty(name).GetDouble();
        Assert.NotEqual((double)Hospitals * Patients, N("n"));
        Assert.True(Math.Abs(N("n") - (Hospitals * Patients)) < 5 * N("n_noise_sd"), age.ToString()); // a chance of 6e-7
        Assert.True(Math.Abs(N("mean") - ages.Average()) < 5 * N("mean_noise_sd"), $"{age} {ages.Average()}");
        Assert.InRange(N("mean_noise_sd"), 0.01, aggregation == "secure" ? 0.6 : 1.2);
    }

    [Fact]
    public async Task A_private_model_is_trained_and_every_figure_carries_its_noise()
    {
        using var run = new SimulatorRun();
        Write(run, "{ id: m, kind: train, outcome: late, predictors: [age], patient: patient, rounds: 4, rate: 8 }", "plain", "epsilon: 8");
        JsonElement fit = await RunAsync(run);
        JsonElement validation = fit.GetProperty("parts")[1];
        Assert.True(fit.GetProperty("model").GetProperty("layers")[0].GetProperty("weights")[0][0].GetDouble() > 0, fit.ToString()); // older patients are the late ones
        Assert.True(validation.GetProperty("accuracy_noise_sd").GetDouble() > 0 && fit.GetProperty("gradient_noise_sd").GetDouble() > 0);
        Assert.Equal(8, fit.GetProperty("privacy").GetProperty("epsilon").GetDouble());
    }

    [Fact]
    public async Task A_hospitals_cap_refuses_the_study()
    {
        using var run = new SimulatorRun();
        Write(run, "{ id: m, kind: bounded-moments, values: [age], patient: patient }", "secure", "epsilon: 4");
        (int code, string output, string error) = await run.InvokeAsync(
            "table", "--cohort", Path.Combine(run.Folder, "cohort.csv"), "--study", Path.Combine(run.Folder, "study.yaml"), "--out", run.Out, "--policy", run.Write("policy.json", """{ "epsilon-cap": 0.5 }"""));
        Assert.True(code == 3, $"{code}\n{output}\n{error}");
    }

    private static double[] Write(SimulatorRun run, string analysis, string aggregation, string epsilon)
    {
        var draw = new Random(7);
        var cohort = new StringBuilder("row,hospital,patient,age,late\n");
        double[] ages = new double[Hospitals * Patients];
        for (int i = 0; i < ages.Length; i++)
        {
            ages[i] = 40 + (40 * draw.NextDouble());
            cohort.Append(CultureInfo.InvariantCulture, $"r{i:0000},h{i % Hospitals},p{i},{ages[i]:R},{(ages[i] > 62 ? 1 : 0)}\n");
        }

        run.Write("cohort.csv", cohort.ToString());
        run.Write(
            "study.yaml",
            $"study: private\nscanner: hospital\nsite: hospital\nanalyses: [{analysis}]\n"
            + $"privacy: {{ aggregation: {aggregation}, differential: {{ {epsilon}, delta: 1e-5, unit: patient, clip: 1.5, bounds: [{{ name: age, low: 20, high: 100 }}] }} }}\n");
        return ages;
    }

    private static async Task<JsonElement> RunAsync(SimulatorRun run)
    {
        (int code, string output, string error) = await run.InvokeAsync("table", "--cohort", Path.Combine(run.Folder, "cohort.csv"), "--study", Path.Combine(run.Folder, "study.yaml"), "--out", run.Out);
        Assert.True(code == 0, $"exit code {code}\n{output}\n{error}");
        return JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(run.Out, "analyses", "m.json"), TestContext.Current.CancellationToken)).RootElement;
    }
}
