using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.SiteAgent.Policy;

namespace Federated.SiteAgent.Gate;

/// <summary>The rules that look at the answer. Pure functions of their arguments.</summary>
internal static class ReleaseRules
{
    /// <summary>Exactly what was asked, and of a sum only blocks that the manifest lists, in the shape it lists (-1: the survey decides).</summary>
    public static GateCheck AnswerAsDeclared(GateRequest request, SiteAnswer answer)
    {
        StepDeclaration? declared = AdmissionRules.Declaration(request);
        bool oneOf = request.Task.Kind == ExchangeKind.Sum
            ? answer is { Sum: not null, Report: null }
            : answer is { Sum: null, Report: not null };
        bool listed = oneOf && declared is not null && (answer.Sum is null || answer.Sum.Layout.Blocks.All(block => Lists(declared, block)));
        return new GateCheck(GateRule.AnswerAsDeclared, listed, declared?.Items.Count, answer.Sum?.Layout.Blocks.Length);
    }

    public static GateCheck RoomForSites(GateRequest request, SiteAnswer answer)
    {
        if (answer.Sum is null) return new GateCheck(GateRule.RoomForSites, true);
        try
        {
            answer.Sum.RequireRoomFor(request.Task.Sites, [.. answer.Packed]);
            return new GateCheck(GateRule.RoomForSites, true, request.Task.Sites);
        }
        catch (OutOfRangeException tooLarge)
        {
            return new GateCheck(GateRule.RoomForSites, false, request.Task.Sites, null, FeatureOf(tooLarge, request));
        }
    }

    /// <summary>Counts of rows in bins are 0 or enough, whatever the analysis did to see to it. The record shows the smallest that is not 0.</summary>
    public static GateCheck HistogramBins(GateRequest request, SiteAnswer answer, SitePolicy policy)
    {
        int limit = policy.MinimumInBin(request.Plan.Privacy.MinimumRows);
        long? smallest = null;
        foreach (string block in answer.Bins)
            foreach (long count in PackedCounts.Every(answer.Sum!, block))
                if (count > 0 && count < (smallest ?? long.MaxValue)) smallest = count;
        return new GateCheck(GateRule.HistogramBins, smallest is null || smallest >= limit, limit, smallest);
    }

    /// <summary>A change of a model speaks for enough patients, or says that there was none.</summary>
    public static GateCheck PatientsPerUpdate(GateRequest request, SiteAnswer answer, SitePolicy policy)
    {
        if (AdmissionRules.Declaration(request) is not { Update: true }) return new GateCheck(GateRule.PatientsPerUpdate, true);
        bool enough = answer.Patients is { } patients && (patients >= policy.LeastPatientsPerUpdate || (patients == 0 && answer.Sum is { } sum && sum.Elements.IndexOfAnyExcept(Int128.Zero) < 0));
        return new GateCheck(GateRule.PatientsPerUpdate, enough, policy.LeastPatientsPerUpdate, answer.Patients);
    }

    /// <summary>A plan that promises noise is answered with sums of bounded parts only: the noise hides one patient because no patient adds more.</summary>
    public static GateCheck PatientBound(GateRequest request, SiteAnswer answer)
    {
        if (request.Noise is null) return new GateCheck(GateRule.PatientBound, true);
        bool bounded = AdmissionRules.Declaration(request) is { PatientBound: { } limit } && answer.Bounded is { } sum && sum.Bound <= limit && ReferenceEquals(sum.Sum, answer.Sum);
        return new GateCheck(GateRule.PatientBound, bounded, AdmissionRules.Declaration(request)?.PatientBound, answer.Bounded?.Bound);
    }

    /// <summary>No count below zero, no reason outside the vocabulary, and never more rows than the table and its exclusions hold.</summary>
    public static GateCheck ReportCounts(GateRequest request, SiteAnswer answer)
    {
        if (answer.Report is not { } report) return new GateCheck(GateRule.ReportCounts, true);
        long held = request.Table.Rows;
        bool sound = report.Rows.Used >= 0 && report.Rows.Used <= held;
        foreach ((ExclusionReason reason, long rows) in report.Rows.Excluded)
        {
            long most = request.Table.Excluded.GetValueOrDefault(reason) + (reason == ExclusionReason.OutsideFit ? held : 0);
            sound &= Enum.IsDefined(reason) && rows >= 0 && rows <= most;
        }

        return new GateCheck(GateRule.ReportCounts, sound, held, report.Rows.Used);
    }

    /// <summary>Phantoms of this site's scanners alone, each once, and only where the manifest lists them.</summary>
    public static GateCheck PhantomsAsDeclared(GateRequest request, SiteAnswer answer)
    {
        if (answer.Report is not { Phantoms: { IsEmpty: false } phantoms }) return new GateCheck(GateRule.PhantomsAsDeclared, true, null, 0);
        var held = request.Table.Scanner.ToImmutableHashSet();
        var seen = new HashSet<int>();
        bool declared = AdmissionRules.Declaration(request) is { } step && step.Items.Any(item => string.Equals(item.Name, Analyses.Phantoms.PhantomsAnalysis.Name, StringComparison.Ordinal));
        int? where = phantoms.Cast<ScannerPhantoms?>().FirstOrDefault(p => !held.Contains(p!.Scanner) || !seen.Add(p.Scanner) || p.Points.Length > ScannerPhantoms.MostPoints || !p.Points.All(point => point.IsSound))?.Scanner;
        return new GateCheck(GateRule.PhantomsAsDeclared, declared && where is null, null, phantoms.Length, where);
    }

    public static GateCheck ScannerEffectsShared(GateRequest request, SiteAnswer answer, SitePolicy policy)
    {
        if (answer.Report is not { } report || report.ScannerEffects.IsEmpty) return new GateCheck(GateRule.ScannerEffectsShared, true, null, 0);
        StudyPlan plan = request.Plan;
        bool shared = policy.ShareScannerEffects && plan.Privacy.ScannerEffects == ScannerEffectsTerms.Shared;
        var held = request.Table.Scanner.ToImmutableHashSet();
        var seen = new HashSet<int>();
        int? where = null;
        foreach (ScannerEffects effects in report.ScannerEffects)
        {
            bool sound = held.Contains(effects.Scanner) && seen.Add(effects.Scanner)
                && effects.GammaStar.Length == plan.Features.Length && effects.DeltaStar.Length == plan.Features.Length
                && !effects.GammaStar.Any(double.IsInfinity) && !effects.DeltaStar.Any(double.IsInfinity);
            if (!sound) where ??= effects.Scanner;
        }

        return new GateCheck(GateRule.ScannerEffectsShared, shared && where is null, held.Count, report.ScannerEffects.Length, where);
    }

    /// <summary>The feature of the plan that a position in a block speaks of: blocks over features have them on their last axis. Null: not a feature.</summary>
    public static int? FeatureOf(OutOfRangeException tooLarge, GateRequest request)
    {
        DeclaredItem? item = AdmissionRules.Declaration(request)?.Items.FirstOrDefault(i => string.Equals(i.Name, tooLarge.Block, StringComparison.Ordinal));
        int features = request.Plan.Features.Length;
        return item is { Shape.Count: > 0 } && item.Shape[^1] == features && features > 0 ? tooLarge.Index % features : null;
    }

    private static bool Lists(StepDeclaration declared, SumBlock block)
    {
        DeclaredItem? item = declared.Items.FirstOrDefault(i => string.Equals(i.Name, block.Name, StringComparison.Ordinal));
        if (item is null || item.Shape.Count != block.Shape.Length) return false;
        for (int axis = 0; axis < block.Shape.Length; axis++)
            if (item.Shape[axis] >= 0 && item.Shape[axis] != block.Shape[axis]) return false;
        return true;
    }
}
