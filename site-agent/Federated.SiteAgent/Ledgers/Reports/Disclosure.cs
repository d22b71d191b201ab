using System.Collections.Immutable;
using System.Globalization;
using Federated.Ledger.Entries;

namespace Federated.SiteAgent.Ledgers.Reports;

/// <summary>One sum or report that left, read out of the ledger.</summary>
/// <param name="Number">Its entry in the ledger, from 0.</param>
/// <param name="Entry">The entry.</param>
public sealed record Disclosure(long Number, LedgerEntry Entry)
{
    private const string NotStated = "not stated";

    /// <summary>The study's id, or its uid where the plan was not readable.</summary>
    public string Study => Stated("study", Entry.Fields.FindHex("study-uid") ?? NotStated);

    /// <summary>Which plan.</summary>
    public string Plan => Entry.Fields.FindHex("plan") ?? "";

    /// <summary>Legal entity that sees the results.</summary>
    public string Recipient => Stated("recipient");

    /// <summary>What it is for.</summary>
    public string Purpose => Stated("purpose");

    /// <summary>Ethics or permit reference.</summary>
    public string Approval => Stated("approval-reference");

    /// <summary>Who approved, and when.</summary>
    public string ApprovedBy => $"{Stated("officer")}, {Stated("decided-at")}";

    /// <summary>Rounded to tens.</summary>
    public string RowsAbout => Entry.Fields.FindWhole("cohort-rows-about") switch
    {
        null => NotStated,
        < 10 => "fewer than 10",
        { } rows => $"about {rows.ToString(CultureInfo.InvariantCulture)}",
    };

    /// <summary>Bytes that left.</summary>
    public long Bytes => Entry.Fields.FindWhole("bytes") ?? 0;

    /// <summary>Names of the variables behind it.</summary>
    public string Variables
    {
        get
        {
            string[] named = Entry.Fields.All.GetValueOrDefault("variables") is LedgerValue.List { Value: var values } ? [.. values.OfType<LedgerValue.Text>().Select(t => t.Value)] : [];
            long all = Entry.Fields.FindWhole("variables-count") ?? named.Length;
            return named.Length == 0 ? NotStated : string.Join(", ", named) + (all > named.Length ? $" and {all - named.Length} more" : "");
        }
    }

    /// <summary>What it says of the patients: which numbers, of what shape, protected how.</summary>
    public string Description => $"{Stated("analysis")}, {Stated("step")}: "
        + string.Join("; ", Entry.Fields.FindGroups("items").Select(i => $"{i.FindText("name")}: {i.FindText("meaning")}"))
        + $" ({(Entry.Fields.FindText("exchange") is "report" ? "seen per hospital" : $"sum over patients, {Stated("protection")}")}; {Bytes} bytes)";

    /// <summary>Every answer that left within a time, oldest first.</summary>
    public static ImmutableArray<Disclosure> Of(IEnumerable<LedgerEntry> entries, Func<DateTimeOffset, bool> within) =>
        [.. entries.Select((entry, number) => new Disclosure(number, entry)).Where(d => d.Entry.Kind == EntryKinds.Answer && within(d.Entry.At))];

    /// <summary>Words of the entry, or what stands for their absence.</summary>
    public string Stated(string field, string otherwise = NotStated) => Entry.Fields.FindText(field) is { Length: > 0 } text ? text : otherwise;
}
