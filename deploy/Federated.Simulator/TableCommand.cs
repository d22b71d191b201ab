using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Coordinator.Accounts;
using Federated.Coordinator.Pages.Access;
using Federated.Coordinator.Pages.Reports;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Service;
using Federated.Simulator.Consortium;
using Federated.Simulator.Output;
using Federated.Simulator.Report;
using Federated.SiteAgent.Link;

namespace Federated.Simulator;

/// <summary>A study on tables: read, dealt to sites, run, written.</summary>
public static class TableCommand
{
    /// <summary>Runs it; returns the exit code.</summary>
    public static async Task<int> RunAsync(TableRequest request, TextWriter output, Progress progress, TextWriter error, CancellationToken cancellation)
    {
        StudyRun run = await RunAsync(request, progress, WriteAsync, cancellation);
        return run.Refused.Any() ? SimulatorProgram.Refused : SimulatorProgram.Done;

        async Task WriteAsync(StudyRun ended)
        {
            ResultsFolder.Write(ended, request.Out);
            await File.WriteAllTextAsync(Path.Combine(request.Out, "report.html"), SimulatedReport.Write(ended), cancellation);
            if (request.Json) await output.WriteLineAsync(ResultsFolder.Summary(ended).ToJsonString());
            else ClosingTable.Write(ended, request.Out, output);
            foreach (AnalysisFinding refused in ended.Refused) await error.WriteLineAsync($"{refused.Analysis.Id} was refused ({refused.Code}): {refused.Reason}");
            if (!ended.Refused.Any()) await request.Then();
        }
    }

    private static async Task<StudyRun> RunAsync(TableRequest request, Progress progress, Func<StudyRun, Task> write, CancellationToken cancellation)
    {
        var phases = ImmutableArray.CreateBuilder<Phase>();
        long start = Stopwatch.GetTimestamp();
        void Lap(string phase)
        {
            phases.Add(new Phase(phase, Stopwatch.GetElapsedTime(start)));
            start = Stopwatch.GetTimestamp();
        }

        StudyInputs inputs = StudyInputs.Read(request);
        (ImmutableArray<SimulatedSite> sites, int unassigned) = SimulatedSite.Deal(inputs.Study.SiteColumn, inputs.Study.ScannerColumn, inputs.Features, inputs.Cohort);
        if (sites.IsEmpty) throw new InputException($"{request.Cohort}: no row names its {(inputs.Study.SiteColumn is null ? "scanner" : "site")}: fill the column '{inputs.Study.SiteColumn ?? inputs.Study.ScannerColumn}'.");
        StudyPlan plan = inputs.Plan;
        byte[] document = PlanDocument.Write(plan);
        progress.Say($"{inputs.Features.Rows:N0} scans, {plan.Features.Length:N0} features, {plan.Scanners.Length} scanners at {sites.Length} hospitals");
        if (unassigned > 0) progress.Say($"{unassigned} rows name no hospital and take no part");
        Lap("read");

        var record = new ConcurrentQueue<ExchangedMessage>();
        var setting = new ConsortiumSetting(plan, sites, PolicyChoice.Read(request.Policy), request.Seed,
            (link, site) => new RecordingLink(link, site, plan, record))
        { Pages = request.Pages };
        ImmutableArray<Drop> drops = Drops(request, plan, sites);
        await using ITransport transport = request.Faults is { } faults
            ? FaultyTransport.Start(setting, faults)
            : !drops.IsEmpty ? DroppingTransport.Start(setting, drops)
            : request.Transport == "memory" ? MemoryTransport.Start(setting) : await GrpcTransport.StartAsync(setting, progress, cancellation);
        progress.Say($"{sites.Length} hospitals have joined ({transport.Name})");
        if (transport is GrpcTransport { Server: { Pages: { } pages } server }) ShowLinks(server, pages, progress);
        Lap("start");

        ImmutableArray<AnalysisFinding> findings = await ConsortiumRun.RunAsync(transport, plan.Id, document, progress, cancellation);
        Lap("study");

        var digest = Digest.Of(document);
        ImmutableArray<SiteOutcome> outcomes =
            [.. transport.Agents.Select(agent => new SiteOutcome(agent.Site.Label, agent.Tables.Read(digest, plan), Harmonized(agent, digest)))];
        var run = new StudyRun(
            await ReportedStudy.ReadAsync(transport.Studies, plan.Id, cancellation), plan, document, Manifest.For(plan).Text, transport.Name, inputs.IdColumn, inputs.Features, outcomes, findings,
            [.. record.OrderBy(m => m.Attempt).ThenBy(m => m.Round).ThenBy(m => m.Site, StringComparer.Ordinal)], phases.ToImmutable())
        {
            Drops = transport is DroppingTransport dropping ? dropping.Drops : [],
        };
        await write(run);
        if (request.Pages is null) return run;
        progress.Say("The pages stay until Ctrl-C; then everything but the results goes.");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        }
        catch (OperationCanceledException)
        {
            // Being asked to stop is how looking at pages ends.
        }

        return run;
    }

    private static void ShowLinks(CoordinatorServer server, Uri pages, Progress progress)
    {
        AccountBook accounts = server.Directory.Accounts(TimeProvider.System);
        foreach (Role role in Enum.GetValues<Role>())
            progress.Say($"pages as {role.ToString().ToLowerInvariant()}: {new Uri(pages, $"/set-up?token={accounts.Invite(role.ToString().ToLowerInvariant(), role)}")}");
    }

    private static ImmutableArray<Drop> Drops(TableRequest request, StudyPlan plan, ImmutableArray<SimulatedSite> sites)
    {
        if (request.Drops.IsEmpty) return [];
        if (request.Faults is not null) throw new InputException("--drop and --faults: choose one; each runs the study on a schedule of its own.");
        if (plan.Privacy.Aggregation != Aggregation.Secure) throw new InputException($"--drop {request.Drops[0]}: {request.Study} says aggregation: plain, which has no steps to drop out of; write aggregation: secure.");
        ImmutableArray<Drop> drops = [.. request.Drops.Select(d => Drop.Parse(d, sites.Select(s => s.Label)))];
        return drops.GroupBy(d => d.Site, StringComparer.Ordinal).FirstOrDefault(g => g.Skip(1).Any()) is { } twice
            ? throw new InputException($"--drop: {twice.Key} is named twice; a hospital falls silent once.")
            : drops;
    }

    private static IReadOnlyDictionary<string, HarmonizedTable> Harmonized(SimulatedAgent agent, Digest plan)
    {
        Federated.SiteAgent.Link.StudyNotice study = agent.Store.Studies().Studies.Single(s => s.Plan == plan);
        return agent.Store.Harmonized(study.Uid, plan);
    }
}
