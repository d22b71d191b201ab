using System.CommandLine;
using System.Text.Json.Nodes;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;
using Federated.Analyses.Tables;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Noise;
using Federated.SiteAgent.Rounds;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>study: what is asked, and the officer's word on it.</summary>
internal static class StudyCommands
{
    private const int ShortestPrefix = 8;

    public static Command Create(SharedOptions shared)
    {
        var command = new Command("study", "What studies ask of this site, and the officer's word on them.");
        command.Add(List(shared));
        command.Add(Show(shared));
        command.Add(Approve(shared));
        command.Add(Withdraw(shared));
        command.Add(Pause(shared, "pause", "Answer nothing of a study until `study resume`. The approval stands; the coordinator is not told.", true));
        command.Add(Pause(shared, "resume", "Answer a paused study again.", false));
        return command;
    }

    private static Command List(SharedOptions shared)
    {
        var command = new Command("list", "Studies shown to this site.");
        shared.SetAction(command, async (_, session, page, cancellation) =>
        {
            bool reached = await RefreshAsync(session, cancellation);
            (var studies, DateTimeOffset? seen) = session.Store.Studies();
            page.Table(
                ["study", "state", "this site", "approved", "plan", "title"],
                studies.Select(s => (string[])[s.Id, $"{s.State}", Word(session, s), $"{s.SitesApproved} of {s.SitesRequired}", s.Plan.Hex[..12], s.Title]));
            if (!reached) page.Line(seen is null ? "The coordinator was never reached; run: federated-site doctor" : $"The coordinator cannot be reached now; as of {seen:u}.");
            page.Json(new
            {
                Reached = reached,
                Seen = seen,
                Studies = studies.Select(s => new
                {
                    s.Id,
                    Uid = s.Uid.Hex,
                    s.Title,
                    Plan = s.Plan.Hex,
                    State = s.State.ToString(),
                    Approval = s.Approval.ToString(),
                    Decision = Word(session, s),
                    s.SitesApproved,
                    s.SitesRequired,
                }),
            });
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show(SharedOptions shared)
    {
        Argument<string> id = Study();
        var command = new Command("show", "The manifest: what would leave, in plain language; and what this site holds for the study.\n\nExample:\n  federated-site study show fdg-lymphoma") { id };
        shared.SetAction(command, async (parsed, session, page, cancellation) =>
        {
            (StudyNotice study, StudyPlan plan, Manifest manifest) = await ReadAsync(session, parsed.GetValue(id)!, cancellation);
            PinnedRoster? roster = await RosterView.ReadAsync(session, study, cancellation);
            LocalView local = LocalView.Of(session, study, plan, roster);
            page.Line(manifest.Text);
            if (roster is not null) RosterView.Print(page, roster, session.Credentials.Identity.PublicKey);
            page.Line("At this site");
            foreach (string line in local.Lines(plan)) page.Line($"  {line}");
            page.Line($"  officer's word: {Word(session, study)}");
            if (session.Store.FindDecision(study.Uid, study.Plan) is null)
                page.Line($"\nTo approve: federated-site study approve {study.Id} --digest {study.Plan.Hex[..12]}");
            page.Json(new
            {
                study.Id,
                Uid = study.Uid.Hex,
                Plan = study.Plan.Hex,
                ManifestDigest = manifest.Digest,
                Manifest = JsonNode.Parse(manifest.Json),
                Roster = RosterView.Document(roster),
                Decision = Word(session, study),
                Site = local.Document(plan),
            });
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Approve(SharedOptions shared)
    {
        Argument<string> id = Study();
        var digest = new Option<string>("--digest") { Description = $"At least {ShortestPrefix} characters of the plan's digest, as `study show` prints it: confirms what was read.", HelpName = "PREFIX", Required = true };
        var hospitals = new Option<string?>("--roster") { Description = "Where sums are masked, the first characters of the list of hospitals, as `study show` prints it: confirms which fingerprints were compared.", HelpName = "PREFIX" };
        var command = new Command("approve", "Say yes to a plan, and to the hospitals its sums are masked with. Signed with this site's identity key; the running agent answers from then on.\n\nExample:\n  federated-site study approve fdg-lymphoma --digest 3fa9c1d2 --roster 90ab12cd") { id, digest, hospitals };
        Option<string?> officer = Officer(command);
        shared.SetAction(command, async (parsed, session, page, cancellation) =>
        {
            (StudyNotice study, _, Manifest manifest) = await ReadAsync(session, parsed.GetValue(id)!, cancellation);
            string prefix = parsed.GetValue(digest)!.Trim().ToLowerInvariant();
            if (prefix.Length < ShortestPrefix || !(study.Plan.Hex.StartsWith(prefix, StringComparison.Ordinal) || manifest.Digest.StartsWith(prefix, StringComparison.Ordinal)))
                throw new SiteErrorException("E3203", ExitCode.Input, $"The digest does not begin that of the plan as it is now ({study.Plan.Hex[..12]}...); read it again with: federated-site study show {study.Id}");
            PinnedRoster? roster = await RosterView.ReadAsync(session, study, cancellation);
            string compared = parsed.GetValue(hospitals)?.Trim().ToLowerInvariant() ?? "";
            if (compared.Length > 0 && roster?.Digest.Hex.StartsWith(compared, StringComparison.Ordinal) != true)
                throw new SiteErrorException("E3203", ExitCode.Input, $"The list of hospitals is not the one that begins with {Analyses.PlainText.Shown(compared)}; compare the fingerprints again with: federated-site study show {study.Id}");
            if (roster is not null && roster.Keys.IndexOf(session.Credentials.Identity.PublicKey) < 0)
                throw new SiteErrorException("E3208", ExitCode.Refused, $"This site's own key is not among the hospitals of {study.Id}: nothing it sends could be masked with theirs; tell the coordinator's operator");
            OfficerDecision decision = OfficerDecision.Approve(session.Credentials.Identity, study.Uid, study.Plan, new Digest(manifest.Digest), session.Time.GetUtcNow(), study.Roster) with { Officer = Named(shared, parsed, officer) };
            session.Store.RecordDecision(decision);
            bool sent = await TryAsync(() => session.Link.ApproveAsync(study.Uid, study.Plan, decision.Manifest, decision.Roster, decision.Signature, cancellation));
            return Said(page, study, "approved", sent);
        });
        return command;
    }

    private static Command Withdraw(SharedOptions shared)
    {
        Argument<string> id = Study();
        var command = new Command("withdraw", "Say no, or no more: nothing leaves for this study from now on. What has left stays summed.\n\nExample:\n  federated-site study withdraw fdg-lymphoma") { id };
        Option<string?> officer = Officer(command);
        shared.SetAction(command, async (parsed, session, page, cancellation) =>
        {
            StudyNotice study = await FindAsync(session, parsed.GetValue(id)!, cancellation);
            Digest manifest = session.Store.FindDecision(study.Uid, study.Plan)?.Manifest ?? new Digest(new string('0', 64));
            OfficerDecision decision = OfficerDecision.Withdraw(session.Credentials.Identity, study.Uid, study.Plan, manifest, session.Time.GetUtcNow()) with { Officer = Named(shared, parsed, officer) };
            session.Store.RecordDecision(decision); // holds at this site from here on, reached or not
            bool sent = await TryAsync(() => session.Link.WithdrawAsync(study.Uid, study.Plan, decision.Signature, cancellation));
            return Said(page, study, "withdrawn", sent);
        });
        return command;
    }

    private static Command Pause(SharedOptions shared, string name, string about, bool paused)
    {
        Argument<string> id = Study();
        var command = new Command(name, about) { id };
        shared.SetAction(command, (parsed, session, page, _) =>
        {
            StudyNotice study = StudyFinder.Find(session.Store, parsed.GetValue(id)!);
            if (session.Store.FindDecision(study.Uid, study.Plan) is not { Verdict: OfficerVerdict.Approved } decision)
                throw new SiteErrorException("E3207", ExitCode.Input, $"{study.Id} is not approved at this site, so there is nothing to {name}");
            session.Store.RecordDecision(decision with { Paused = paused });
            page.Line($"{study.Id}: {(paused ? "paused" : "resumed")} at this site.");
            page.Json(new { study.Id, Paused = paused });
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static Option<string?> Officer(Command command)
    {
        var officer = new Option<string?>("--officer") { Description = "Who decides, for this site's own records (default: the account that runs the command). It stays here.", HelpName = "NAME" };
        command.Add(officer);
        return officer;
    }

    private static string Named(SharedOptions shared, ParseResult parsed, Option<string?> officer)
    {
        string name = (parsed.GetValue(officer) ?? shared.Console.Environment("SUDO_USER") ?? shared.Console.Environment("USER") ?? shared.Console.Environment("USERNAME") ?? "").Trim();
        return name.Length == 0 ? "not stated" : Analyses.PlainText.Shown(name[..Math.Min(name.Length, 200)]);
    }

    private static Argument<string> Study() => new("STUDY") { Description = "The study's id, as in `study list`." };

    private static ExitCode Said(Page page, StudyNotice study, string word, bool sent)
    {
        page.Line($"{study.Id}: {word}, plan {study.Plan.Hex[..12]}.");
        if (!sent) page.Line("The coordinator cannot be reached now; the running agent tells it as soon as it can.");
        page.Json(new { study.Id, Decision = word, Plan = study.Plan.Hex, Sent = sent });
        return ExitCode.Done;
    }

    private static string Word(SiteSession session, StudyNotice study) => session.Store.FindDecision(study.Uid, study.Plan) switch
    {
        null => "waiting",
        { Verdict: OfficerVerdict.Approved } old when old.Roster != study.Roster => "waiting (the list of hospitals changed since the approval)",
        { Verdict: OfficerVerdict.Withdrawn } => "withdrawn",
        { Paused: true } => "paused",
        _ => "approved",
    };

    /// <summary>The coordinator's present word, kept; false when it cannot be reached.</summary>
    private static Task<bool> RefreshAsync(SiteSession session, CancellationToken cancellation) => TryAsync(async () =>
        session.Store.RecordStudies((await session.Link.SyncAsync(cancellation)).Studies, session.Time.GetUtcNow()));

    private static async Task<StudyNotice> FindAsync(SiteSession session, string id, CancellationToken cancellation)
    {
        await RefreshAsync(session, cancellation);
        return StudyFinder.Find(session.Store, id);
    }

    private static async Task<(StudyNotice Study, StudyPlan Plan, Manifest Manifest)> ReadAsync(SiteSession session, string id, CancellationToken cancellation)
    {
        StudyNotice study = await FindAsync(session, id, cancellation);
        if (session.Store.FindPlan(study.Plan) is not { } bytes)
        {
            bytes = await session.Link.GetPlanAsync(study.Uid, study.Plan, cancellation);
            if (Digest.Of(bytes) != study.Plan)
                throw new SiteErrorException("E3204", ExitCode.Input, $"The plan of {study.Id} arrived with other bytes than announced; try again, and tell the coordinator's operator if it stays so");
            session.Store.AddPlan(study.Plan, bytes);
        }

        try
        {
            StudyPlan plan = AgentVocabulary.Standard.ReadPlan(bytes);
            return (study, plan, Manifest.For(plan));
        }
        catch (PlanInvalidException unreadable)
        {
            throw new SiteErrorException("E3204", ExitCode.Input, $"This release cannot read the plan of {study.Id} ({unreadable.Message}); update federated-site, or tell the coordinator's operator", unreadable);
        }
    }

    private static async Task<bool> TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (CoordinatorUnreachableException)
        {
            return false;
        }
    }

    /// <summary>What this site holds for a study, and what its gate would say.</summary>
    private sealed record LocalView(StudyTableBuild? Build, string? Obstacle, System.Collections.Immutable.ImmutableArray<GateCheck> Checks)
    {
        /// <summary>What studies with noise told and may tell of this hospital's patients; null where this study has none.</summary>
        public NoiseTold? Noise { get; private init; }

        public static LocalView Of(SiteSession session, StudyNotice study, StudyPlan plan, PinnedRoster? roster)
        {
            try
            {
                StudyTableBuild build = session.Tables.Build(study.Plan, plan);
                var survey = new SiteTask(
                    new TaskKey(study.Uid, 1, 1), study.Plan, SurveyAnalysis.Name, SurveyAnalysis.Step, Analyses.ExchangeKind.Sum, study.Plan, 0, study.SitesRequired, session.Time.GetUtcNow())
                {
                    Masking = roster is null ? null : new MaskingTask(Privacy.SecureAggregation.CoordinatorStep.Keys, [.. Enumerable.Range(0, roster.Hospitals.Length)]),
                };
                var request = new GateRequest(survey, null, plan, SurveyAnalysis.Specification, new SurveyAnalysis(), build.Table);
                return new LocalView(build, null, ApprovedPayload.Gate.Foresee(request, session.Policy())) { Noise = NoiseTold.Of(session.Store.Ledger, session.Policy(), study.Uid, study.Plan, plan) };
            }
            catch (TableInvalidException unusable)
            {
                return new LocalView(null, $"{unusable.Code}: {unusable.Message}", []);
            }
        }

        public IEnumerable<string> Lines(StudyPlan plan)
        {
            if (Build is null)
            {
                yield return $"the imported tables do not fit this plan: {Obstacle}";
                yield break;
            }

            for (int s = 0; s < plan.Scanners.Length; s++)
                if (Build.Diagnostics.RowsPerScanner[s] > 0) yield return $"scanner {plan.Scanners[s]}: {Build.Diagnostics.RowsPerScanner[s]} rows";
            foreach ((var reason, long rows) in Build.Table.Excluded) yield return $"left out, {reason}: {rows} rows";
            foreach (GateCheck check in Checks) yield return CheckWords.Describe(check);
            if (Noise is { } noise) yield return noise.Line;
            else if (Smallest(plan) is { } smallest)
            {
                yield return $"predicted membership inference: {PredictedRisk.Percent(PredictedRisk.For(plan, smallest.Rows))} of the {smallest.Rows} patients of scanner {smallest.Scanner} (your smallest), "
                    + $"{PredictedRisk.Percent(PredictedRisk.For(plan, Build.Table.Rows))} of all {Build.Table.Rows} here, would be found at 1 % false alarms; guessing finds 1 %";
            }
        }

        private (string Scanner, long Rows)? Smallest(StudyPlan plan)
        {
            (string Scanner, long Rows)[] held = [.. plan.Scanners.Select((name, s) => (name, (long)Build!.Diagnostics.RowsPerScanner[s])).Where(s => s.Item2 > 0)];
            return held.Length == 0 ? null : held.MinBy(s => s.Rows);
        }

        public object Document(StudyPlan plan) => new
        {
            Obstacle,
            Rows = Build?.Table.Rows,
            RowsPerScanner = Build is null ? null : plan.Scanners.Select((name, s) => new { Scanner = name, Rows = Build.Diagnostics.RowsPerScanner[s] }).ToArray(),
            Excluded = Build?.Table.Excluded.Select(e => new { Reason = e.Key.ToString(), Rows = e.Value }).ToArray(),
            MembershipInference = Build is { Table.Rows: > 0 } ? Smallest(plan) is { } smallest ? new { OfSmallestScanner = PredictedRisk.For(plan, smallest.Rows), OfAll = PredictedRisk.For(plan, Build.Table.Rows) } : null : null,
            Noise,
            Checks = Checks.Select(c => new { Rule = c.Rule.ToString(), c.Passed, c.Limit, c.Found, c.Where }).ToArray(),
        };
    }
}
