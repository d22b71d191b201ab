using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Federated.SiteAgent.Ledgers.Reports;

/// <summary>A report as rows and columns, and the two forms in which it is handed over.</summary>
/// <param name="Title">What it is.</param>
/// <param name="About">Lines above the table.</param>
/// <param name="Columns">Headings.</param>
/// <param name="Rows">As many cells each as there are columns.</param>
public sealed record ReportTable(string Title, ImmutableArray<string> About, ImmutableArray<string> Columns, ImmutableArray<ImmutableArray<string>> Rows)
{
    private const string Style =
        """
        body{font:14px/1.45 system-ui,sans-serif;color:#111;background:#fff;margin:2rem auto;max-width:78rem;padding:0 1rem}
        h1{font-size:1.4rem}p{margin:.2rem 0}.wide{overflow-x:auto}
        table{border-collapse:collapse;width:100%;margin-top:1rem}th,td{border:1px solid #767676;padding:.3rem .45rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
        th{background:#eee}@page{size:A4 landscape;margin:12mm}
        @media print{body{margin:0;max-width:none;font-size:9px}thead{display:table-header-group}tr{break-inside:avoid}.wide{overflow:visible}}
        """;

    /// <summary>RFC 4180 with line feeds; a cell that a spreadsheet would take for a formula is led by an apostrophe.</summary>
    public string ToCsv()
    {
        var csv = new StringBuilder();
        foreach (ImmutableArray<string> row in Rows.Prepend(Columns)) csv.AppendJoin(',', row.Select(Cell)).Append('\n');
        return csv.ToString();
    }

    /// <summary>One page without scripts or links, to read or print.</summary>
    /// <param name="written">When it was made.</param>
    public string ToHtml(DateTimeOffset written)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>")
            .Append(Text(Title)).Append("</title><style>").Append(Style).Append("</style></head><body><main>\n<h1>").Append(Text(Title)).Append("</h1>\n");
        foreach (string line in About) page.Append("<p>").Append(Text(line)).Append("</p>\n");
        page.Append("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"").Append(Text(Title)).Append("\"><table><thead><tr>");
        foreach (string column in Columns) page.Append("<th scope=\"col\">").Append(Text(column)).Append("</th>");
        page.Append("</tr></thead><tbody>\n");
        foreach (ImmutableArray<string> row in Rows)
        {
            page.Append("<tr>");
            foreach (string cell in row) page.Append("<td>").Append(Text(cell)).Append("</td>");
            page.Append("</tr>\n");
        }

        return page.Append("</tbody></table></div>\n<p>").Append(CultureInfo.InvariantCulture, $"Made {written:u} by federated-site from its ledger.").Append("</p>\n</main></body></html>\n").ToString();
    }

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);

    private static string Cell(string cell)
    {
        if (cell.Length > 0 && cell[0] is '=' or '+' or '-' or '@' or '\t' or '\r') cell = "'" + cell;
        return cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
