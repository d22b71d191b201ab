using Federated.Ledger.Entries;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>One thing that left, or waits to, as an officer asks for it: when, to whom, why, approved by whom, what.</summary>
/// <param name="At">When it was written down, just before it left.</param>
/// <param name="Kind">One of <see cref="EntryKinds"/>.</param>
/// <param name="Entry">Its entry in the ledger, by number; null = it has not left.</param>
/// <param name="Study">The study's id.</param>
/// <param name="Uid">The study.</param>
/// <param name="Task">Its round; null for the officer's words.</param>
/// <param name="Said">The ledger's fields.</param>
/// <param name="Outbox">Its place in the outbox; null for what is no answer.</param>
internal sealed record OutboxLine(DateTimeOffset At, string Kind, long? Entry, string Study, StudyUid Uid, TaskKey? Task, LedgerFields Said, OutboxSummary? Outbox)
{
    public string ToWhom => Shown(Said.FindText("recipient"), "not stated in the plan");

    public string Why => Shown(Said.FindText("purpose"), "not stated in the plan");

    public string ApprovedBy => Said.FindText("officer") is { } officer ? $"{officer}, {Said.FindText("decided-at")}" : "nobody";

    public string Reference => Shown(Said.FindText("approval-reference"), "no reference in the plan");

    public string Analysis => Said.FindText("analysis") ?? "";

    public string Step => Said.FindText("step") ?? Said.FindText("masking-step") ?? "";

    public long Bytes => Said.FindWhole("bytes") ?? 0;

    public string What => Kind switch
    {
        EntryKinds.Answer => Said.FindText("exchange") is "report" ? "Report (seen per hospital)" : $"Sum ({Said.FindText("protection")})",
        EntryKinds.Decline => $"declined: {Said.FindText("code")}",
        EntryKinds.Approval => "the officer's approval",
        EntryKinds.Withdrawal => "the officer's withdrawal",
        EntryKinds.MaskingMessage => "message of the masking",
        EntryKinds.Cosignature => "cosignature of the coordinator's ledger",
        _ => "signs of progress",
    };

    private static string Shown(string? text, string otherwise) => string.IsNullOrEmpty(text) ? otherwise : text;
}

/// <summary>What left, read from the ledger; and what waits to.</summary>
internal static class OutboxListing
{
    /// <summary>Answers and declines, oldest first; with <paramref name="all"/> every message.</summary>
    public static IEnumerable<OutboxLine> Read(SiteSession session, TimeRange range, StudyUid? only, bool all)
    {
        Func<StudyUid, string> name = StudyFinder.Names(session.Store);
        Dictionary<TaskKey, OutboxSummary> outbox = session.Store.Outbox().ToDictionary(o => o.Entry.Task);
        var left = new HashSet<TaskKey>();
        long number = 0;
        foreach (LedgerEntry entry in session.Store.Ledger.Entries())
        {
            long at = number++;
            if (!EntryKinds.Leaves(entry.Kind)) continue;
            var uid = new StudyUid(entry.Fields.FindHex("study-uid") ?? "");
            TaskKey? task = entry.Fields.FindWhole("round") is { } round ? new TaskKey(uid, (int)round, (int)(entry.Fields.FindWhole("attempt") ?? 1)) : null;
            bool answer = entry.Kind is EntryKinds.Answer or EntryKinds.Decline;
            if (answer && task is { } answered) left.Add(answered);
            if ((!all && !answer) || (only is not null && uid != only) || !range.Holds(entry.At)) continue;
            string study = entry.Fields.FindText("study") ?? (uid.Hex.Length == 0 ? "-" : name(uid));
            yield return new OutboxLine(entry.At, entry.Kind, at, study, uid, task, entry.Fields, answer && task is { } known ? outbox.GetValueOrDefault(known) : null);
        }

        foreach (OutboxSummary waiting in outbox.Values.Where(o => !left.Contains(o.Entry.Task)).OrderBy(o => o.Entry.Written))
        {
            TaskKey task = waiting.Entry.Task;
            if ((only is not null && task.Study != only) || !range.Holds(waiting.Entry.Written)) continue;
            yield return new OutboxLine(
                waiting.Entry.Written, waiting.Entry.Decline is null ? EntryKinds.Answer : EntryKinds.Decline, null, name(task.Study), task.Study, task,
                session.Recorder.Preview(waiting), waiting);
        }
    }
}
