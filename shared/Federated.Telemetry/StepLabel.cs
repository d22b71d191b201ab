using System.Collections.Concurrent;

namespace Federated.Telemetry;

/// <summary>
/// Names of steps as labels. They come from the program's own closed vocabulary of analyses, never from a plan or a table; whatever does not look like one of those, or comes after the
/// first <see cref="Most"/>, is counted as <see cref="Other"/>, so that no word of somebody's and no unbounded number of series can get out this way.
/// </summary>
public sealed class StepLabel
{
    /// <summary>Everything else.</summary>
    public const string Other = "other";

    /// <summary>Different names that are told apart.</summary>
    public const int Most = 128;

    private const int Longest = 40;
    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>The label of a step.</summary>
    public string Of(string step)
    {
        if (_known.TryGetValue(step, out string? known)) return known;
        bool isName = step.Length is > 0 and <= Longest && step.All(static c => c is (>= 'a' and <= 'z') or '-');
        return isName && _known.Count < Most ? _known.GetOrAdd(step, step) : Other;
    }
}
