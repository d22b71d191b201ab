using System.Collections.Immutable;
using System.Security.Cryptography;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;
using Federated.Analyses.Tables;
using Federated.Coordinator.Identity;
using Federated.Coordinator.Service;

namespace Federated.Coordinator.Tests.Kit;

/// <summary>A hospital with one scanner and a few rows, and its officer's key.</summary>
public sealed class TestHospital(int index)
{
    private static readonly ImmutableArray<ECDsa> Keys = [.. Enumerable.Range(0, 32).Select(_ => ECDsa.Create(ECCurve.NamedCurves.nistP256))];

    public string Name { get; } = $"hospital-{index:00}";

    public ECDsa Key { get; } = Keys[index];

    public SiteIdentity Identity => new(Name, Key.ExportSubjectPublicKeyInfo());

    /// <summary>Awkward numbers, so that an order of addition would show in floating point.</summary>
    public double[] Values { get; } = [.. Enumerable.Range(0, 3 + index).Select(i => Math.Pow(3, index - i) + (0.1 * i))];

    public StudyTable Table(StudyPlan plan)
    {
        ImmutableArray<string> rows = [.. Values.Select((_, i) => $"row-{i:000}")];
        int[] scanner = [.. Values.Select(_ => index)];
        return new StudyTable(plan, rows, scanner, [], Values, [.. Values.Select(_ => true)], ImmutableSortedDictionary<ExclusionReason, long>.Empty);
    }

    /// <summary>What this hospital sends for a task.</summary>
    public byte[] Answer(StudyPlan plan, SiteTask task, byte[] broadcast)
    {
        SiteAnswer answer = Compute(plan, task.Analysis, task.Step, task.Sites, TestCodec.DecodeBroadcast(broadcast));
        return answer.Sum?.ToPayload() ?? TestCodec.EncodeReport(answer.Report!);
    }

    public SiteAnswer Compute(StudyPlan plan, string analysis, string step, int sites, Broadcast broadcast)
    {
        AnalysisSpecification specification = plan.Analyses.FirstOrDefault(a => string.Equals(a.Id, analysis, StringComparison.Ordinal)) ?? SurveyAnalysis.Specification;
        var context = new SiteContext(plan, specification, Table(plan), sites, ImmutableDictionary<string, HarmonizedTable>.Empty);
        return TestAnalyses.Find(specification.Kind)!.Answer(context, step, broadcast);
    }

    public byte[] SignApproval(StudyUid study, Digest plan, Digest manifest, Digest? roster = null) =>
        Key.SignHash(roster is { } hospitals ? SignedStatement.Approval(study, plan, manifest, hospitals) : SignedStatement.Approval(study, plan, manifest));

    public byte[] SignWithdrawal(StudyUid study, Digest plan) => Key.SignHash(SignedStatement.Withdrawal(study, plan));
}
