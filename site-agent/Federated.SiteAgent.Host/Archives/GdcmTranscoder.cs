using System.Diagnostics;
using System.Globalization;
using System.Text;
using Federated.Imaging.Dicom;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>What one run of gdcmconv is allowed.</summary>
public sealed record GdcmOptions
{
    /// <summary>The program: a name to look for in PATH, or a path. Default gdcmconv.</summary>
    public string Program { get; init; } = "gdcmconv";

    /// <summary>Time for one object; then the program is killed. Default 1 min.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Address space of the program, where the system can limit it (POSIX). Default 4 GiB.</summary>
    public long MemoryBytes { get; init; } = 4L << 30;

    /// <summary>Size of what it writes. Default 1 GiB, as for any DICOM file.</summary>
    public int OutputBytes { get; init; } = 1 << 30;
}

/// <summary>
/// Compressed pixels by GDCM's `gdcmconv --raw`, a process of its own for each object: a damaged object can crash, hang or bloat that process and nothing else.
/// </summary>
public sealed class GdcmTranscoder(TimeProvider time, GdcmOptions? options = null) : IPixelTranscoder
{
    private const string Package = "libgdcm-tools (Debian, Ubuntu) or gdcm-applications (Fedora)";
    private const int MostSaid = 300;
    private readonly GdcmOptions _options = options ?? new GdcmOptions();

    // JPEG, JPEG-LS, JPEG 2000 (part 1) and RLE: what GDCM 3.0 decodes.
    private static readonly HashSet<string> Known = new(
        ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81",
            "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.5"], StringComparer.Ordinal);

    /// <summary>True when the program was found.</summary>
    public bool IsInstalled => Locate() is not null;

    /// <inheritdoc/>
    public bool CanDecode(DicomTransferSyntax syntax) => Known.Contains(syntax.UID.UID) && IsInstalled;

    /// <inheritdoc/>
    public async Task<DicomFile> DecodeAsync(DicomFile file, CancellationToken cancellation)
    {
        if (!Known.Contains(file.TransferSyntax.UID.UID))
            throw new DicomUnsupportedException($"pixel data is compressed as {file.TransferSyntax}, which gdcmconv does not decode: let the archive send it uncompressed");
        string program = Locate()
            ?? throw new DicomUnsupportedException($"pixel data is compressed as {file.TransferSyntax} and {_options.Program} is not installed: install the package {Package}, or let the archive send it uncompressed");
        string folder = Directory.CreateTempSubdirectory("federated-pixels-").FullName; // mode 700
        try
        {
            string compressed = Path.Combine(folder, "in.dcm"), raw = Path.Combine(folder, "out.dcm");
            await using (FileStream stream = new(compressed, FileMode.CreateNew, FileAccess.Write)) file.Save(stream);
            await RunAsync(program, compressed, raw, file.TransferSyntax, cancellation);
            return await ReadAsync(raw, file, cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task RunAsync(string program, string compressed, string raw, DicomTransferSyntax syntax, CancellationToken cancellation)
    {
        using var process = new Process { StartInfo = Start(program, compressed, raw) };
        var said = new StringBuilder();
        process.ErrorDataReceived += (_, line) => Hear(said, line.Data);
        process.OutputDataReceived += (_, line) => Hear(said, line.Data);
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        try
        {
            await process.WaitForExitAsync(cancellation).WaitAsync(_options.TimeLimit, time, cancellation);
        }
        catch (TimeoutException)
        {
            await KillAsync(process);
            throw new DicomUnsupportedException($"gdcmconv did not decode {syntax} within {_options.TimeLimit.TotalSeconds:0} s and was stopped: the object may be damaged; fetch it again, or let the archive send it uncompressed");
        }
        catch (OperationCanceledException)
        {
            await KillAsync(process);
            throw;
        }

        if (process.ExitCode == 0 && File.Exists(raw)) return;
        string why;
        lock (said) why = said.Length > 0 ? $": {said}" : "";
        throw new DicomUnsupportedException($"gdcmconv could not decode {syntax} (it ended with {process.ExitCode}{why}): the object may be damaged; fetch it again, or let the archive send it uncompressed");
    }

    private async Task<DicomFile> ReadAsync(string raw, DicomFile asked, CancellationToken cancellation)
    {
        if (new FileInfo(raw).Length > _options.OutputBytes) throw new DicomUnsupportedException($"gdcmconv made more than {_options.OutputBytes} bytes of {asked.TransferSyntax}: the object is too large to be decoded");
        DicomFile decoded = DicomFile.Open(await File.ReadAllBytesAsync(raw, cancellation));
        bool same = string.Equals(decoded.Dataset.GetStringOrNull(DicomTag.SOPInstanceUID), asked.Dataset.GetStringOrNull(DicomTag.SOPInstanceUID), StringComparison.Ordinal);
        if (!same || decoded.TransferSyntax.IsEncapsulated) throw new DicomUnsupportedException($"gdcmconv did not turn {asked.TransferSyntax} into uncompressed pixels: let the archive send it uncompressed");
        // GDCM rewrites parts of the header. Only its pixels, and how they are laid out, are taken over.
        var dataset = new DicomDataset(asked.Dataset);
        foreach (DicomTag tag in (DicomTag[])[DicomTag.PixelData, DicomTag.PhotometricInterpretation, DicomTag.PlanarConfiguration, DicomTag.BitsAllocated, DicomTag.BitsStored, DicomTag.HighBit, DicomTag.PixelRepresentation, DicomTag.SamplesPerPixel])
            if (decoded.Dataset.TryGetItem(tag, out DicomItem? item)) dataset.AddOrUpdate(item);
        return new DicomFile(dataset);
    }

    // POSIX shells can limit what they become; elsewhere the time limit and the size of the answer remain.
    private ProcessStartInfo Start(string program, string compressed, string raw)
    {
        var start = new ProcessStartInfo { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        string[] arguments = ["--raw", compressed, raw];
        if (OperatingSystem.IsWindows())
        {
            start.FileName = program;
        }
        else
        {
            start.FileName = "/bin/sh";
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add("ulimit -c 0; ulimit -v \"$1\"; ulimit -f \"$2\"; shift 2; exec \"$@\"");
            start.ArgumentList.Add("sh");
            start.ArgumentList.Add((_options.MemoryBytes >> 10).ToString(CultureInfo.InvariantCulture));
            start.ArgumentList.Add(((_options.OutputBytes >> 9) + 1).ToString(CultureInfo.InvariantCulture));
            start.ArgumentList.Add(program);
        }

        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return start;
    }

    private static async Task KillAsync(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            return; // it has ended meanwhile
        }

        await process.WaitForExitAsync(CancellationToken.None);
    }

    private static void Hear(StringBuilder said, string? line)
    {
        if (string.IsNullOrWhiteSpace(line)) return;
        lock (said)
        {
            if (said.Length < MostSaid) said.Append(said.Length > 0 ? "; " : "").Append(line.AsSpan(0, Math.Min(line.Length, MostSaid - said.Length)));
        }
    }

    private string? Locate()
    {
        if (Path.IsPathRooted(_options.Program)) return File.Exists(_options.Program) ? _options.Program : null;
        string name = OperatingSystem.IsWindows() ? _options.Program + ".exe" : _options.Program;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
