using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Federated.EndToEnd.Tests;

/// <summary>Training by rounds on the breast-cancer table at five sites, against the same training on rows in one place.</summary>
public class TrainTests
{
    private const string Logistic = "model: logistic, rate: 0.05, penalty: 0.001, rounds: 40";
    private const string Perceptron = "model: { hidden: [8] }, rate: 0.05, penalty: 0.001, rounds: 40";

    public static TheoryData<string, string, string> Settings => new()
    {
        { "logistic, FedAvg", Logistic, "" },
        { "perceptron, FedAvg", Perceptron, "" },
        { "perceptron, FedProx", Perceptron, ", strategy: fedprox, proximal: 0.1, local-epochs: 3" },
        { "perceptron, FedAdam", Perceptron, ", strategy: fedadam" },
        { "perceptron, FedYogi", Perceptron, ", strategy: fedyogi" },
        { "perceptron, SCAFFOLD", Perceptron, ", strategy: scaffold, local-epochs: 2" },
        { "logistic, clipped, some sites each round", Logistic, ", clip: 1, participation: 0.7" },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task Comes_as_close_to_pooled_training_as_promised(string what, string model, string strategy)
    {
        double pooled = Area(await RunAsync(_ => 0, model, "memory"));
        double alike = Area(await RunAsync(row => row.Number % 5, model + strategy, "memory"));
        double skewed = Area(await RunAsync(BySize, model + strategy, "memory"));
        Assert.True(pooled > 0.98, $"{what}: pooled {pooled:R}");
        Assert.True(alike >= pooled - 0.005, $"{what}: rows dealt at random {alike:R}, pooled {pooled:R}");
        Assert.True(skewed >= pooled - 0.02, $"{what}: rows dealt by outcome and size {skewed:R}, pooled {pooled:R}");
    }

    [Theory]
    [InlineData("fedavg")]
    [InlineData("fedyogi")]
    [InlineData("scaffold")]
    public async Task The_same_seed_gives_the_same_bits_over_either_transport_and_another_seed_does_not(string strategy)
    {
        string options = $"model: {{ hidden: [4], activation: tanh }}, rounds: 6, rate: 0.1, participation: 0.8, strategy: {strategy}";
        string memory = (await RunAsync(row => row.Number % 5, options, "memory")).GetProperty("model").ToString();
        string grpc = (await RunAsync(row => row.Number % 5, options, "grpc")).GetProperty("model").ToString();
        string other = (await RunAsync(row => row.Number % 5, options + ", seed: 2", "memory")).GetProperty("model").ToString();
        Assert.Equal(memory, grpc);
        Assert.NotEqual(memory, other);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Together_hospitals_tell_all_rows_apart_better_than_any_alone(bool skewed)
    {
        Func<(int Number, bool Benign, double Size), int> site = skewed ? BySize : row => row.Number % 5;
        // Each is trained until its own validation rows gain no more; after a fixed 40 rounds one hospital alone is still ahead by 0.0005.
        const string untilNoGain = "model: logistic, rate: 0.05, penalty: 0.001, rounds: 400, patience: 20";
        double together = AreaOverAllRows(await RunAsync(site, untilNoGain, "memory"));
        int alone = 0;
        for (int only = 0; only < 5; only++)
        {
            JsonElement fit = await RunAsync(row => site(row) == only ? 0 : -1, untilNoGain, "memory");
            if (fit.ValueKind == JsonValueKind.Undefined || !fit.TryGetProperty("model", out _)) continue; // one class alone: nothing to train on
            alone++;
            double own = AreaOverAllRows(fit);
            Assert.True(together > own, $"hospital {only} alone {own:R}, together {together:R}");
        }

        Assert.Equal(skewed ? 1 : 5, alone);
    }

    [Fact]
    public async Task Ends_when_validation_no_longer_gains()
    {
        JsonElement fit = await RunAsync(row => row.Number % 5, "model: { hidden: [16] }, rate: 0.3, rounds: 200, patience: 5", "memory");
        Assert.True(fit.GetProperty("ended_early").GetBoolean());
        Assert.Equal(fit.GetProperty("best_after").GetInt32() + 5, fit.GetProperty("training_rounds").GetInt32() - 1);
    }

    [Theory]
    [InlineData("rate: 90, rounds: 30, model: { hidden: [8, 8] }", "E2603")]
    [InlineData("validation: 0.000001", "E2602")]
    public async Task What_cannot_be_trained_is_named(string options, string code)
    {
        JsonElement summary = await RunAsync(row => row.Number % 5, options, "memory", "summary.json");
        Assert.Contains(summary.GetProperty("analyses").EnumerateArray(), a => a.GetProperty("code").GetString() == code);
    }

    private static double Area(JsonElement fit)
    {
        Assert.InRange(fit.GetProperty("validation").GetProperty("auc_error").GetDouble(), 0, 0.002);
        return fit.GetProperty("validation").GetProperty("auc").GetDouble();
    }

    // The published logistic model, applied here by hand to every row of the table.
    private static double AreaOverAllRows(JsonElement fit)
    {
        double[] List(string name) => [.. fit.GetProperty("model").GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
        double[] centre = List("centre"), deviation = List("deviation");
        double[] weights = [.. fit.GetProperty("model").GetProperty("layers")[0].GetProperty("weights")[0].EnumerateArray().Select(v => v.GetDouble())];
        string[][] lines = [.. File.ReadAllLines(Path.Combine(StatisticsCase.Open("enet_logistic_breast_cancer_lasso").Folder, "input.csv")).Skip(1).Select(l => l.Split(','))];
        double[] scores = [.. lines.Select(l => weights.Select((w, j) => w * (double.Parse(l[j], CultureInfo.InvariantCulture) - centre[j]) / deviation[j]).Aggregate(0.0, (a, b) => a + b))];
        double[] benign = [.. scores.Where((_, i) => lines[i][^2] == "1")], malignant = [.. scores.Where((_, i) => lines[i][^2] != "1")];
        double concordant = 0;
        foreach (double b in benign)
            foreach (double m in malignant) concordant += b > m ? 1 : b == m ? 0.5 : 0;
        return concordant / benign.Length / malignant.Length;
    }

    // Two sites with benign rows alone, one with malignant ones alone, two with both: by outcome, and by size within it.
    private static int BySize((int Number, bool Benign, double Size) row) => row.Benign ? row.Size < 11.5 ? 0 : row.Size < 13 ? 1 : 3 : row.Size > 17 ? 2 : row.Size > 15 ? 4 : 3;

    private static async Task<JsonElement> RunAsync(Func<(int Number, bool Benign, double Size), int> site, string options, string transport, string file = "analyses/fit.json")
    {
        var reference = StatisticsCase.Open("enet_logistic_breast_cancer_lasso");
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(reference.Folder, "input.csv"), TestContext.Current.CancellationToken);
        using var run = new SimulatorRun();
        string cohort = Path.Combine(run.Folder, "cohort.csv"), study = Path.Combine(run.Folder, "study.yaml");
        var text = new StringBuilder($"row,{lines[0]},hospital\n");
        for (int i = 1; i < lines.Length; i++)
        {
            string[] cells = lines[i].Split(',');
            int held = site((i, cells[^2] == "1", double.Parse(cells[0], CultureInfo.InvariantCulture)));
            if (held >= 0) text.Append(CultureInfo.InvariantCulture, $"r{i:0000},{lines[i]},h{held}\n");
        }

        await File.WriteAllTextAsync(cohort, text.ToString(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            study,
            $"study: learning\nscanner: hospital\nsite: hospital\nanalyses:\n  - {{ id: fit, kind: train, outcome: target, predictors: {reference.List("features")}, {options} }}\nprivacy: {{ aggregation: plain }}\n",
            TestContext.Current.CancellationToken);
        (int code, string output, string error) = await run.InvokeAsync("table", "--cohort", cohort, "--study", study, "--out", run.Out, "--transport", transport);
        Assert.True(code is 0 or 3, $"exit code {code}\n{output}\n{error}");
        if (!File.Exists(Path.Combine(run.Out, file))) return default;
        return JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(run.Out, file), TestContext.Current.CancellationToken)).RootElement;
    }
}
