using System.CommandLine;
using System.Globalization;
using System.Text;
using Federated.Analyses;
using Federated.Analyses.Tables;
using Federated.Models;
using Federated.SiteAgent.Tables;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>`score`: a study's model applied to rows of this hospital. Nothing leaves.</summary>
internal static class ScoreCommand
{
    // An input further than this many divisors from its centre is outside what any study of reasonable size has seen.
    private const double FarOut = 5;

    public static Command Create(SharedOptions shared)
    {
        var model = new Option<string>("--model") { Description = "The model, as `federated-coordinator study export` wrote it (.onnx).", Required = true, HelpName = "FILE" };
        var table = new Option<string>("--table") { Description = "CSV: first column row id, then the model's inputs by name; a category is 1 or 0 in the column of each level.", Required = true, HelpName = "FILE" };
        var into = new Option<string?>("--out") { Description = "Where to write row id, log odds, probability and remarks as CSV; absent: on the screen.", HelpName = "FILE" };
        var command = new Command("score",
            """
            Applies a study's model to new patients here, in this program: no runtime, no network. Read the card beside the model first.

            Examples:
              federated-site score --model models/net.onnx --table new-patients.csv
              federated-site score --model models/net.onnx --table new-patients.csv --out scores.csv
            """) { model, table, into };
        command.SetAction((parsed, _) =>
        {
            var page = new Page(shared.Console, parsed.GetValue(shared.Json));
            TrainedModel trained = ReadModel(parsed.GetValue(model)!);
            string path = parsed.GetValue(table)!;
            using Stream stream = TableCommands.Open(path);
            Score[] scores = Of(trained, CsvTable.ReadFeatures(stream, Path.GetFileName(path)));
            Write(page, scores, parsed.GetValue(into));
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    private static TrainedModel ReadModel(string path)
    {
        try
        {
            using Stream stream = TableCommands.Open(path);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return OnnxFile.Read(bytes.ToArray());
        }
        catch (ModelInvalidException invalid)
        {
            throw new SiteErrorException("E3801", ExitCode.Input, $"{path}: {invalid.Message}; take the file that the study's export wrote", invalid);
        }
    }

    private static Score[] Of(TrainedModel model, FeatureTable table)
    {
        int[] places = [.. model.Inputs.Select(name => table.Features.IndexOf(name))];
        string[] absent = [.. model.Inputs.Where((_, i) => places[i] < 0)];
        if (absent.Length > 0)
            throw new SiteErrorException("E3802", ExitCode.Input, $"{PlainText.Shown(table.Name)}: the model needs {string.Join(", ", absent.Take(5).Select(a => $"'{PlainText.Shown(a)}'"))}{(absent.Length > 5 ? $" and {absent.Length - 5} more columns" : "")}; add them, measured and harmonized as in the study");
        var scores = new Score[table.Rows];
        for (int row = 0; row < scores.Length; row++)
        {
            double[] values = new double[places.Length];
            for (int i = 0; i < values.Length; i++) values[i] = table.Row(row)[places[i]];
            string[] missing = [.. model.Inputs.Where((_, i) => double.IsNaN(values[i]))];
            string[] far = [.. model.Inputs.Where((_, i) => model.Deviation[i] > 0 && model.Centre[i] != 0 && Math.Abs(values[i] - model.Centre[i]) > FarOut * model.Deviation[i])];
            scores[row] = missing.Length > 0 ? new Score(table.RowIds[row], null, null, $"not scored: {string.Join(", ", missing)} missing")
                : new Score(table.RowIds[row], model.LogOdds(values), model.Probability(values), far.Length > 0 ? $"far outside the study: {string.Join(", ", far)}" : "");
        }

        return scores;
    }

    private static void Write(Page page, Score[] scores, string? into)
    {
        if (into is not null)
        {
            var text = new StringBuilder("row,log_odds,probability,remark\n");
            foreach (Score s in scores) text.Append(CultureInfo.InvariantCulture, $"{Quoted(s.Row)},{Cell(s.LogOdds)},{Cell(s.Probability)},{Quoted(s.Remark)}\n");
            string fresh = into + ".partial";
            try
            {
                File.WriteAllText(fresh, text.ToString());
                File.Move(fresh, into, overwrite: true);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new SiteErrorException("E3803", ExitCode.Input, $"{into}: cannot be written ({failure.Message}); choose another file", failure);
            }
        }
        else
        {
            page.Table(["row", "probability", "log odds", "remark"], scores.Select(s => new[]
            {
                PlainText.Shown(s.Row), s.Probability?.ToString("F4", CultureInfo.InvariantCulture) ?? "–", s.LogOdds?.ToString("F4", CultureInfo.InvariantCulture) ?? "–", PlainText.Shown(s.Remark),
            }));
        }

        int scored = scores.Count(s => s.Probability is not null);
        page.Line($"{scored} of {scores.Length} rows scored{(scored < scores.Length ? "; the others lack an input" : "")}. Research only: no decision about a patient may rest on this alone.");
        page.Json(new { Scored = scored, Rows = scores });
    }

    private static string Cell(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "NA";

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private sealed record Score(string Row, double? LogOdds, double? Probability, string Remark);
}
