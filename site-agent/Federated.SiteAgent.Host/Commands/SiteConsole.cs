using System.Text.Encodings.Web;
using System.Text.Json;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>Where a command reads and writes: the terminal, or a test.</summary>
public sealed record SiteConsole(TextWriter Out, TextWriter Error, TextReader In, Func<string, string?> Environment)
{
    /// <summary>Whether a person watches <see cref="Error"/>, so that a line there may be rewritten in place.</summary>
    public bool IsTerminal { get; init; }
}

/// <summary>What a command prints: lines for people, or one JSON document for programs.</summary>
public sealed class Page(SiteConsole console, bool json)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // not embedded in HTML; names stay readable
    };

    /// <summary>Whether programs are reading.</summary>
    public bool IsJson => json;

    /// <summary>A line for people; programs do not see it.</summary>
    public void Line(string text = "")
    {
        if (!json) console.Out.WriteLine(text);
    }

    /// <summary>Columns for people, aligned.</summary>
    public void Table(string[] header, IEnumerable<string[]> rows)
    {
        if (json) return;
        string[][] all = [header, .. rows];
        int[] widths = [.. Enumerable.Range(0, header.Length).Select(c => all.Max(row => row[c].Length))];
        foreach (string[] row in all)
            console.Out.WriteLine(string.Join("  ", row.Select((cell, c) => c == row.Length - 1 ? cell : cell.PadRight(widths[c]))).TrimEnd());
    }

    /// <summary>The document for programs; people do not see it.</summary>
    public void Json(object document)
    {
        if (json) console.Out.WriteLine(JsonSerializer.Serialize(document, Format));
    }

    /// <summary>A document of either kind, as programs read it.</summary>
    public static string Document(object document) => JsonSerializer.Serialize(document, Format);
}
