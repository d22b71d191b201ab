using System.Diagnostics;
using System.Formats.Tar;

namespace Federated.Imaging.Tests.Dicom;

/// <summary>Where the outside references are: FEDERATED_REFERENCE, or ../shared/reference beside the repository.</summary>
internal static class ImagingReference
{
    private static readonly Dictionary<string, Dictionary<string, byte[]>> Archives = new(StringComparer.Ordinal);

    public static string? Root { get; } = Checkout.OutsideReference;

    public static string Require(string relative)
    {
        string path = Path.Combine(Root ?? "", "imaging", relative);
        Assert.SkipUnless(Root is not null && Path.Exists(path), $"needs the outside reference imaging/{relative}: set FEDERATED_REFERENCE");
        return path;
    }

    /// <summary>Rows of a comma-separated file with a header; quoted fields may hold commas.</summary>
    public static List<Dictionary<string, string>> Csv(string path)
    {
        string[] lines = File.ReadAllLines(path);
        List<string> header = Fields(lines[0]);
        return [.. lines.Skip(1).Where(line => line.Length > 0).Select(line => Fields(line).Zip(header).ToDictionary(p => p.Second, p => p.First, StringComparer.Ordinal))];
    }

    /// <summary>Files of a .tar.xz archive by name, unpacked in memory by the xz program.</summary>
    public static Dictionary<string, byte[]> Archive(string relative)
    {
        string path = Require(relative);
        lock (Archives)
        {
            if (Archives.TryGetValue(path, out Dictionary<string, byte[]>? known)) return known;
            Assert.SkipUnless(Installed("xz"), "needs the program xz to unpack the reference archives");
            Dictionary<string, byte[]> files = new(StringComparer.Ordinal);
            using MemoryStream tar = new(Run("xz", "-dc", path));
            using TarReader reader = new(tar);
            while (reader.GetNextEntry(copyData: true) is { } entry)
            {
                if (entry.DataStream is null) continue;
                using MemoryStream content = new();
                entry.DataStream.CopyTo(content);
                files[entry.Name] = content.ToArray();
            }
            return Archives[path] = files;
        }
    }

    public static bool Installed(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    public static byte[] Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        using MemoryStream output = new();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return output.ToArray();
    }

    private static List<string> Fields(string line)
    {
        List<string> fields = [];
        System.Text.StringBuilder field = new();
        bool quoted = false;
        foreach (char c in line)
        {
            if (c == '"') quoted = !quoted;
            else if (c == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else field.Append(c);
        }
        fields.Add(field.ToString());
        return fields;
    }
}
