using System.Collections.Immutable;
using CsCheck;
using Federated.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Federated.ModelTool.Tests;

/// <summary>A model scores the same in our own program, in the ONNX runtime and in ML.NET; a damaged file is refused.</summary>
public sealed class ModelTests
{
    private static readonly Gen<double> Weight = Gen.Double[-2, 2];

    // Inputs as people measure them: centres and scales over ten orders of magnitude, one input that never varied.
    private static readonly Gen<TrainedModel> Models =
        from inputs in Gen.Int[1, 6]
        from hidden in Gen.Int[1, 9].Array[0, 3]
        from tanh in Gen.Bool
        from exponents in Gen.Int[-5, 5].Array[inputs]
        from centres in Weight.Array[inputs]
        from layers in LayersOf(inputs, hidden)
        select new TrainedModel
        {
            Inputs = [.. Enumerable.Range(0, inputs).Select(i => $"x{i}")],
            Centre = [.. centres.Select((c, i) => c * Math.Pow(10, exponents[i]))],
            Deviation = [.. exponents.Select((e, i) => i == 3 ? 0 : Math.Pow(10, e))],
            Activation = tanh ? HiddenActivation.Tanh : HiddenActivation.Rectifier,
            Layers = layers,
        };

    [Fact]
    public void The_ONNX_runtime_gives_the_same_scores() => Gen.Select(Models, Gen.Double[-3, 3].Array[6].Array[1, 5]).Sample((model, standardized) =>
    {
        byte[] onnx = OnnxFile.Write(model, "test", []);
        double[][] rows = Rows(model, standardized);
        using var session = new InferenceSession(onnx);
        var input = new DenseTensor<float>(rows.SelectMany(r => r.Select(v => (float)v)).ToArray(), [rows.Length, model.Inputs.Length]);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run([NamedOnnxValue.CreateFromTensor("features", input)]);
        float[] odds = [.. outputs.Single(o => o.Name == "log_odds").AsEnumerable<float>()], probability = [.. outputs.Single(o => o.Name == "probability").AsEnumerable<float>()];
        for (int r = 0; r < rows.Length; r++)
        {
            double[] rounded = [.. rows[r].Select(v => (double)(float)v)]; // what the file is given
            Assert.True(Math.Abs(model.LogOdds(rounded) - odds[r]) <= 1e-6 * Math.Max(1, Math.Abs(odds[r])), $"{model.LogOdds(rounded):R} against {odds[r]:R}");
            Assert.Equal(model.Probability(rounded), probability[r], 1e-6);
        }
    }, iter: 60);

    [Fact]
    public void ML_NET_gives_the_same_scores_from_model_zip() => Gen.Select(Models, Gen.Double[-3, 3].Array[6].Array[1, 5]).Sample((model, standardized) =>
    {
        string folder = Directory.CreateTempSubdirectory("federated-").FullName;
        try
        {
            string onnx = Path.Combine(folder, "m.onnx"), zip = Path.Combine(folder, "model.zip");
            File.WriteAllBytes(onnx, OnnxFile.Write(model, "test", []));
            ModelZip.Write(onnx, zip);
            File.Delete(onnx); // the zip stands alone
            double[][] rows = Rows(model, standardized);
            (float LogOdds, float Probability)[] scores = ModelZip.Score(zip, rows);
            for (int r = 0; r < rows.Length; r++) Assert.Equal(model.Probability([.. rows[r].Select(v => (double)(float)v)]), scores[r].Probability, 1e-6);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }, iter: 12, threads: 1);

    [Fact]
    public void A_file_tells_its_model_back() => Models.Sample(model =>
    {
        var back = OnnxFile.Read(OnnxFile.Write(model, "test", [KeyValuePair.Create("federated.study", "s")]));
        Assert.Equal(model.ToJson(), back.ToJson());
    });

    [Fact]
    public void A_damaged_file_is_refused_and_never_crashes() => Gen.Select(Models, Gen.Int[0, 100_000], Gen.Byte, Gen.Bool).Sample((model, place, value, cut) =>
    {
        byte[] onnx = OnnxFile.Write(model, "test", []);
        int at = place % onnx.Length;
        onnx[at] ^= (byte)(value | 1);
        try
        {
            TrainedModel read = OnnxFile.Read(cut ? onnx[..at] : onnx);
            Assert.True(double.IsFinite(read.Layers[0].Bias[0]));
        }
        catch (ModelInvalidException)
        {
        }
    });

    [Fact]
    public void A_logistic_result_becomes_a_model_without_its_aliased_column()
    {
        TrainedModel model = TrainedModel.FindIn("""{"kind":"logistic","names":["(Intercept)","age","sexF","copy"],"coef":[-1.5,0.02,0.7,null]}""")!;
        Assert.Equal(["age", "sexF", "copy"], model.Inputs);
        Assert.Equal(-1.5 + (0.02 * 60) + 0.7, model.LogOdds([60, 1, 17]), 1e-15);
        Assert.Null(TrainedModel.FindIn("""{"kind":"linear","names":["(Intercept)"],"coef":[1]}"""));
        Assert.Throws<ModelInvalidException>(() => TrainedModel.Read("""{"inputs":["a"],"centre":[0],"deviation":[1],"layers":[{"weights":[[1,2]],"bias":[0]}]}"""));
    }

    [Fact]
    public async Task Baselines_judge_the_federated_model_on_the_rows_that_training_kept_out()
    {
        string folder = Directory.CreateTempSubdirectory("federated-").FullName;
        try
        {
            // Three hospitals, one of which sees only a sliver of the inputs: alone it cannot know what the others know.
            var random = new Random(5);
            var lines = new List<string> { "row,site,a,b,y" };
            for (int i = 0; i < 900; i++)
            {
                double a = (random.NextDouble() - 0.5) * (i % 3 == 0 ? 0.02 : 4), b = (random.NextDouble() - 0.5) * (i % 3 == 1 ? 0.02 : 4);
                lines.Add(FormattableString.Invariant($"r{i},{"xyz"[i % 3]},{a:R},{b:R},{(random.NextDouble() < 1 / (1 + Math.Exp(-(1.5 * a) + (2 * b))) ? 1 : 0)}"));
            }

            string table = Path.Combine(folder, "t.csv"), onnx = Path.Combine(folder, "m.onnx");
            await File.WriteAllLinesAsync(table, lines, TestContext.Current.CancellationToken);
            var truth = new TrainedModel { Inputs = ["a", "b"], Centre = [0, 0], Deviation = [1, 1], Activation = HiddenActivation.Rectifier, Layers = [new ModelLayer([1.5, -2], [0])] };
            await File.WriteAllBytesAsync(onnx, OnnxFile.Write(truth, "truth", []), TestContext.Current.CancellationToken);
            using var output = new StringWriter();
            using var error = new StringWriter();
            int code = await ModelProgram.RunAsync(["baselines", "--table", table, "--outcome", "y", "--predictors", "a,b", "--site", "site", "--held-out", "0.3", "--federated", onnx, "--json"], output, error);
            Assert.True(code == 0, error.ToString());
            var found = System.Text.Json.JsonDocument.Parse(output.ToString()).RootElement.EnumerateArray().ToDictionary(r => r.GetProperty("Name").GetString()!, r => r.GetProperty("Auc").GetDouble(), StringComparer.Ordinal);
            Assert.Equal(["all rows pooled", "federated", "x alone", "y alone", "z alone"], found.Keys.Order(StringComparer.Ordinal));
            Assert.True(found["federated"] > found["x alone"] && found["federated"] > found["y alone"], string.Join(", ", found));
            Assert.InRange(found["all rows pooled"], found["federated"] - 0.01, found["federated"] + 0.01);

            Assert.Equal(2, await ModelProgram.RunAsync(["baselines", "--table", table, "--outcome", "site", "--predictors", "a", "--site", "site"], output, error));
            Assert.Contains("neither 1 nor 0", error.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Gen<ImmutableArray<ModelLayer>> LayersOf(int inputs, int[] hidden)
    {
        Gen<ImmutableArray<ModelLayer>> layers = Gen.Const(ImmutableArray<ModelLayer>.Empty);
        int from = inputs;
        foreach (int to in hidden.Append(1))
        {
            int width = from;
            layers = from before in layers
                     from weights in Weight.Array[width * to]
                     from bias in Weight.Array[to]
                     select before.Add(new ModelLayer([.. weights], [.. bias]));
            from = to;
        }

        return layers;
    }

    private static double[][] Rows(TrainedModel model, double[][] standardized) =>
        [.. standardized.Select(s => model.Inputs.Select((_, i) => model.Centre[i] + (s[i] * model.Deviation[i])).ToArray())];
}
