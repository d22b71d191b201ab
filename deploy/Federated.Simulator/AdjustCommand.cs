using System.Globalization;
using System.Text.Json.Nodes;
using Federated.Analyses;
using Federated.Analyses.Tables;
using Federated.Simulator.Output;
using Federated.Statistics.Multiplicity;

namespace Federated.Simulator;

/// <summary>adjust: corrects a column of p-values for their number, as R's p.adjust.</summary>
internal static class AdjustCommand
{
    /// <summary>Every correction that changes anything.</summary>
    public static IEnumerable<string> Methods => Enum.GetValues<Correction>().Where(c => c != Correction.None).Select(MultipleTesting.Word);

    /// <summary>Runs it; returns the exit code.</summary>
    /// <exception cref="InputException">The table has no such column, or a cell is no p-value.</exception>
    public static async Task<int> RunAsync(string table, string column, IReadOnlyList<string> methods, string? into, bool json, TextWriter output, CancellationToken cancellation)
    {
        Correction[] corrections = [.. methods.SelectMany(m => m.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Select(word =>
            MultipleTesting.Find(word) ?? throw new InputException($"--methods: '{PlainText.Shown(word)}' is no correction; write any of {string.Join(", ", Methods)}."))];
        string text = (await File.ReadAllTextAsync(table, cancellation)).TrimStart('\uFEFF').ReplaceLineEndings("\n");
        IReadOnlyDictionary<string, string>[] rows = [.. CsvFile.Rows(text.EndsWith('\n') ? text : text + "\n")];
        double[] p = [.. rows.Select((row, i) => Number(table, column, row, i))];
        (string Name, double[] Values)[] adjusted = [.. corrections.Select(c => (MultipleTesting.Word(c), MultipleTesting.Adjust(p, c)))];
        if (into is not null)
        {
            string[] known = rows.Length > 0 ? [.. rows[0].Keys] : [column];
            CsvFile.Write(into, [.. known, .. adjusted.Select(a => $"{column}_{a.Name}")], rows.Select((row, i) => known.Select(k => row[k]).Concat(adjusted.Select(a => Cell(a.Values[i])))));
        }

        if (json)
        {
            var document = new JsonObject { ["n"] = p.Count(v => !double.IsNaN(v)) };
            foreach ((string name, double[] values) in adjusted) document[name] = new JsonArray([.. values.Select(v => double.IsNaN(v) ? null : (JsonNode)v)]);
            await output.WriteLineAsync(document.ToJsonString());
            return SimulatorProgram.Done;
        }

        await output.WriteLineAsync($"{p.Count(v => !double.IsNaN(v))} p-values in column {PlainText.Shown(column)}; at most 0.05 uncorrected: {p.Count(v => v <= 0.05)}");
        foreach ((string name, double[] values) in adjusted)
            await output.WriteLineAsync($"  {name,-10} {values.Count(v => v <= 0.05),6} at most 0.05, {values.Count(v => v <= 0.01),6} at most 0.01");
        if (into is null) await output.WriteLineAsync("The corrected p-values themselves: --out FILE.csv, or --json.");
        return SimulatorProgram.Done;
    }

    private static double Number(string table, string column, IReadOnlyDictionary<string, string> row, int index)
    {
        if (!row.TryGetValue(column, out string? cell))
            throw new InputException($"{table}: row {index + 2} has no column '{PlainText.Shown(column)}'; the columns are {string.Join(", ", row.Keys.Select(k => PlainText.Shown(k)))}.");
        if (DecimalText.IsMissing(cell)) return double.NaN;
        return DecimalText.Read(cell, out double value) == NumberOutcome.Number && value is >= 0 and <= 1
            ? value
            : throw new InputException($"{table}: row {index + 2}, column '{PlainText.Shown(column)}': '{PlainText.Shown(cell)}' is no p-value, a number from 0 to 1; write NA where it is missing.");
    }

    private static string Cell(double value) => double.IsNaN(value) ? "NA" : value.ToString("R", CultureInfo.InvariantCulture);
}
