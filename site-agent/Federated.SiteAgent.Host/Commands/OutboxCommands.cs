using System.CommandLine;
using Federated.Privacy.Randomness;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>outbox: what left, when, under which checks, and the coordinator's receipt.</summary>
internal static class OutboxCommands
{
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
        var command = new Command("list", "Every answer, oldest first.\n\nExamples:\n  federated-site outbox list\n  federated-site outbox list --study fdg-lymphoma --json") { study };
        shared.SetAction(command, (parsed, session, page, _) =>
        {
            StudyUid? only = parsed.GetValue(study) is { } id ? StudyFinder.Find(session.Store, id).Uid : null;
            OutboxSummary[] entries = [.. session.Store.Outbox().Where(o => only is null || o.Entry.Task.Study == only)];
            Func<StudyUid, string> name = StudyFinder.Names(session.Store);
            page.Table(
                ["study", "round", "attempt", "analysis", "step", "what", "bytes", "written", "state"],
                entries.Select(o => (string[])[
                    name(o.Entry.Task.Study), $"{o.Entry.Task.Round}", $"{o.Entry.Task.Attempt}", o.Entry.Analysis, o.Entry.Step,
                    o.Entry.Decline is { } no ? $"declined: {no.Code}" : $"{o.Entry.Kind}", $"{o.Bytes}", $"{o.Entry.Written:u}", Describe(o.Entry)]));
            page.Json(new { Entries = entries.Select(o => Document(o.Entry, o.Bytes, name)) });
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static Command Show(SharedOptions shared)
    {
        (Argument<string> study, Argument<int> round, Option<int?> attempt) = Which();
        var command = new Command("show", "One answer with every check of the gate and the coordinator's receipt.\n\nExample:\n  federated-site outbox show fdg-lymphoma 3") { study, round, attempt };
        shared.SetAction(command, (parsed, session, page, _) =>
        {
            OutboxEntry entry = Find(session.Store, parsed.GetValue(study)!, parsed.GetValue(round), parsed.GetValue(attempt));
            Func<StudyUid, string> name = StudyFinder.Names(session.Store);
            page.Line($"{name(entry.Task.Study)}, round {entry.Task.Round}, attempt {entry.Task.Attempt}: {entry.Analysis}, {entry.Step} ({entry.Kind})");
            page.Line($"  plan       {entry.Plan.Hex}");
            page.Line($"  written    {entry.Written:u}");
            if (entry.Payload is { } payload) page.Line($"  payload    {payload.Bytes.Length} bytes, SHA-256 {payload.Digest.Hex}");
            if (entry.Decline is { } decline) page.Line($"  declined   {decline.Code}{Numbers("where", decline.Where)}{Numbers("counts", decline.Counts)}");
            page.Line($"  state      {Describe(entry)}");
            if (entry.Receipt is { } receipt)
                page.Line($"  receipt    accepted {receipt.Accepted:u}, {(Vouched(session, receipt, entry) ? "signed by the coordinator" : "NOT signed by the coordinator's key")}");
            page.Line("  checks");
            foreach (GateCheck check in entry.Checks) page.Line($"    {CheckWords.Describe(check)}");
            page.Json(Document(entry, entry.Payload?.Bytes.Length ?? 0, name));
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
                ? new StateSeal(session.Credentials.Identity, new SystemRandomness()).Open(StateSeal.Clear, entry.Task, behind.Span)
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

/// <summary>The gate's checks in words.</summary>
internal static class CheckWords
{
    public static string Describe(GateCheck check)
    {
        string numbers = (check.Limit, check.Found) switch
        {
            ({ } limit, { } found) => $" (limit {limit:0.##}, found {found:0.##})",
            ({ } limit, null) => $" (limit {limit:0.##})",
            (null, { } found) => $" (found {found:0.##})",
            _ => "",
        };
        return $"{(check.Passed ? "ok    " : "FAILED")} {Words(check.Rule)}{numbers}{(check.Where is { } where && !check.Passed ? $", at {Place(check.Rule)} {where} of the plan" : "")}";
    }

    private static string Place(GateRule rule) => rule switch
    {
        GateRule.RowsPerScanner or GateRule.ScannerEffectsShared => "scanner",
        GateRule.RowsPerLevel => "covariate",
        _ => "feature",
    };

    private static string Words(GateRule rule) => rule switch
    {
        GateRule.PlanApproved => "the officer approved exactly this plan",
        GateRule.KindAllowed => "the officer's policy allows this kind of analysis",
        GateRule.StepDeclared => "the manifest lists this step",
        GateRule.SinglePatientsAllowed => "the officer's policy allows sums that can tell of single patients, or this is none",
        GateRule.ProtectionAsPromised => "sums are protected as the plan promises",
        GateRule.RowsHeld => "this site has rows of the study",
        GateRule.RowsPerScanner => "enough rows per scanner",
        GateRule.RowsPerLevel => "enough rows per level of each covariate",
        GateRule.ParametersPerRow => "not too many covariates for the rows",
        GateRule.AnswerAsDeclared => "what leaves is what the manifest lists",
        GateRule.RoomForSites => "the sum over all sites cannot overflow",
        GateRule.RosterApproved => "those who mask together are hospitals the officer approved",
        GateRule.ReportCounts => "a report's counts belong to this site's rows",
        _ => "scanner effects leave only where they are shared",
    };
}

/// <summary>Studies by the name a person uses.</summary>
internal static class StudyFinder
{
    /// <summary>The study of that id, or of that uid where two have the same id.</summary>
    /// <exception cref="SiteErrorException">E3202.</exception>
    public static StudyNotice Find(ISiteStore store, string id)
    {
        StudyNotice[] found = [.. store.Studies().Studies.Where(s => string.Equals(s.Id, id, StringComparison.Ordinal) || string.Equals(s.Uid.Hex, id, StringComparison.Ordinal))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new SiteErrorException("E3202", ExitCode.Input, $"No study '{Analyses.PlainText.Shown(id)}' is known here; see federated-site study list"),
            _ => throw new SiteErrorException("E3202", ExitCode.Input, $"{found.Length} studies are called '{id}'; name one by its uid: {string.Join(", ", found.Select(s => s.Uid.Hex))}"),
        };
    }

    /// <summary>A study's id, or its uid where it is not known any more.</summary>
    public static Func<StudyUid, string> Names(ISiteStore store)
    {
        Dictionary<StudyUid, string> names = store.Studies().Studies.ToDictionary(s => s.Uid, s => s.Id);
        return uid => names.GetValueOrDefault(uid, uid.Hex);
    }
}
