using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Federated.Analyses;
using Federated.Analyses.Tables;
using Federated.Models;
using Federated.SiteAgent.Tables;

namespace Federated.ModelTool;

/// <summary>The command line of federated-model: what needs ML.NET or the ONNX runtime, in a process of its own.</summary>
public static class ModelProgram
{
    private const int Done = 0, Defect = 1, BadInput = 2;

    /// <summary>Runs a command line; returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of text.", Recursive = true };
        var root = new RootCommand(
            """
            Models of a study outside it: as ML.NET's model.zip, and held against what each hospital could do alone.

            Examples:
              federated-model zip results/models/net.onnx model.zip
              federated-model baselines --table cohort.csv --outcome responder --predictors age,suvmax --site site --seed 1 --federated results/models/net.onnx
            """)
        {
            json, Zip(output), Compare(output, json),
        };
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            await error.WriteLineAsync($"{parsed.Errors[0].Message} See federated-model --help.");
            return BadInput;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (Exception bad) when (bad is ModelInvalidException or TableInvalidException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(bad.Message);
            return BadInput;
        }
        catch (Exception defect)
        {
            await error.WriteLineAsync($"A defect of ours, please report it: {defect}");
            return Defect;
        }
    }

    private static Command Zip(TextWriter output)
    {
        var onnx = new Argument<string>("ONNX") { Description = "A model as `federated-coordinator study export` wrote it." };
        var zip = new Argument<string>("ZIP") { Description = "Where ML.NET's model.zip goes." };
        var command = new Command("zip", "Writes a model as ML.NET's model.zip: load it with MLContext.Model.Load; input column `features`, outputs `log_odds` and `probability`.") { onnx, zip };
        command.SetAction(parsed =>
        {
            ModelZip.Write(parsed.GetValue(onnx)!, parsed.GetValue(zip)!);
            output.WriteLine($"{parsed.GetValue(zip)}: {string.Join(", ", OnnxFile.Read(File.ReadAllBytes(parsed.GetValue(onnx)!)).Inputs.Select(PlainText.Shown))}");
            return Done;
        });
        return command;
    }

    private static Command Compare(TextWriter output, Option<bool> json)
    {
        var table = new Option<string>("--table") { Description = "CSV: first column row id, then outcome, hospital and predictors.", Required = true };
        var outcome = new Option<string>("--outcome") { Description = "Column of 1 (event) and 0.", Required = true };
        var predictors = new Option<string>("--predictors") { Description = "Columns of numbers, separated by commas, in the order of the model's card.", Required = true };
        var site = new Option<string>("--site") { Description = "Column that names the hospital.", Required = true };
        var held = new Option<double>("--held-out") { Description = "Share of rows held out, as `validation` of the study's train.", DefaultValueFactory = _ => 0.2 };
        var seed = new Option<ulong>("--seed") { Description = "The train analysis' seed.", DefaultValueFactory = _ => 1UL };
        var federated = new Option<string?>("--federated") { Description = "The federated model (.onnx), judged on the same rows." };
        var command = new Command("baselines", "What each hospital could do alone and all rows together, by ML.NET's logistic regression, on the rows that the study held out.") { table, outcome, predictors, site, held, seed, federated };
        command.SetAction(parsed =>
        {
            IReadOnlyList<BaselineRow> rows = Read(parsed.GetValue(table)!, parsed.GetValue(outcome)!, parsed.GetValue(predictors)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), parsed.GetValue(site)!);
            IReadOnlyList<BaselineResult> results = Baselines.Compare(rows, parsed.GetValue(held), parsed.GetValue(seed), parsed.GetValue(federated));
            if (parsed.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(results.Select(r => new { r.Name, r.Rows, Auc = Finite(r.Auc), LogLoss = Finite(r.LogLoss), Accuracy = Finite(r.Accuracy), r.Note })));
                return Done;
            }

            output.WriteLine($"{"model",-24} {"rows",8} {"AUC",8} {"log loss (bits)",16} {"accuracy",9}");
            foreach (BaselineResult r in results)
                output.WriteLine(r.Note.Length > 0 ? $"{PlainText.Shown(r.Name),-24} {r.Rows,8} {r.Note}" : string.Create(CultureInfo.InvariantCulture, $"{PlainText.Shown(r.Name),-24} {r.Rows,8} {r.Auc,8:F4} {r.LogLoss,16:F4} {r.Accuracy,9:F3}"));
            return Done;
        });
        return command;
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static List<BaselineRow> Read(string path, string outcome, string[] predictors, string site)
    {
        using FileStream stream = File.OpenRead(path);
        CohortTable table = CsvTable.ReadCohort(stream, Path.GetFileName(path));
        string[] outcomes = table.Column(outcome, "the outcome").ToArray(), sites = table.Column(site, "the hospital").ToArray();
        string[][] inputs = [.. predictors.Select(p => table.Column(p, "a predictor").ToArray())];
        var rows = new List<BaselineRow>();
        for (int i = 0; i < table.Rows; i++)
        {
            if (DecimalText.IsMissing(outcomes[i]) || inputs.Any(c => DecimalText.IsMissing(c[i]))) continue;
            if (outcomes[i] is not ("0" or "1")) throw new ModelInvalidException($"{path}: row {i + 2}, column '{PlainText.Shown(outcome)}': '{PlainText.Shown(outcomes[i])}' is neither 1 nor 0");
            double[] values = [.. inputs.Select((c, j) => DecimalText.Read(c[i], out double v) == NumberOutcome.Number ? v : throw new ModelInvalidException($"{path}: row {i + 2}, column '{PlainText.Shown(predictors[j])}': '{PlainText.Shown(c[i])}' is no number"))];
            rows.Add(new BaselineRow(table.RowIds[i], sites[i], outcomes[i] is "1", values));
        }

        return rows.Count > 0 && predictors.Length > 0 ? rows : throw new ModelInvalidException($"{path}: no row has the outcome and every predictor");
    }
}
