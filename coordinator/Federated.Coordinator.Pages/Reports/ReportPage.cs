using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Federated.Coordinator.Pages.Reports;

/// <summary>A report being written: HTML that needs nothing beside itself, with its tables and figures numbered as in a paper.</summary>
public sealed class ReportPage
{
    private const string Style = "report.css";
    private static readonly string StyleSheet = ReadStyle();
    private readonly StringBuilder _html = new();
    private readonly List<(string Id, string Title)> _contents = [];
    private int _sections, _parts, _tables, _figures;

    /// <summary>What a browser may do for a report: its own style, told by its digest, and pictures that are in it; nothing is fetched and nothing runs.</summary>
    public static string ContentPolicy { get; } = $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(StyleSheet)))}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Begins a section; its number stands before its title.</summary>
    public void Section(string title)
    {
        if (_sections > 0) _html.Append("</section>\n");
        _sections++;
        _parts = 0;
        string id = string.Create(CultureInfo.InvariantCulture, $"section-{_sections}");
        _contents.Add((id, title));
        _html.Append(CultureInfo.InvariantCulture, $"<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{_sections} {Text(title)}</h2>\n");
    }

    /// <summary>Begins a part of a section.</summary>
    public void Part(string title) => _html.Append(CultureInfo.InvariantCulture, $"<h3>{_sections}.{++_parts} {Text(title)}</h3>\n");

    /// <summary>A paragraph of plain words.</summary>
    public void Paragraph(string text, string kind = "") => _html.Append(CultureInfo.InvariantCulture, $"<p{(kind.Length > 0 ? $" class=\"{kind}\"" : "")}>{Text(text)}</p>\n");

    /// <summary>A paragraph that begins with the name of what it is about.</summary>
    public void Named(string name, string text) => _html.Append(CultureInfo.InvariantCulture, $"<p><b>{Text(name)}.</b> {Text(text)}</p>\n");

    /// <summary>Names and values, side by side.</summary>
    public void Facts(IEnumerable<(string Name, string Value)> facts)
    {
        _html.Append("<dl>");
        foreach ((string name, string value) in facts) _html.Append(CultureInfo.InvariantCulture, $"<div><dt>{Text(name)}</dt><dd>{Text(value)}</dd></div>");
        _html.Append("</dl>\n");
    }

    /// <summary>A numbered table; the first column names the row.</summary>
    public void Table(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        string label = string.Create(CultureInfo.InvariantCulture, $"Table {++_tables}");
        _html.Append(CultureInfo.InvariantCulture, $"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table><caption><b>{label}.</b> {Text(caption)}</caption><thead><tr>");
        foreach (string column in columns) _html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{Text(column)}</th>");
        _html.Append("</tr></thead><tbody>");
        foreach (IReadOnlyList<string> row in rows)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Text(row[0])}</th>");
            for (int c = 1; c < row.Count; c++)
                _html.Append(CultureInfo.InvariantCulture, $"<td{(row[c] is "usable" or "borderline" or "not usable" ? $" class=\"{row[c].Replace(' ', '-')}\"" : "")}>{Text(row[c])}</td>");
            _html.Append("</tr>");
        }

        _html.Append("</tbody></table></div>\n");
    }

    /// <summary>A numbered figure of finished markup: an SVG, or a picture with its data in it.</summary>
    public void Figure(string caption, string markup) => _html.Append(CultureInfo.InvariantCulture, $"<figure><div class=\"scroll\">{markup}</div><figcaption><b>Figure {++_figures}.</b> {Text(caption)}</figcaption></figure>\n");

    /// <summary>The whole document.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="lead">What stands under it.</param>
    /// <param name="footer">Digests and versions.</param>
    public string Close(string title, IEnumerable<string> lead, IEnumerable<string> footer)
    {
        var page = new StringBuilder("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">");
        page.Append(CultureInfo.InvariantCulture, $"<title>{Text(title)}</title><style>{StyleSheet}</style></head><body><header><h1>{Text(title)}</h1>");
        foreach (string line in lead) page.Append(CultureInfo.InvariantCulture, $"<p class=\"lead\">{Text(line)}</p>");
        page.Append("</header><nav aria-label=\"Contents\"><ol>");
        foreach ((string id, string name) in _contents) page.Append(CultureInfo.InvariantCulture, $"<li><a href=\"#{id}\">{Text(name)}</a></li>");
        page.Append("</ol></nav><main>\n").Append(_html);
        if (_sections > 0) page.Append("</section>\n");
        page.Append("</main><footer>");
        foreach (string line in footer) page.Append(CultureInfo.InvariantCulture, $"<p>{Text(line)}</p>");
        return page.Append("</footer></body></html>\n").ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string ReadStyle()
    {
        using Stream stream = typeof(ReportPage).Assembly.GetManifestResourceStream(Style) ?? throw new InvalidOperationException($"The program was built without {Style}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
