using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Federated.EndToEnd.Tests;

/// <summary>
/// One folder of harmonization references: tables in, the outside tool's result, and the study file that asks our product for the same thing. Simulated cases stand in
/// tests/reference; the whole collection is used where it is found.
/// </summary>
internal sealed class ReferenceCase
{
    private readonly JsonElement _options;

    private ReferenceCase(string folder)
    {
        Folder = folder;
        Name = Path.GetFileName(folder);
        _options = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "options.json"))).RootElement.Clone();
    }

    public string Name { get; }

    public string Folder { get; }

    public string FeaturesFile => Path.Combine(Folder, "data.csv");

    public string Expected => Path.Combine(Folder, "expected_harmonized.csv");

    /// <summary>In units of each feature's standard deviation: 1e-9, but 1e-5 where the reference itself lost digits.</summary>
    public double Tolerance => _options.GetProperty("tolerance").GetProperty("harmonized").GetDouble();

    public static string? OutsideFolder { get; } = Checkout.OutsideReference;

    public static string? Find(string name)
    {
        string[] roots = OutsideFolder is null ? [Checkout.Reference] : [OutsideFolder, Checkout.Reference];
        return roots.Select(root => Path.Combine(root, "harmonization", name)).FirstOrDefault(f => File.Exists(Path.Combine(f, "options.json")));
    }

    public static ReferenceCase Open(string name)
    {
        string? folder = Find(name);
        Assert.SkipUnless(folder is not null, $"reference case {name} is not in tests/reference and no outside collection was found (../shared/reference or FEDERATED_REFERENCE)");
        return new ReferenceCase(folder);
    }

    /// <summary>Writes the cohort table (covariates, and the split as column `role`) and the study file into a folder; returns their paths.</summary>
    public (string Cohort, string Study) Write(string into, string stopping, bool useSites = true, string aggregation = "plain", string combat = "")
    {
        string[][] covariates = ReadCsv(Path.Combine(Folder, "covariates.csv"));
        string splitFile = Path.Combine(Folder, "split.csv");
        Dictionary<string, string>? role = File.Exists(splitFile) ? ReadCsv(splitFile).Skip(1).ToDictionary(r => r[0], r => r[1], StringComparer.Ordinal) : null;
        var cohort = new StringBuilder();
        for (int r = 0; r < covariates.Length; r++)
        {
            IEnumerable<string> cells = covariates[r];
            if (role is not null) cells = cells.Append(r == 0 ? "role" : role[covariates[r][0]]);
            cohort.Append(string.Join(',', cells.Select(Quote))).Append('\n');
        }

        string cohortFile = Path.Combine(into, "cohort.csv");
        File.WriteAllText(cohortFile, cohort.ToString());

        JsonElement options = _options.GetProperty("options");
        bool Flag(string name) => options.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;
        string empiricalBayes = !Flag("eb") ? "none" : Flag("parametric") ? "parametric" : "nonparametric";
        string? reference = options.TryGetProperty("ref_batch", out JsonElement batch) ? batch.GetString() : null;
        var study = new StringBuilder();
        study.Append(CultureInfo.InvariantCulture, $"study: {Name.ToLowerInvariant().Replace('_', '-')}\ntitle: reference case {Name}\nscanner: batch\n");
        if (useSites && covariates[0].Contains("site")) study.Append("site: site\n");
        if (role is not null) study.Append("fit-on: { column: role, value: train }\n");
        study.Append("covariates:\n");
        JsonElement declared = _options.GetProperty("covariates");
        foreach (JsonElement name in declared.GetProperty("continuous").EnumerateArray()) study.Append(CultureInfo.InvariantCulture, $"  - {{ name: {name}, type: continuous }}\n");
        foreach (JsonElement name in declared.GetProperty("categorical").EnumerateArray()) study.Append(CultureInfo.InvariantCulture, $"  - {{ name: {name}, type: categorical }}\n");
        if (declared.GetProperty("continuous").GetArrayLength() + declared.GetProperty("categorical").GetArrayLength() == 0) study.Replace("covariates:\n", "covariates: []\n");
        study.Append(CultureInfo.InvariantCulture, $"analyses:\n  - id: harmonize\n    kind: combat\n    empirical-bayes: {empiricalBayes}\n    mean-only: {(Flag("mean_only") ? "true" : "false")}\n");
        study.Append(CultureInfo.InvariantCulture, $"    reference: {(reference is null ? "null" : JsonSerializer.Serialize(reference))}\n    stopping: {stopping}\n{combat}privacy: {{ aggregation: {aggregation} }}\n");
        string studyFile = Path.Combine(into, "study.yaml");
        File.WriteAllText(studyFile, study.ToString());
        return (cohortFile, studyFile);
    }

    /// <summary>The largest difference between two tables in units of the expected feature's sample standard deviation; missing must match missing.</summary>
    public static double LargestDifference(string expectedFile, string actualFile)
    {
        string[][] expected = ReadCsv(expectedFile);
        string[][] actual = ReadCsv(actualFile);
        Assert.Equal(expected.Length, actual.Length);
        Assert.Equal(expected[0].Skip(1), actual[0].Skip(1));
        double largest = 0;
        for (int column = 1; column < expected[0].Length; column++)
        {
            double[] numbers = [.. expected.Skip(1).Select(row => Number(row[column])).Where(double.IsFinite)];
            double mean = numbers.DefaultIfEmpty(0).Average();
            double deviation = double.Sqrt(numbers.Aggregate(0.0, (sum, v) => sum + ((v - mean) * (v - mean))) / int.Max(1, numbers.Length - 1));
            double unit = deviation > 0 ? deviation : 1;
            for (int row = 1; row < expected.Length; row++)
            {
                Assert.Equal(expected[row][0], actual[row][0]);
                (double e, double a) = (Number(expected[row][column]), Number(actual[row][column]));
                Assert.True(double.IsNaN(e) == double.IsNaN(a), $"row {expected[row][0]}, {expected[0][column]}: expected {e}, found {a}");
                if (!double.IsNaN(e)) largest = double.Max(largest, double.Abs(e - a) / unit);
            }
        }

        return largest;
    }

    /// <summary>Rows of a small CSV file, quotes understood.</summary>
    public static string[][] ReadCsv(string file)
    {
        var rows = new List<string[]>();
        var cells = new List<string>();
        var cell = new StringBuilder();
        bool quoted = false;
        string text = File.ReadAllText(file);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"') { cell.Append('"'); i++; }
            else if (c == '"') quoted = !quoted;
            else if (!quoted && c == ',') { cells.Add(cell.ToString()); cell.Clear(); }
            else if (!quoted && c == '\n') { cells.Add(cell.ToString()); cell.Clear(); rows.Add([.. cells]); cells.Clear(); }
            else if (c != '\r' || quoted) cell.Append(c);
        }

        if (cell.Length > 0 || cells.Count > 0) { cells.Add(cell.ToString()); rows.Add([.. cells]); }
        return [.. rows];
    }

    private static double Number(string text) => text is "NA" or "NaN" or "" ? double.NaN : double.Parse(text, CultureInfo.InvariantCulture);

    private static string Quote(string cell) => cell.AsSpan().IndexOfAny(",\"\n") < 0 ? cell : "\"" + cell.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
