using System.Text.Json;
using Federated.Models;

namespace Federated.EndToEnd.Tests;

/// <summary>What a study leaves of its models as files.</summary>
public class ModelFileTests
{
    [Fact]
    public async Task A_study_leaves_its_models_as_ONNX_with_a_card_that_says_how_they_were_validated()
    {
        var reference = StatisticsCase.Open("logistic_synth_2000x6");
        using var run = new SimulatorRun();
        (string cohort, string study) = reference.Write(run.Folder, "kind: logistic, outcome: y, predictors: [x1, x2, x3], validate: { folds: 3, leave-one-site-out: true } }\n  - { id: net, kind: train, outcome: y, predictors: [x1, x2], model: { hidden: [3] }, rounds: 3");
        (int code, string output, string error) = await run.InvokeAsync("table", "--cohort", cohort, "--study", study, "--out", run.Out, "--transport", "memory");
        Assert.True(code == 0, $"{output}\n{error}");

        TrainedModel logistic = OnnxFile.Read(await File.ReadAllBytesAsync(Path.Combine(run.Out, "models", "fit.onnx"), TestContext.Current.CancellationToken));
        JsonElement fit = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(run.Out, "analyses", "fit.json"), TestContext.Current.CancellationToken)).RootElement;
        double[] coefficients = [.. fit.GetProperty("coef").EnumerateArray().Select(c => c.GetDouble())];
        Assert.Equal(coefficients[0] + (0.5 * coefficients[1]) - coefficients[2] + (2 * coefficients[3]), logistic.LogOdds([0.5, -1, 2]), 1e-14);
        string card = await File.ReadAllTextAsync(Path.Combine(run.Out, "models", "fit.md"), TestContext.Current.CancellationToken);
        Assert.Contains("On hospitals left out in turn: AUC", card, StringComparison.Ordinal);
        Assert.Contains("About 2,000 rows at 5 hospitals", card, StringComparison.Ordinal);

        TrainedModel net = OnnxFile.Read(await File.ReadAllBytesAsync(Path.Combine(run.Out, "models", "net.onnx"), TestContext.Current.CancellationToken));
        Assert.Equal(2, net.Layers.Length);
        Assert.Contains("rows kept from training: AUC", await File.ReadAllTextAsync(Path.Combine(run.Out, "models", "net.md"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
