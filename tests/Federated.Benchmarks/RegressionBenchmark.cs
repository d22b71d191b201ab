using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Federated.Benchmarks;

/// <summary>
/// Models of 100,000 rows and 50 columns over five hospitals on loopback, start-up excluded, against R on the pooled rows in the same run: a logistic regression
/// against glm, Cox models against survival's coxph. Needs Rscript with the package survival. Times in days tie; exact ones do not.
/// </summary>
internal static class RegressionBenchmark
{
    private const int Rows = 100_000;
    private const int Columns = 50;
    private static readonly (string Name, string Left, string Fit, string Study)[] Models =
    [
        ("logistic", "responder", "glm(f, binomial, d)", "kind: logistic, outcome: responder"),
        ("cox, days", "Surv(days, status)", "coxph(f, d, ties = 'efron')", "kind: cox, time: days, status: status"),
        ("cox, exact times", "Surv(exact, status)", "coxph(f, d, ties = 'efron')", "kind: cox, time: exact, status: status"),
    ];

    public static int Run(string simulator, string models = "")
    {
        string folder = Directory.CreateTempSubdirectory("federated-cox-").FullName;
        try
        {
            string cohort = Path.Combine(folder, "cohort.csv");
            WriteCohort(cohort);
            Console.WriteLine("| model | R, seconds | over five hospitals | ratio | largest difference of coefficients |");
            Console.WriteLine("|---|---|---|---|---|");
            foreach ((string name, string left, string fit, string study) in Models.Where(m => m.Name.Contains(models, StringComparison.Ordinal)))
            {
                (double theirs, double[] reference) = Pooled(folder, cohort, left, fit);
                (double ours, double[] coefficients) = Federated(simulator, folder, cohort, study);
                double difference = reference.Zip(coefficients, (r, c) => Math.Abs(r - c)).Max();
                Console.WriteLine(FormattableString.Invariant($"| {name} | {theirs:0.00} | {ours:0.00} | {ours / theirs:0.0} | {difference:0.0e+0} |"));
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static (double Seconds, double[] Coefficients) Pooled(string folder, string cohort, string left, string fit)
    {
        string script = Path.Combine(folder, "fit.R");
        File.WriteAllText(
            script,
            $"library(survival); d <- read.csv('{cohort}'); f <- as.formula(paste('{left} ~', paste0('x', 1:{Columns}, collapse = '+')))\n"
            + "s <- sapply(1:3, function(i) system.time(m <<- {fit})[['elapsed']])\ncat(median(s), sprintf('%.17g', coef(m)))\n");
        double[] numbers = [.. Output("Rscript", script).Split(' ', StringSplitOptions.TrimEntries).Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
        return (numbers[0], numbers[1..]);
    }

    private static (double Seconds, double[] Coefficients) Federated(string simulator, string folder, string cohort, string analysis)
    {
        string study = Path.Combine(folder, "study.yaml"), found = Path.Combine(folder, "found");
        if (Directory.Exists(found)) Directory.Delete(found, true);
        string predictors = string.Join(", ", Enumerable.Range(1, Columns).Select(j => $"x{j}"));
        File.WriteAllText(
            study,
            $"study: speed\nscanner: site\nsite: site\nanalyses:\n  - {{ id: fit, {analysis}, predictors: [{predictors}] }}\nprivacy: {{ aggregation: plain }}\n");
        Output(simulator, "table", "--cohort", cohort, "--study", study, "--out", found, "--transport", "grpc");
        using JsonDocument summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(found, "summary.json")));
        using JsonDocument fit = JsonDocument.Parse(File.ReadAllText(Path.Combine(found, "analyses", "fit.json")));
        return (
            summary.RootElement.GetProperty("seconds").GetProperty("study").GetDouble(),
            [.. fit.RootElement.GetProperty("coef").EnumerateArray().Select(c => c.GetDouble())]);
    }

    private static string Output(string program, params string[] arguments)
    {
        using Process child = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> error = child.StandardError.ReadToEndAsync();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {child.ExitCode}: {error.GetAwaiter().GetResult()}");
    }

    // Exponential times and a response with ten columns that matter, about half of the times censored; five sites of unequal size.
    private static void WriteCohort(string file)
    {
        var random = new Random(7);
        using var writer = new StreamWriter(file);
        writer.Write($"row,{string.Join(",", Enumerable.Range(1, Columns).Select(j => $"x{j}"))},days,exact,status,responder,site\n");
        var line = new StringBuilder();
        for (int row = 0; row < Rows; row++)
        {
            line.Clear().Append(CultureInfo.InvariantCulture, $"r{row:000000}");
            double eta = 0;
            for (int j = 0; j < Columns; j++)
            {
                double x = Math.Round(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()), 4);
                if (j < 10) eta += x * (j % 2 == 0 ? 0.2 : -0.15);
                line.Append(CultureInfo.InvariantCulture, $",{x}");
            }

            double died = -Math.Log(1 - random.NextDouble()) * 2000 * Math.Exp(-eta), censored = 200 + (3800 * random.NextDouble()), time = Math.Min(died, censored);
            int site = random.NextDouble() switch { < 0.35 => 1, < 0.6 => 2, < 0.8 => 3, < 0.95 => 4, _ => 5 };
            line.Append(CultureInfo.InvariantCulture, $",{Math.Ceiling(time)},{time:G12},{(died <= censored ? 1 : 0)},{(random.NextDouble() < 1 / (1 + Math.Exp(-eta)) ? 1 : 0)},s{site}\n");
            writer.Write(line);
        }
    }
}
