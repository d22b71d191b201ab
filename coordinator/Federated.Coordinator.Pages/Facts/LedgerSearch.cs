using Federated.Ledger.Entries;

namespace Federated.Coordinator.Pages.Facts;

/// <summary>An entry with its place in the ledger.</summary>
public sealed record NumberedEntry(long Index, LedgerEntry Entry)
{
    /// <summary>What it is about, in one line.</summary>
    public string Line => string.Join(", ", ((string[])["study", "site", "analysis", "step", "title"]).Select(Entry.Fields.FindText).Where(t => t is not null)) is { Length: > 0 } text
        ? Entry.Fields.FindWhole("bytes") is { } bytes ? $"{text}, {Words.Bytes(bytes)}" : text
        : Entry.Kind;
}

/// <summary>What is looked for in a ledger.</summary>
/// <param name="Study">Of this study; empty = any.</param>
/// <param name="Site">Of this hospital; empty = any.</param>
/// <param name="Kind">Of this kind; empty = any.</param>
/// <param name="Days">Not older than this many days; null = any age.</param>
public sealed record LedgerSearch(string Study, string Site, string Kind, int? Days)
{
    /// <summary>The kind of entry that says numbers arrived from a hospital.</summary>
    public const string Arrived = "contribution-submitted";

    /// <summary>What is found, newest first.</summary>
    public List<NumberedEntry> Find(IEnumerable<LedgerEntry> entries, DateTimeOffset now)
    {
        var found = new List<NumberedEntry>();
        long index = 0;
        foreach (LedgerEntry entry in entries)
        {
            if (Fits(entry, now)) found.Add(new NumberedEntry(index, entry));
            index++;
        }

        found.Reverse();
        return found;
    }

    private bool Fits(LedgerEntry entry, DateTimeOffset now) =>
        (Study.Length == 0 || Is(entry.Fields.FindText("study"), Study)) && (Site.Length == 0 || Is(entry.Fields.FindText("site"), Site))
        && (Kind.Length == 0 || Is(entry.Kind, Kind)) && (Days is not { } days || entry.At >= now - TimeSpan.FromDays(days));

    private static bool Is(string? text, string word) => string.Equals(text, word, StringComparison.Ordinal);
}
