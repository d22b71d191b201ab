using System.Globalization;
using System.Net;
using System.Text;
using Federated.Imaging.Phantoms;
using Federated.Imaging.Volumes;

namespace Federated.SiteAgent.Host.Phantoms;

/// <summary>A phantom's analysis as one page to look at: two slices with the spheres outlined, the recovery curve in its band, the numbers. It needs nothing beside itself.</summary>
internal static class PhantomPage
{
    private const double Pixel = 1.5, Across = 340, Along = 260;

    private const string Style = """
        :root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--band:#bfe3c6;--raw:#9a3412;--filtered:#1d4ed8;--paper:#fff}
        @media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b1;--line:#30363d;--band:#1f4d2b;--raw:#fdba74;--filtered:#93c5fd;--paper:#0d1117}}
        body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:960px;margin:0 auto;padding:1rem}
        h1{font-size:1.4rem}h2{font-size:1.1rem}.row{display:flex;flex-wrap:wrap;gap:1rem}.row>*{flex:1 1 300px;max-width:100%}
        svg{width:100%;height:auto}text{font:12px system-ui,sans-serif;fill:var(--ink)}.title{font-weight:600}.right{text-anchor:end}.middle{text-anchor:middle}
        .grid{stroke:var(--line)}.band{fill:var(--band)}polyline{fill:none;stroke-width:2}polyline.raw{stroke:var(--raw);stroke-dasharray:5 4}polyline.filtered{stroke:var(--filtered)}
        circle.raw{fill:var(--raw)}circle.filtered{fill:var(--filtered)}.outline{fill:none;stroke:#d33;stroke-width:1}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.2rem .7rem;border-bottom:1px solid var(--line);text-align:right}th:first-child,td:first-child{text-align:left}
        .facts td{text-align:left}.out{font-weight:700}.out::after{content:" outside"}.note{color:var(--soft)}.key span{margin-right:1.2rem}.table{overflow-x:auto}
        """;

    /// <param name="scan">The scan.</param>
    /// <param name="report">What was read in it.</param>
    /// <param name="filters">The filters tried, one scan per standard.</param>
    public static string Write(PhantomScan scan, PhantomReport report, IReadOnlyList<FilterScan> filters)
    {
        var page = new StringBuilder();
        string scanner = scan.Scanner.Length > 0 ? scan.Scanner : "Scanner not named";
        page.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"><title>Phantom {Text(scanner)} {Text(scan.Date)}</title><style>{Style}</style></head><body><main>
            <h1>{(report is NemaReport ? "NEMA image-quality phantom" : "Uniform cylinder")}: {Text(scanner)}</h1>
            <p class="note">{Text(Day(scan.Date))} · software {Text(Or(scan.Software))} · reconstruction {Text(Or(scan.Reconstruction))} · units {Text(Or(scan.Units))}</p>
            """);
        if (report is NemaReport nema) Nema(page, scan, nema, filters);
        else Facts(page, report);
        return page.Append("</main></body></html>\n").ToString();
    }

    /// <summary>Text as HTML.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    private static void Nema(StringBuilder page, PhantomScan scan, NemaReport report, IReadOnlyList<FilterScan> filters)
    {
        page.Append("<div class=\"row\">");
        Slice(page, scan.Image, report, report.Pose.AxisX, report.Pose.AxisY, Across, "through the spheres");
        Slice(page, scan.Image, report, report.Pose.AxisX, report.Pose.AxisZ, Along, "along the body");
        page.Append("</div>");
        Facts(page, report);
        foreach (FilterScan filter in filters)
        {
            FilterStep step = Chosen(filter);
            string chosen = step.IsWithin ? step.FwhmMillimetres == 0 ? "no filter is needed" : string.Create(CultureInfo.InvariantCulture, $"Gaussian filter of {step.FwhmMillimetres:0.##} mm") : string.Create(CultureInfo.InvariantCulture, $"out of reach; nearest {step.FwhmMillimetres:0.##} mm");
            string name = step.FwhmMillimetres == 0 ? "unfiltered" : string.Create(CultureInfo.InvariantCulture, $"behind {step.FwhmMillimetres:0.##} mm");
            page.Append(CultureInfo.InvariantCulture, $"<h2>{Text(filter.Bands.Standard)}: {Text(chosen)}</h2><p class=\"key note\"><span>dashed: unfiltered</span><span>solid: {Text(name)}</span><span>shaded: the band</span></p><div class=\"row\">");
            foreach ((RecoveryMetric metric, string title) in ((RecoveryMetric, string)[])[(RecoveryMetric.Mean, "RCmean (A50)"), (RecoveryMetric.Max, "RCmax")])
                page.Append("<div>").Append(RecoveryChart.Draw(title, metric, filter.Bands, [("unfiltered", "raw", report.Spheres), (name, "filtered", step.Spheres)])).Append("</div>");
            page.Append("</div><div class=\"table\"><table><thead><tr><th>sphere (mm)</th><th>recovery</th><th>unfiltered</th><th>").Append(Text(name)).Append("</th><th>band</th></tr></thead><tbody>");
            foreach (BandCheck check in step.Checks)
            {
                double raw = RecoveryChart.Value(report.Spheres.First(s => s.DiameterMillimetres == check.Band.DiameterMillimetres), check.Band.Metric);
                page.Append(CultureInfo.InvariantCulture, $"<tr><td>{check.Band.DiameterMillimetres}</td><td>RC{check.Band.Metric.ToString().ToLowerInvariant()}</td><td{Mark(new BandCheck(check.Band, raw))}>{raw:0.000}</td><td{Mark(check)}>{check.Value:0.000}</td><td>{check.Band.Minimum:0.00}-{check.Band.Maximum:0.00}</td></tr>");
            }

            page.Append("</tbody></table></div>");
        }
    }

    /// <summary>The filter a standard would have, or the nearest miss.</summary>
    public static FilterStep Chosen(FilterScan filter) => filter.Steps.Where(s => s.IsWithin).MinBy(s => s.Distance) ?? filter.Nearest();

    private static void Facts(StringBuilder page, PhantomReport report)
    {
        page.Append("<table class=\"facts\"><tbody>");
        foreach ((string name, string value) in PhantomFacts.Of(report)) page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(name)}</td><td>{Text(value)}</td></tr>");
        page.Append("</tbody></table>");
    }

    private static void Slice(StringBuilder page, Volume image, NemaReport report, Point3 right, Point3 down, double height, string where)
    {
        var slice = PhantomSlice.Through(image, report.Pose.Centre, right, down, Across, height, Pixel);
        double white = Math.Max(report.SphereLevel, report.Background.Mean);
        byte[] grey = Array.ConvertAll(slice.Values, value => (byte)Math.Clamp(255 - 255 * value / white, 0, 255));
        page.Append(CultureInfo.InvariantCulture, $"<figure><svg viewBox=\"0 0 {slice.Width} {slice.Height}\" role=\"img\" aria-label=\"slice {where}\"><image width=\"{slice.Width}\" height=\"{slice.Height}\" href=\"data:image/png;base64,{Convert.ToBase64String(GreyPng.Encode(slice.Width, slice.Height, grey))}\"/>");
        foreach (SphereRecovery sphere in report.Spheres)
        {
            Point3 offset = sphere.Centre - report.Pose.Centre;
            double radius = sphere.DiameterMillimetres / 2, away = offset.Dot(right.Cross(down));
            if (Math.Abs(away) >= radius) continue; // the plane does not meet it
            page.Append(CultureInfo.InvariantCulture, $"<circle class=\"outline\" cx=\"{slice.Width / 2.0 + offset.Dot(right) / Pixel:0.#}\" cy=\"{slice.Height / 2.0 + offset.Dot(down) / Pixel:0.#}\" r=\"{Math.Sqrt(radius * radius - away * away) / Pixel:0.#}\"><title>{sphere.DiameterMillimetres} mm</title></circle>");
        }

        page.Append(CultureInfo.InvariantCulture, $"</svg><figcaption class=\"note\">Slice {where}; black is the level of the spheres.</figcaption></figure>");
    }

    private static string Mark(BandCheck check) => check.IsWithin ? "" : " class=\"out\"";

    private static string Or(string text) => text.Length > 0 ? text : "not stated";

    private static string Day(string date) => date.Length == 8 ? $"{date[..4]}-{date[4..6]}-{date[6..]}" : Or(date);
}
