using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;
using Federated.Statistics.Harmonization;
using Federated.Statistics.Harmonization.Smoothing;
using Federated.Statistics.Kernels;

namespace Federated.Analyses.Combat;

/// <summary>The coordinator half of ComBat.</summary>
internal sealed class CombatCoordinator
{
    private readonly StudyPlan _plan;
    private readonly CombatOptions _options;
    private readonly CombatDesign _design;
    private readonly SurveyResult _survey;
    private readonly CombatFrame _frame;
    private readonly int _sites;

    public CombatCoordinator(CoordinatorContext context)
    {
        _plan = context.Plan;
        _options = CombatOptions.From(context.Specification.Options);
        _survey = context.Survey ?? throw new ArgumentException("ComBat needs the survey.", nameof(context));
        _design = new CombatDesign(_plan, _options);
        _frame = CombatFrame.Of(_survey, _design);
        _sites = context.Sites;
    }

    public IEnumerable<Step> Steps()
    {
        CombatRequirements.Check(_plan, _options, _design, _survey);
        int steps = 2;

        BatchMeans[] joint = [];
        if (!_frame.Shared.IsEmpty)
        {
            var scannerMeans = new SumStep(CombatLayouts.ScannerMeans, Broadcast(), CombatLayouts.OfScannerMeans(_frame));
            yield return scannerMeans;
            joint = CombatBroadcasts.JointMeans(_frame, scannerMeans.Sum);
            steps += 2;
        }

        IEnumerable<Tensor> jointMeans = CombatBroadcasts.ToTensors(_frame, joint);
        var within = new SumStep(CombatLayouts.WithinScanners, Broadcast(jointMeans), CombatLayouts.OfWithinScanners(_frame));
        yield return within;
        (CombatModel model, Smoothness? smoothness) = Solve(within.Sum);
        var constant = new SortedSet<int>(Enumerable.Range(0, _plan.Features.Length).Where(f => CombatLayouts.ConstantCount(within.Sum, f) > 0));

        if (_options.Reference is not null)
        {
            var reference = new SumStep(
                CombatLayouts.Reference, Broadcast(jointMeans, CombatBroadcasts.ToTensors(model)), CombatLayouts.OfReference(_frame));
            yield return reference;
            model = MovedToReference(model, reference.Sum);
            steps++;
        }

        var jointEffects = new (double[] GammaHat, double[] DeltaHat)[joint.Length];
        if (joint.Length > 0)
        {
            var spread = new SumStep(
                CombatLayouts.ScannerSpread, Broadcast(jointMeans, CombatBroadcasts.ToTensors(model)), CombatLayouts.OfScannerSpread(_frame));
            yield return spread;
            BatchResiduals[] residuals = [.. joint.Select((_, s) => JointResiduals(spread.Sum, s))];
            for (int s = 0; s < joint.Length; s++) AddConstant(constant, joint[s], residuals[s], _frame.Shared[s]);
            for (int s = 0; s < joint.Length; s++)
                jointEffects[s] = BatchEffects.Unshrunk(model.Without(constant), joint[s], residuals[s], _frame.Incomplete, _options.Settings.MeanOnly);
        }

        CombatModel frozen = model.Without(constant);
        Broadcast Frozen(IEnumerable<Tensor> more) =>
            Broadcast(jointMeans, CombatBroadcasts.ToTensors(frozen), CombatBroadcasts.ToTensors(_plan.Features.Length, jointEffects), more);
        CovarianceCoordinator? covariance = null;
        if (_options.Covariance is { } choice)
        {
            int reference = _options.Reference is null ? -1 : _plan.Scanners.IndexOf(_options.Reference);
            covariance = new CovarianceCoordinator(choice, _survey, reference, _frame.Shared, joint);
            foreach (Step step in covariance.Steps(CombatRequirements.HarmonizedTogether(_plan, frozen, _frame), Frozen))
            {
                yield return step;
                steps++;
            }
        }

        var estimates = new ReportStep(CombatLayouts.Estimates, Frozen(covariance?.Tensors ?? []));
        yield return estimates;
        yield return new ConclusionStep(new CombatResult(_plan, _options, _design, _survey, _frame, _sites, steps) { Smoothness = smoothness, Components = covariance?.Components }.Of(frozen, constant, estimates.Reports));
    }

    private Broadcast Broadcast(params ReadOnlySpan<IEnumerable<Tensor>> parts)
    {
        ImmutableArray<Tensor>.Builder tensors = ImmutableArray.CreateBuilder<Tensor>();
        tensors.AddRange(_frame.ToTensors());
        foreach (IEnumerable<Tensor> part in parts) tensors.AddRange(part);
        return new Broadcast(tensors.ToImmutable());
    }

    private (CombatModel Model, Smoothness? Smoothness) Solve(SumVector sum)
    {
        int m = _frame.Incomplete.Length;
        var pooled = new PooledSums(_plan.Features.Length, _design.Columns, _frame.Incomplete)
        {
            Rows = sum[CombatLayouts.Rows, 0],
            DesignSum = CombatLayouts.ReadExactly(sum, CombatLayouts.SumX),
            FeatureSum = CombatLayouts.ReadExactly(sum, CombatLayouts.SumY),
            Design = CombatLayouts.ReadExactly(sum, CombatLayouts.XX),
            Cross = CombatLayouts.ReadExactly(sum, CombatLayouts.XY),
            Squares = CombatLayouts.ReadExactly(sum, CombatLayouts.YY),
            IncompleteRows = [.. Enumerable.Range(0, m).Select(i => sum[CombatLayouts.WeightRows, i])],
            Observed = [.. Enumerable.Range(0, m).Select(i => sum[CombatLayouts.Observed, i])],
            IncompleteDesignSum = CombatLayouts.ReadExactly(sum, CombatLayouts.ObservedSumX),
            IncompleteDesign = CombatLayouts.ReadExactly(sum, CombatLayouts.ObservedXX),
        };
        try
        {
            return _design.Terms.IsEmpty ? (pooled.Solve(), null) : pooled.Solve(_design.Terms, _survey.RowsPerScanner.Count(n => n > 0));
        }
        catch (SingularDesignException singular)
        {
            throw _design.Confounded(singular);
        }
    }

    /// <summary>
    /// The model in which the reference scanner is the norm: its intercept instead of the grand mean, and its own residual variance, divisor n.
    /// </summary>
    private CombatModel MovedToReference(CombatModel model, SumVector sum)
    {
        double[] centre = (double[])model.Centre.Clone(), variance = (double[])model.Variance.Clone();
        double[] rows = new double[centre.Length];
        Array.Fill(rows, _survey.RowsPerScanner[_plan.Scanners.IndexOf(_options.Reference!)]);
        for (int i = 0; i < _frame.Incomplete.Length; i++) rows[_frame.Incomplete[i]] = sum[CombatLayouts.Observed, i];
        for (int f = 0; f < centre.Length; f++)
        {
            double squares = rows[f] > 0 ? sum[CombatLayouts.Squares, f] / rows[f] : 0; // never measured on the reference: nothing to bring it to
            variance[f] = squares > PooledSums.LeastResidualShare * model.Variance[f] ? squares : 0;
            if (variance[f] > 0) centre[f] += sum[CombatLayouts.SumY, f] / rows[f];
        }

        return new CombatModel(model.DesignMean, centre, model.Beta, variance);
    }

    /// <summary>A shared scanner's residuals; a feature varies if it does so at any holder about the joint mean.</summary>
    private BatchResiduals JointResiduals(SumVector sum, int s)
    {
        int p = _plan.Features.Length;
        var residuals = new BatchResiduals(p);
        for (int f = 0; f < p; f++)
        {
            residuals.Squares[f] = sum[CombatLayouts.Squares, (s * p) + f];
            residuals.Deviation[f] = sum[CombatLayouts.Varying, (s * p) + f] > 0 ? double.PositiveInfinity : 0;
        }

        return residuals;
    }

    private void AddConstant(SortedSet<int> constant, BatchMeans means, BatchResiduals residuals, int scanner)
    {
        if (_frame.New.Contains(scanner)) return; // judged at that scanner only
        double[] scans = means.Scans(_frame.Incomplete.AsSpan());
        for (int f = 0; f < scans.Length; f++)
            if (scans[f] > 1 ? residuals.Deviation[f] == 0 : scans[f] == 1 && !_options.Settings.MeanOnly) constant.Add(f);
    }
}
