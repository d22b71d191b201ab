using System.Globalization;
using Spectre.Console;

namespace Federated.Simulator;

/// <summary>
/// Tells a waiting person what is going on: one line per thing that happened, with the time since the start; on a terminal the line of the step under way is
/// rewritten in place.
/// </summary>
public sealed class Progress(TextWriter output, TimeProvider time, bool terminal)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Lock _gate = new();
    private int _open;

    /// <summary>Progress on standard error, so that standard output stays a program's.</summary>
    public static Progress OnStandardError(TimeProvider time) => new(Console.Error, time, !Console.IsErrorRedirected && AnsiConsole.Profile.Capabilities.Ansi);

    /// <summary>Says nothing.</summary>
    public static Progress Silent { get; } = new(TextWriter.Null, TimeProvider.System, terminal: false);

    /// <summary>Something is finished.</summary>
    public void Say(string line)
    {
        lock (_gate)
        {
            Erase();
            output.WriteLine(Stamp() + line);
        }
    }

    /// <summary>Something is under way: shown on a terminal only, until the next line.</summary>
    public void Working(string line)
    {
        if (!terminal) return;
        lock (_gate)
        {
            Erase();
            string text = Stamp() + line;
            output.Write(text);
            _open = text.Length;
        }
    }

    private string Stamp() => string.Create(CultureInfo.InvariantCulture, $"{time.GetElapsedTime(_start).TotalSeconds,6:F1} s  ");

    private void Erase()
    {
        if (_open > 0) output.Write("\r" + new string(' ', _open) + "\r");
        _open = 0;
    }
}
