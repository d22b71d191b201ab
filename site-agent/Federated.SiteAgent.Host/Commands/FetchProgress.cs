using System.Globalization;
using Federated.SiteAgent.Host.Archives;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>
/// How a fetch goes on, for the person who waits: on a terminal one line that is rewritten in place, elsewhere a line per series and one every ten seconds. Lines
/// hold counts only, so that a log of them names no patient.
/// </summary>
internal sealed class FetchProgress(SiteConsole console, TimeProvider time, bool silent, int ofSeries) : IFetchObserver
{
    private const int Bar = 24;
    private static readonly TimeSpan Rewrite = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan NextLine = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly long _start = time.GetTimestamp();
    private long _shown;
    private int _open;
    private int _series;

    /// <summary>Another series begins.</summary>
    public void Next() => _series++;

    /// <inheritdoc/>
    public void Notice(string line)
    {
        if (silent) return;
        lock (_gate)
        {
            Erase();
            console.Error.WriteLine(Stamp() + line);
        }
    }

    /// <inheritdoc/>
    public void Progress(SeriesSummary series, int done, int of, long bytes)
    {
        if (silent) return;
        lock (_gate)
        {
            bool last = done == of;
            if (!last && _shown != 0 && time.GetElapsedTime(_shown) < (console.IsTerminal ? Rewrite : NextLine)) return;
            _shown = time.GetTimestamp();
            string text = string.Create(CultureInfo.InvariantCulture, $"{Stamp()}series {_series} of {ofSeries}: {done} of {of} objects, {bytes / 1e6:0.0} MB");
            Erase();
            if (!console.IsTerminal)
            {
                console.Error.WriteLine(text);
                return;
            }

            int filled = of == 0 ? Bar : (int)((long)Bar * done / of);
            string line = $"[{new string('#', filled)}{new string('.', Bar - filled)}] {text}";
            console.Error.Write(line);
            _open = line.Length;
        }
    }

    /// <summary>Leaves the terminal as a line of its own begins.</summary>
    public void End()
    {
        lock (_gate) Erase();
    }

    private string Stamp() => string.Create(CultureInfo.InvariantCulture, $"{time.GetElapsedTime(_start).TotalSeconds,6:F1} s  ");

    private void Erase()
    {
        if (_open > 0) console.Error.Write("\r" + new string(' ', _open) + "\r");
        _open = 0;
    }
}
