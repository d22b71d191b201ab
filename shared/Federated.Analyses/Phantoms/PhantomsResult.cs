using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;

namespace Federated.Analyses.Phantoms;

/// <summary>The scanners beside each other: the newest of what their phantoms settled, and all of it over time.</summary>
internal static class PhantomsResult
{
    private static readonly int[] Diameters = [37, 28, 22, 17, 13, 10];

    public static AnalysisResult Of(StudyPlan plan, IReadOnlyList<(string Site, Report Report)> reports)
    {
        (string Site, ScannerPhantoms Scanner)[] all =
            [.. reports.SelectMany(r => r.Report.Phantoms.Where(p => p.Scanner < plan.Scanners.Length).Select(p => (r.Site, p))).OrderBy(p => p.p.Scanner)];
        var scanners = new JsonArray();
        foreach ((string site, ScannerPhantoms scanner) in all)
        {
            scanners.Add(new JsonObject
            {
                ["scanner"] = plan.Scanners[scanner.Scanner],
                ["hospital"] = site,
                ["phantoms"] = new JsonArray([.. scanner.Points.Select(p => (JsonNode)new JsonObject
                {
                    ["month"] = p.MonthText,
                    ["calibration_factor"] = Number(p.Factor),
                    ["noise"] = Number(p.Noise),
                    ["fwhm_mm"] = Number(p.FwhmMillimetres),
                    ["filter_fwhm_mm"] = Number(p.FilterMillimetres),
                    ["recoveries"] = new JsonArray([.. p.Recoveries.Select(r => (JsonNode)r)]),
                    ["alarms"] = new JsonArray([.. p.Alarms.Select(a => (JsonNode)Word(a))]),
                })]),
            });
        }

        var told = all.Select(a => a.Scanner.Scanner).ToHashSet();
        var document = new JsonObject
        {
            ["target"] = plan.Measurement!.Document()["calibration"]!["target"]!.DeepClone(),
            ["sphere_diameters_mm"] = new JsonArray([.. Diameters.Select(d => (JsonNode)d)]),
            ["scanners"] = scanners,
            ["scanners_without_phantoms"] = new JsonArray([.. plan.Scanners.Where((_, s) => !told.Contains(s)).Select(s => (JsonNode)s)]),
        };
        string[] quantities = ["calibration_factor", "noise", "fwhm_mm", "filter_fwhm_mm", .. Diameters.Select(d => $"recovery_{d}_mm")];
        return new AnalysisResult(document,
        [
            new ResultTable("newest", ["scanner", "hospital", "phantoms", .. quantities, "alarms"], [.. all.Select(Newest)]),
            new ResultTable("history", ["scanner", "hospital", "phantom", "month", .. quantities, "alarms"],
                [.. all.SelectMany(a => a.Scanner.Points.Select((p, i) => (object?[])[plan.Scanners[a.Scanner.Scanner], a.Site, i + 1, p.MonthText, .. Cells(p), Words(p.Alarms)]))]),
        ]);

        // Of each number the newest phantom that settled it: a cylinder has no recoveries, and leaves those of the last image-quality phantom standing.
        object?[] Newest((string Site, ScannerPhantoms Scanner) a)
        {
            PhantomPoint[] points = [.. a.Scanner.Points.Reverse()];
            object?[][] cells = [.. points.Select(Cells)];
            return
            [
                plan.Scanners[a.Scanner.Scanner], a.Site, points.Length, .. quantities.Select((_, q) => cells.Select(c => c[q]).FirstOrDefault(c => c is not null)),
                Words(points.SelectMany(p => p.Alarms).Distinct().Order()),
            ];
        }
    }

    private static object?[] Cells(PhantomPoint p) =>
    [
        Cell(p.Factor), Cell(p.Noise), Cell(p.FwhmMillimetres), Cell(p.FilterMillimetres), .. p.Recoveries.IsEmpty ? new object?[PhantomPoint.Spheres] : [.. p.Recoveries.Select(r => (object?)r)],
    ];

    private static double? Cell(double value) => double.IsNaN(value) ? null : value;

    private static JsonNode? Number(double value) => double.IsNaN(value) ? null : value;

    private static string Words(IEnumerable<PhantomQuantity> alarms) => string.Join(' ', alarms.Select(Word));

    private static string Word(PhantomQuantity quantity) => quantity switch { PhantomQuantity.Factor => "calibration-factor", PhantomQuantity.Noise => "noise", _ => "recovery" };
}
