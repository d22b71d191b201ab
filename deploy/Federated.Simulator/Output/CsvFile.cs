using System.Text;

namespace Federated.Simulator.Output;

/// <summary>Comma-separated files as RFC 4180 has them: UTF-8, LF, quotes only where they are needed.</summary>
public static class CsvFile
{
    /// <summary>Writes a file in one piece: a reader never sees half of it.</summary>
    public static void Write(string path, IEnumerable<string> header, IEnumerable<IEnumerable<string>> rows)
    {
        string temporary = path + ".partial";
        using (var writer = new StreamWriter(temporary, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16))
        {
            WriteRow(writer, header);
            foreach (IEnumerable<string> row in rows) WriteRow(writer, row);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>The rows of a CSV text by column name.</summary>
    public static IEnumerable<IReadOnlyDictionary<string, string>> Rows(string csv)
    {
        string[]? header = null;
        var cells = new List<string>();
        var cell = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < csv.Length; i++)
        {
            char c = csv[i];
            if (quoted && c == '"' && i + 1 < csv.Length && csv[i + 1] == '"') cell.Append(csv[++i]);
            else if (c == '"') quoted = !quoted;
            else if (quoted || (c != ',' && c != '\n')) cell.Append(c);
            else
            {
                cells.Add(cell.ToString());
                cell.Clear();
                if (c == ',') continue;
                if (header is null) header = [.. cells];
                else yield return header.Zip(cells).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal);
                cells.Clear();
            }
        }
    }

    private static void WriteRow(StreamWriter writer, IEnumerable<string> cells)
    {
        bool first = true;
        foreach (string cell in cells)
        {
            if (!first) writer.Write(',');
            first = false;
            if (cell.AsSpan().IndexOfAny(",\"\r\n") < 0) writer.Write(cell);
            else writer.Write('"' + cell.Replace("\"", "\"\"", StringComparison.Ordinal) + '"');
        }

        writer.Write('\n');
    }
}
