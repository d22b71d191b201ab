using Federated.Models;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Commands;

/// <summary>A study's model applied at a hospital.</summary>
public sealed class ScoreCommandTests
{
    private static readonly TrainedModel Model = new()
    {
        Inputs = ["suvmax", "sexF"],
        Centre = [8, 0.5],
        Deviation = [2, 0.5],
        Activation = HiddenActivation.Rectifier,
        Layers = [new ModelLayer([0.7, -0.2], [0.1])],
    };

    [Fact]
    public async Task Rows_are_scored_and_what_is_missing_or_far_out_is_said()
    {
        using var directory = new TemporaryDirectory();
        var site = new CommandLine(directory);
        string model = Path.Combine(directory.Path, "net.onnx"), table = Path.Combine(directory.Path, "new.csv"), scores = Path.Combine(directory.Path, "scores.csv");
        await File.WriteAllBytesAsync(model, OnnxFile.Write(Model, "net", []), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(table, "row,sexF,other,suvmax\np1,1,9,10\np2,0,9,NA\np3,0,9,40\n", TestContext.Current.CancellationToken);
        CommandOutcome said = await site.DoAsync("score", "--model", model, "--table", table, "--out", scores);
        Assert.Contains("2 of 3 rows scored", said.Out, StringComparison.Ordinal);
        string[] lines = await File.ReadAllLinesAsync(scores, TestContext.Current.CancellationToken);
        string[] first = lines[1].Split(',');
        Assert.Equal(0.7 - 0.2 + 0.1, double.Parse(first[1]), 1e-15);
        Assert.Equal(1 / (1 + Math.Exp(-0.6)), double.Parse(first[2]), 1e-15);
        Assert.Equal("p2,NA,NA,not scored: suvmax missing", lines[2]);
        Assert.EndsWith("far outside the study: suvmax", lines[3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("row,suvmax\np1,3\n", true, "E3802", "sexF")]
    [InlineData("row,suvmax,sexF\np1,3,1\n", false, "E3801", "no ONNX model")]
    public async Task What_cannot_be_used_is_named(string table, bool good, string code, string words)
    {
        using var directory = new TemporaryDirectory();
        string model = Path.Combine(directory.Path, "net.onnx"), path = Path.Combine(directory.Path, "new.csv");
        await File.WriteAllBytesAsync(model, good ? OnnxFile.Write(Model, "net", []) : "no model at all, but text"u8.ToArray(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(path, table, TestContext.Current.CancellationToken);
        CommandOutcome refused = await new CommandLine(directory).RunAsync("score", "--model", model, "--table", path);
        Assert.Equal(2, refused.Exit);
        Assert.Contains(code, refused.Error, StringComparison.Ordinal);
        Assert.Contains(words, refused.Error, StringComparison.Ordinal);
    }
}
