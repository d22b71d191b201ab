using System.CommandLine;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>outbox: what left, when, under which checks, and the coordinator's receipt.</summary>
internal static class OutboxCommands
{
    private const string ListHelp =
        """
        What left, when, to whom, why and approved by whom; oldest first.

        Examples:
          federated-site outbox list --since 7d                      (what left last week)
          federated-site outbox list --since 2026-11-01 --until 2026-11-30 --study fdg-lymphoma
          federated-site outbox list --all --json
        """;

    public static Command Create(SharedOptions shared)
    {
        var command = new Command("outbox", "What left this site, and what it declined to answer.");
        command.Add(List(shared));
        command.Add(Show(shared));
        command.Add(Export(shared));
        return command;
    }

    private static Command List(SharedOptions shared)
    {
        var study = new Option<string?>("--study") { Description = "Only this study.", HelpName = "ID" };
        var all = new Option<bool>("--all") { Description = "Also what holds no number of the tables: the officer's words, messages of the masking, signs of progress." };
        var command = new Command("list", ListHelp) { study, all };
        TimeRangeOptions time = TimeRangeOptions.AddTo(command);
        shared.SetAction(command, (parsed, session, page, _) =>
        {
            StudyUid? only = parsed.GetValue(study) is { } id ? StudyFinder.Find(session.Store, id).Uid : null;
            TimeRange range = time.Range(parsed, session.Time);
            OutboxLine[] lines = [.. OutboxListing.Read(session, range, only, parsed.GetValue(all))];
            page.Line($"What left this site, {range}:");
            page.Table(
                ["at (UTC)", "to whom", "why", "approved by", "study", "round", "attempt", "analysis", "step", "what", "bytes", "state"],
                lines.Select(l => (string[])[
                    $"{l.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}", Short(l.ToWhom, 28), Short(l.Why, 32), Short(l.Said.FindText("officer") ?? "nobody", 24), l.Study, $"{l.Task?.Round}", $"{l.Task?.Attempt}",
                    l.Analysis, l.Step, l.What, $"{l.Bytes}", State(l)]));
            foreach (OutboxLine first in lines.GroupBy(l => (l.Uid, l.ToWhom, l.Why, l.ApprovedBy, l.Reference)).Select(g => g.First()))
            {
                page.Line();
                page.Line(first.Study);
                page.Line($"  to whom      {first.ToWhom}");
                page.Line($"  why          {first.Why}");
                page.Line($"  approved by  {first.ApprovedBy}, under {first.Reference}");
            }

            if (lines.Length > 0) page.Line("\nEvery check and the receipt of one: federated-site outbox show STUDY ROUND; its bytes: federated-site outbox export STUDY ROUND --to FILE");
            page.Json(new { range.From, range.To, Entries = lines.Select(Document) });
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static Command Show(SharedOptions shared)
    {
        (Argument<string> study, Argument<int> round, Option<int?> attempt) = Which();
        var numbers = new Option<bool>("--numbers") { Description = "Also every number, by block and place. Of a masked sum: those under the mask, which never left." };
        var command = new Command(
            "show", "One answer with every check of the gate and the coordinator's receipt.\n\nExamples:\n  federated-site outbox show fdg-lymphoma 3\n  federated-site outbox show fdg-lymphoma 3 --numbers") { study, round, attempt, numbers };
        shared.SetAction(command, (parsed, session, page, _) =>
        {
            OutboxEntry entry = Find(session.Store, parsed.GetValue(study)!, parsed.GetValue(round), parsed.GetValue(attempt));
            Func<StudyUid, string> name = StudyFinder.Names(session.Store);
            page.Line($"{name(entry.Task.Study)}, round {entry.Task.Round}, attempt {entry.Task.Attempt}: {entry.Analysis}, {entry.Step} ({entry.Kind})");
            if (OutboxListing.Read(session, new TimeRange(null, null), entry.Task.Study, false).LastOrDefault(l => l.Task == entry.Task) is { } line)
            {
                page.Line($"  to whom    {line.ToWhom}");
                page.Line($"  why        {line.Why}");
                page.Line($"  approved   by {line.ApprovedBy}, under {line.Reference}");
                page.Line($"  ledger     {(line.Entry is { } number ? $"entry {number}, {line.At:u}" : "not yet: it has not left")}");
            }

            page.Line($"  plan       {entry.Plan.Hex}");
            page.Line($"  written    {entry.Written:u}");
            if (entry.Payload is { } payload) page.Line($"  payload    {payload.Bytes.Length} bytes, SHA-256 {payload.Digest.Hex}");
            if (entry.Decline is { } decline) page.Line($"  declined   {decline.Code}{Numbers("where", decline.Where)}{Numbers("counts", decline.Counts)}");
            page.Line($"  state      {Describe(entry)}");
            if (entry.Receipt is { } receipt)
                page.Line($"  receipt    accepted {receipt.Accepted:u}, {(Vouched(session, receipt, entry) ? "signed by the coordinator" : "NOT signed by the coordinator's key")}");
            page.Line("  checks");
            foreach (GateCheck check in entry.Checks) page.Line($"    {CheckWords.Describe(check)}");
            (string Block, string Place, string Number)[] read = parsed.GetValue(numbers) ? [.. PayloadNumbers.Of(entry, session.Seal)] : [];
            if (read.Length > 0) page.Line(entry.Clear is null ? "  numbers, as they left" : "  numbers under the mask; what left cannot be read without the other hospitals");
            foreach ((string block, string place, string number) in read) page.Line($"    {block}{place} = {number}");
            object document = Document(entry, entry.Payload?.Bytes.Length ?? 0, name);
            page.Json(parsed.GetValue(numbers) ? new { Answer = document, Numbers = read.Select(n => new { n.Block, n.Place, n.Number }) } : document);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static Command Export(SharedOptions shared)
    {
        (Argument<string> study, Argument<int> round, Option<int?> attempt) = Which();
        var to = new Option<string>("--to") { Description = "File to write; it must not exist.", HelpName = "FILE", Required = true };
        var clear = new Option<bool>("--clear") { Description = "Where the sum was masked: what was behind the mask, which never left." };
        var command = new Command("export", "The very bytes that left, for an audit.\n\nExamples:\n  federated-site outbox export fdg-lymphoma 3 --to round-3.bin\n  federated-site outbox export fdg-lymphoma 3 --clear --to round-3-clear.bin") { study, round, attempt, to, clear };
        shared.SetAction(command, (parsed, session, page, _) =>
        {
            OutboxEntry entry = Find(session.Store, parsed.GetValue(study)!, parsed.GetValue(round), parsed.GetValue(attempt));
            string file = parsed.GetValue(to)!;
            if (entry.Payload is not { } payload) throw new SiteErrorException("E3206", ExitCode.Input, $"Round {entry.Task.Round} was declined: no bytes left");
            if (File.Exists(file)) throw new SiteErrorException("E3201", ExitCode.Input, $"{file}: exists already; choose another name");
            ReadOnlyMemory<byte> bytes = parsed.GetValue(clear) && entry.Clear is { } behind
                ? session.Seal.Open(StateSeal.Clear, entry.Task, behind.Span)
                : payload.Bytes;
            PrivateFiles.Replace(file, bytes.Span);
            string digest = Digest.Of(bytes.Span).Hex;
            page.Line($"{bytes.Length} bytes written to {file}, SHA-256 {digest}");
            page.Json(new { File = file, Bytes = bytes.Length, Sha256 = digest });
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static (Argument<string> Study, Argument<int> Round, Option<int?> Attempt) Which() => (
        new Argument<string>("STUDY") { Description = "The study's id." }, new Argument<int>("ROUND") { Description = "The round." },
        new Option<int?>("--attempt") { Description = "Which attempt (default: the last).", HelpName = "N" });

    private static OutboxEntry Find(SqliteSiteStore store, string study, int round, int? attempt)
    {
        StudyUid uid = StudyFinder.Find(store, study).Uid;
        TaskKey? key = store.Outbox().Select(o => (TaskKey?)o.Entry.Task).LastOrDefault(t => t!.Value.Study == uid && t.Value.Round == round && (attempt is null || t.Value.Attempt == attempt));
        return key is { } found ? store.FindOutbox(found)!
            : throw new SiteErrorException("E3206", ExitCode.Input, $"Nothing was answered in round {round} of {study}; see federated-site outbox list");
    }

    private static bool Vouched(SiteSession session, Receipt receipt, OutboxEntry entry) =>
        SiteCredentials.Exist(session.Directory) && session.Credentials.Coordinator.Vouches(receipt, entry.Task, entry.Payload!.Digest);

    private static string State(OutboxLine line) => line.Outbox is { } outbox ? Describe(outbox.Entry) : line.Entry is null ? "waits for delivery" : "sent";

    private static string Short(string text, int most) => text.Length <= most ? text : text[..(most - 1)] + "\u2026";

    private static object Document(OutboxLine line) => new
    {
        line.At,
        Message = line.Kind,
        LedgerEntry = line.Entry,
        line.ToWhom,
        line.Why,
        ApprovedBy = line.Said.FindText("officer"),
        ApprovedAt = line.Said.FindText("decided-at"),
        ApprovalReference = line.Said.FindText("approval-reference"),
        line.Study,
        StudyUid = line.Uid.Hex,
        line.Task?.Round,
        line.Task?.Attempt,
        Plan = line.Said.FindHex("plan"),
        line.Analysis,
        line.Step,
        Kind = line.Outbox?.Entry.Kind.ToString(),
        line.What,
        line.Bytes,
        Sha256 = line.Said.FindHex("payload"),
        Protection = line.Said.FindText("protection"),
        CohortRowsAbout = line.Said.FindWhole("cohort-rows-about"),
        State = line.Outbox?.Entry.State.ToString() ?? "Sent",
        line.Outbox?.Entry.Settled,
        line.Outbox?.Entry.Refusal,
        Details = System.Text.Json.Nodes.JsonNode.Parse(Federated.Ledger.Exports.EntryJson.Fields(line.Said)),
    };

    private static string Describe(OutboxEntry entry) => entry.State switch
    {
        DeliveryState.Delivered => $"delivered {entry.Settled:u}",
        DeliveryState.Refused => $"refused {entry.Settled:u} (code {entry.Refusal})",
        _ => "waits for delivery",
    };

    private static string Numbers<T>(string name, System.Collections.Immutable.ImmutableArray<T> numbers) =>
        numbers.IsEmpty ? "" : $", {name} {string.Join(", ", numbers)}";

    private static object Document(OutboxEntry entry, long bytes, Func<StudyUid, string> name) => new
    {
        Study = name(entry.Task.Study),
        StudyUid = entry.Task.Study.Hex,
        entry.Task.Round,
        entry.Task.Attempt,
        Plan = entry.Plan.Hex,
        entry.Analysis,
        entry.Step,
        Kind = entry.Kind.ToString(),
        entry.Written,
        Bytes = bytes,
        Sha256 = entry.Payload?.Digest.Hex,
        Declined = entry.Decline is null ? null : new { Code = entry.Decline.Code.ToString(), entry.Decline.Where, entry.Decline.Counts },
        State = entry.State.ToString(),
        entry.Settled,
        entry.Refusal,
        Receipt = entry.Receipt is null ? null : new { entry.Receipt.Accepted, Signature = Convert.ToBase64String(entry.Receipt.Signature) },
        Checks = entry.Checks.Select(c => new { Rule = c.Rule.ToString(), c.Passed, c.Limit, c.Found, c.Where }),
    };
}
