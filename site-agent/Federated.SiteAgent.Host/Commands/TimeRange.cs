using System.CommandLine;
using System.Globalization;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>From when until when, as a person says it: "7d", "2w", "yesterday", "2026-11-17". Days are days of UTC, as in every time that is printed.</summary>
/// <param name="From">The first moment; null = from the beginning.</param>
/// <param name="To">The first moment after it; null = until now.</param>
public sealed record TimeRange(DateTimeOffset? From, DateTimeOffset? To)
{
    /// <summary>Whether a moment lies in it.</summary>
    public bool Holds(DateTimeOffset at) => (From is not { } from || at >= from) && (To is not { } to || at < to);

    /// <summary>For people.</summary>
    public override string ToString() => (From, To) switch
    {
        (null, null) => "since the beginning",
        ({ } from, null) => $"since {from:u}",
        (null, { } to) => $"before {to:u}",
        ({ } from, { } to) => $"from {from:u} to {to:u}",
    };

    /// <summary>Reads the two options.</summary>
    /// <exception cref="SiteErrorException">E3000.</exception>
    public static TimeRange Parse(string? since, string? until, DateTimeOffset now)
    {
        DateTimeOffset? from = since is null ? null : Moment("--since", since, now).Start;
        DateTimeOffset? to = until is null ? null : Moment("--until", until, now).End;
        return new TimeRange(from, to);
    }

    private static (DateTimeOffset Start, DateTimeOffset End) Moment(string option, string text, DateTimeOffset now)
    {
        string word = text.Trim().ToLowerInvariant();
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        if (word is "now") return (now, now);
        if (word is "today") return Day(today);
        if (word is "yesterday") return Day(today.AddDays(-1));
        if (word.Length > 1 && word[^1] is 'h' or 'd' or 'w' && int.TryParse(word[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is > 0 and <= 100_000)
        {
            DateTimeOffset then = now - (word[^1] switch { 'h' => TimeSpan.FromHours(count), 'd' => TimeSpan.FromDays(count), _ => TimeSpan.FromDays(7 * count) });
            return (then, then);
        }

        if (DateTimeOffset.TryParseExact(word, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset day)) return Day(day);
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment)) return (moment, moment);
        throw new SiteErrorException("E3000", ExitCode.Input, $"{option} {Analyses.PlainText.Shown(text)}: not a time; write 7d, 2w, 12h, today, yesterday or a day such as 2026-11-17");
    }

    private static (DateTimeOffset Start, DateTimeOffset End) Day(DateTimeOffset start) => (start, start.AddDays(1));
}

/// <summary>The options that limit a list to a time.</summary>
internal sealed record TimeRangeOptions(Option<string?> Since, Option<string?> Until)
{
    public static TimeRangeOptions AddTo(Command command)
    {
        var options = new TimeRangeOptions(
            new Option<string?>("--since") { Description = "From then on: 7d, 2w, 12h, today, yesterday, or a day such as 2026-11-17 (UTC).", HelpName = "WHEN" },
            new Option<string?>("--until") { Description = "Until then; a day counts whole.", HelpName = "WHEN" });
        command.Add(options.Since);
        command.Add(options.Until);
        return options;
    }

    public TimeRange Range(ParseResult parsed, TimeProvider time) => TimeRange.Parse(parsed.GetValue(Since), parsed.GetValue(Until), time.GetUtcNow());
}
