using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Service;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace Federated.Coordinator.Server.Commands;

/// <summary>What a program ends with.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>A defect of ours.</summary>
    Defect = 1,

    /// <summary>Bad usage or input: what, where, how to mend.</summary>
    Input = 2,

    /// <summary>Refused by a rule or by the data.</summary>
    Refused = 3,

    /// <summary>Could not reach what it needed.</summary>
    Unreachable = 4,
}

/// <summary>Where a command reads and writes: the terminal, or a test.</summary>
public sealed record CommandConsole(TextWriter Out, TextWriter Error, Func<string, string?> Environment, bool IsTerminal);

/// <summary>The options that every command shares, and what commands do with them.</summary>
internal sealed class CommandContext(CommandConsole console, TimeProvider time)
{
    private const string DataVariable = "FEDERATED_COORDINATOR_DATA";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // not embedded in HTML; names stay readable
    };

    public Option<string?> Data { get; } = new("--data") { Description = $"Data directory (default: {DataVariable}, else ./federated-coordinator).", HelpName = "DIR", Recursive = true };

    public Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document instead of text.", Recursive = true };

    public TimeProvider Time => time;

    public CommandConsole Console => console;

    public string DirectoryOf(ParseResult parsed)
    {
        string? directory = parsed.GetValue(Data) ?? console.Environment(DataVariable);
        return Path.GetFullPath(string.IsNullOrEmpty(directory) ? "federated-coordinator" : directory);
    }

    /// <summary>A command that works on the data directory, beside a server that may be running.</summary>
    public void OnDirectory(Command command, Func<ParseResult, CoordinatorDirectory, Task> work) => command.SetAction(async (parsed, _) =>
    {
        using CoordinatorDirectory directory = CoordinatorDirectory.Open(DirectoryOf(parsed));
        await work(parsed, directory);
        return (int)ExitCode.Done;
    });

    /// <summary>A command that works on the studies, and leaves the studies' own moves to the server.</summary>
    public void OnStudies(Command command, Func<ParseResult, StudyService, CancellationToken, Task> work) => command.SetAction(async (parsed, cancellation) =>
    {
        string path = DirectoryOf(parsed);
        using CoordinatorDirectory directory = CoordinatorDirectory.Open(path);
        using StudyService studies = CoordinatorServer.StudiesOf(directory, new CoordinatorServerOptions { DataDirectory = path, Time = time }, drives: false, NullLogger.Instance);
        await work(parsed, studies, cancellation);
        return (int)ExitCode.Done;
    });

    /// <summary>Lines for people or a document for programs.</summary>
    public void Print(ParseResult parsed, object document, params ReadOnlySpan<string> lines)
    {
        if (parsed.GetValue(Json))
        {
            console.Out.WriteLine(Document(document));
            return;
        }

        foreach (string line in lines) console.Out.WriteLine(line);
    }

    /// <summary>Columns for people; programs do not see them.</summary>
    public void PrintTable(ParseResult parsed, string[] header, IEnumerable<string[]> rows)
    {
        if (parsed.GetValue(Json)) return;
        var table = new Table().Border(console.IsTerminal ? TableBorder.Rounded : TableBorder.None);
        foreach (string name in header) table.AddColumn(new TableColumn(Markup.Escape(name)) { NoWrap = !console.IsTerminal });
        foreach (string[] row in rows) table.AddRow([.. row.Select(Markup.Escape)]);
        IAnsiConsole ansi = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = console.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = console.IsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(console.Out),
        });
        if (!console.IsTerminal) ansi.Profile.Width = 500; // a file has no margin to wrap at
        ansi.Write(table);
    }

    public static string Document(object document) => JsonSerializer.Serialize(document, Format);

    /// <summary>The log of a server, one line each: for people, for systemd in its own form, or as a JSON object for programs.</summary>
    public static ILoggerFactory Logging(bool json = false) => LoggerFactory.Create(builder =>
    {
        builder.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning);
        builder.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error); // the keys of cookies lie beside the CA's key, in a folder that only its owner reads
        if (json) builder.AddJsonConsole(options => { options.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ"; options.UseUtcTimestamp = true; options.IncludeScopes = false; });
        else if (Microsoft.Extensions.Hosting.Systemd.SystemdHelpers.IsSystemdService()) builder.AddSystemdConsole();
        else builder.AddSimpleConsole(options => { options.SingleLine = true; options.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ "; options.UseUtcTimestamp = true; });
    });

    /// <summary>Reads a span of time: a whole number and s, m, h or d.</summary>
    public static TimeSpan ReadSpan(string text, string option)
    {
        if (text.Length is >= 2 and <= 9 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            switch (text[^1])
            {
                case 's': return TimeSpan.FromSeconds(number);
                case 'm': return TimeSpan.FromMinutes(number);
                case 'h' when number <= 1_000_000: return TimeSpan.FromHours(number);
                case 'd' when number <= 36_500: return TimeSpan.FromDays(number);
            }
        }

        throw new OperatorErrorException("E1106", $"{option}: '{Shown(text)}' is not a span of time: write a whole number and s, m, h or d, for instance 7d.");
    }

    /// <summary>What somebody typed, fit for a line of text.</summary>
    public static string Shown(string text) => Analyses.PlainText.Shown(text);
}
