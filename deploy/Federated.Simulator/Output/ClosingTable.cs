using Federated.Coordinator.Pages.Facts;
using Federated.Coordinator.Service;
using Spectre.Console;

namespace Federated.Simulator.Output;

/// <summary>What a person sees at the end: what was achieved, where to look.</summary>
public static class ClosingTable
{
    private const int MostRows = 20;

    /// <summary>Writes it.</summary>
    public static void Write(StudyRun run, string folder, TextWriter output)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (ReferenceEquals(output, Console.Out) && Console.IsOutputRedirected) console.Profile.Width = 120;
        IReadOnlyList<FeatureVariation> spreads = Variation.Of(run.Findings).Features;
        if (spreads.Count > 0)
        {
            Table table = new Table().Border(TableBorder.Simple).Title("Between-scanner coefficient of variation")
                .AddColumn("feature").AddColumn(new TableColumn("as measured").RightAligned()).AddColumn(new TableColumn("harmonized").RightAligned()).AddColumn(new TableColumn("scanners' means").RightAligned()).AddColumn("verdict");
            foreach (FeatureVariation s in spreads.OrderByDescending(s => double.IsFinite(s.Raw) ? s.Raw : -1).Take(MostRows))
                table.AddRow(Markup.Escape(s.Feature), NumberFormat.Percent(s.Raw), NumberFormat.Percent(s.Harmonized), NumberFormat.Percent(s.MeansHarmonized), Coloured(s.Verdict));
            console.Write(table);
            if (spreads.Count > MostRows) console.WriteLine($"({spreads.Count - MostRows} more features in the report)");
            int below = spreads.Count(s => FeatureVariation.VerdictOn(s.Harmonized) is "usable");
            console.WriteLine($"Below 10 % between scanners: {spreads.Count(s => FeatureVariation.VerdictOn(s.Raw) is "usable")} of {spreads.Count} features as measured, {below} harmonized.");
        }

        foreach (AnalysisFinding finding in run.Findings) console.WriteLine($"{finding.Analysis.Id}: {(finding.Document is null ? "refused" : "done")}");
        long left = run.Exchange.Where(m => m.ToCoordinator).Sum(m => m.Bytes);
        console.WriteLine($"{run.Sites.Length} hospitals sent {NumberFormat.Bytes(left)} in sums and declared reports; no row left. Study time {run.Phases.Where(p => p.Name == "study").Select(p => p.Duration.TotalSeconds).FirstOrDefault():F2} s.");
        console.WriteLine($"Results: {folder}");
        console.WriteLine($"Report:  {Path.Combine(folder, "report.html")}");
    }

    private static string Coloured(string verdict) => verdict switch
    {
        "usable" => "[green]usable[/]",
        "borderline" => "[yellow]borderline[/]",
        "not usable" => "[red]not usable[/]",
        string other => other,
    };
}
