using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Statistics.Harmonization;
using Federated.Statistics.Harmonization.Covariance;
using Federated.Statistics.Kernels;

namespace Federated.Analyses.Combat;

/// <summary>
/// The site half of ComBat. Sums are taken scanner by scanner over rows in canonical order and only then converted to integers and added, so dealing
/// whole scanners to other sites changes no bit of any total.
/// </summary>
internal sealed class CombatSite
{
    private readonly StudyPlan _plan;
    private readonly CombatOptions _options;
    private readonly StudyTable _table;
    private readonly BroadcastReader _broadcast;
    private readonly CombatFrame _frame;
    private readonly double[] _design; // covariates divided by their powers of two
    private readonly int _threads = Environment.ProcessorCount; // changes no bit of any result

    public CombatSite(StudyPlan plan, CombatOptions options, StudyTable table, Broadcast broadcast)
    {
        _plan = plan;
        _options = options;
        _table = table;
        _broadcast = new BroadcastReader(broadcast);
        var design = new CombatDesign(plan, options);
        Columns = design.Columns;
        _frame = CombatFrame.Read(_broadcast, plan, design);
        _design = design.Build(table.Design, plan.DesignColumns.Length, _frame.DesignExponent);
        Scanners = [.. Gathered()];
    }

    /// <summary>The scanners here, each with its rows.</summary>
    public ImmutableArray<ScannerRows> Scanners { get; }

    private int Columns { get; }

    private int Features => _plan.Features.Length;

    /// <summary>Sums of shared scanners, row by row: exact, so they do not depend on who holds which row.</summary>
    public SiteAnswer ScannerMeans()
    {
        int k = Columns, p = Features, m = _frame.Incomplete.Length;
        var sum = new SumVector(CombatLayouts.OfScannerMeans(_frame));
        double[] values = new double[p];
        foreach ((int scanner, _, _, BatchData batch, _) in Scanners)
        {
            int s = _frame.Shared.IndexOf(scanner);
            if (s < 0) continue;
            sum.Add(CombatLayouts.Rows, s, batch.Rows.Length);
            foreach (int row in batch.Rows)
            {
                ReadOnlySpan<double> design = _design.AsSpan(row * k, k);
                sum.Add(CombatLayouts.SumX, s * k, design);
                for (int f = 0; f < p; f++) values[f] = double.IsNaN(Value(row, f)) ? 0 : Value(row, f);
                sum.Add(CombatLayouts.SumY, s * p, values);
                for (int i = 0; i < m; i++)
                {
                    if (double.IsNaN(Value(row, _frame.Incomplete[i]))) continue;
                    sum.Add(CombatLayouts.Observed, (s * m) + i, 1);
                    sum.Add(CombatLayouts.ObservedSumX, ((s * m) + i) * k, design);
                }
            }
        }

        return new SiteAnswer { Sum = sum };
    }

    /// <summary>N, s_x, s_y, A, C, Q about scanner means, and in how many scanners each feature is constant.</summary>
    public SiteAnswer WithinScanners()
    {
        BatchMeans[] joint = CombatBroadcasts.ReadJointMeans(_broadcast, _frame);
        var sum = new SumVector(CombatLayouts.OfWithinScanners(_frame));
        foreach ((int scanner, _, _, BatchData batch, _) in Scanners.Where(s => !s.IsNew))
        {
            int s = _frame.Shared.IndexOf(scanner);
            BatchMeans means = s < 0 ? batch.Means(_threads) : joint[s];
            BatchMoments moments = batch.Moments(means, _threads);
            AddMeans(sum, batch, means);
            AddMoments(sum, moments);
            if (s < 0) CountConstant(sum, means, moments);
        }

        return new SiteAnswer { Sum = sum, Packed = [CombatLayouts.Constant] };
    }

    /// <summary>How far the reference scanner lies from the consortium's model, and its own residuals; zeros where it is not held.</summary>
    public SiteAnswer Reference(int reference)
    {
        BatchMeans[] joint = CombatBroadcasts.ReadJointMeans(_broadcast, _frame);
        CombatModel model = CombatBroadcasts.ReadModel(_broadcast, Columns, Features);
        var sum = new SumVector(CombatLayouts.OfReference(_frame));
        foreach ((int scanner, _, _, BatchData batch, _) in Scanners.Where(s => s.Scanner == reference))
        {
            int s = _frame.Shared.IndexOf(scanner);
            BatchMeans means = s < 0 ? batch.Means(_threads) : joint[s];
            double[] shift = means.Shift(model, _frame.Incomplete.AsSpan());
            double[] rows = new double[Features];
            Array.Fill(rows, batch.Rows.Length);
            for (int i = 0; i < _frame.Incomplete.Length; i++)
            {
                rows[_frame.Incomplete[i]] = batch.Observed(_frame.Incomplete[i]).Length;
                sum.Add(CombatLayouts.Observed, i, rows[_frame.Incomplete[i]]);
            }

            for (int f = 0; f < Features; f++)
                if (rows[f] > 0) CombatLayouts.AddExactly(sum, CombatLayouts.SumY, f, DoubleDouble.Product(rows[f], shift[f]));
            sum.Add(CombatLayouts.Squares, batch.Residuals(means, model.Beta, _threads).Squares);
        }

        return new SiteAnswer { Sum = sum };
    }

    /// <summary>Residual sums of squares of shared scanners about their joint means.</summary>
    public SiteAnswer ScannerSpread()
    {
        BatchMeans[] joint = CombatBroadcasts.ReadJointMeans(_broadcast, _frame);
        CombatModel model = CombatBroadcasts.ReadModel(_broadcast, Columns, Features);
        var sum = new SumVector(CombatLayouts.OfScannerSpread(_frame));
        foreach ((int scanner, _, _, BatchData batch, _) in Scanners)
        {
            int s = _frame.Shared.IndexOf(scanner);
            if (s < 0) continue;
            BatchResiduals residuals = batch.Residuals(joint[s], model.Beta, _threads);
            sum.Add(CombatLayouts.Squares, s * Features, residuals.Squares);
            for (int f = 0; f < Features; f++)
                if (!BatchData.IsConstant(residuals.Deviation[f], joint[s].Feature[f])) sum.Add(CombatLayouts.Varying, (s * Features) + f, 1);
        }

        return new SiteAnswer { Sum = sum };
    }

    /// <summary>Estimates the scanners here, adjusts every row, and reports how many rows were used and, if agreed, the scanners' effects.</summary>
    public SiteAnswer Estimates(int? reference)
    {
        CombatModel model = CombatBroadcasts.ReadModel(_broadcast, Columns, Features);
        (double[] harmonized, ImmutableArray<LocalScannerEstimates> estimates) = Adjusted(model, reference);
        if (_options.Covariance is not null)
        {
            PrincipalComponents components = CovarianceLayouts.ReadComponents(_broadcast, Harmonized(model));
            new CovarianceSite(this, model).Adjust(harmonized, components, _broadcast, _frame.Shared, reference);
        }

        if (_plan.Scale == FeatureScale.Log)
        {
            double[]? measured = _table.Measured; // what was not moved, as all of a reference scanner's rows, goes back as it came: exp(log(x)) may differ in its last bit
            for (int i = 0; i < harmonized.Length; i++) harmonized[i] = measured is not null && harmonized[i] == _table.Features[i] ? measured[i] : Math.Exp(harmonized[i]);
        }

        bool shared = _plan.Privacy.ScannerEffects == ScannerEffectsTerms.Shared;
        return new SiteAnswer
        {
            Report = new Report(
                new EffectiveRows(_table.Fit.LongCount(fit => fit), _table.Excluded),
                shared ? [.. estimates.Select(e => new ScannerEffects(e.Scanner, e.GammaStar, e.DeltaStar))] : []),
            Harmonized = new HarmonizedTable(_table.RowIds, harmonized, estimates),
        };
    }

    /// <summary>Sums and products of adjusted residuals.</summary>
    public SiteAnswer CovarianceProducts(int? reference, bool inClear)
    {
        CombatModel model = CombatBroadcasts.ReadModel(_broadcast, Columns, Features);
        return new CovarianceSite(this, model).Products(Adjusted(model, reference).Values, inClear);
    }

    /// <summary>Spread of the scores of adjusted residuals.</summary>
    public SiteAnswer CovarianceScores(int? reference)
    {
        CombatModel model = CombatBroadcasts.ReadModel(_broadcast, Columns, Features);
        PrincipalComponents components = CovarianceLayouts.ReadComponents(_broadcast, Harmonized(model));
        return new CovarianceSite(this, model).Scores(Adjusted(model, reference).Values, components, _frame.Shared, reference);
    }

    /// <summary>A row's covariate columns.</summary>
    public ReadOnlySpan<double> DesignOf(int row) => _design.AsSpan(row * Columns, Columns);

    private int Harmonized(CombatModel model) => Enumerable.Range(0, Features).Count(model.IsHarmonized);

    /// <summary>Every row without its scanner's location and scale, and these.</summary>
    private (double[] Values, ImmutableArray<LocalScannerEstimates> Estimates) Adjusted(CombatModel model, int? reference)
    {
        BatchMeans[] joint = CombatBroadcasts.ReadJointMeans(_broadcast, _frame);
        (double[] GammaHat, double[] DeltaHat)[] jointEffects = CombatBroadcasts.ReadJointEffects(_broadcast, _frame);
        double[] harmonized = (double[])_table.Features.Clone();
        var estimates = ImmutableArray.CreateBuilder<LocalScannerEstimates>();
        foreach ((int scanner, int first, int next, BatchData batch, _) in Scanners)
        {
            int s = _frame.Shared.IndexOf(scanner);
            BatchEffects effects = s < 0 ? EffectsHere(batch, model) : BatchEffects.Shrink(
                joint[s].Scans(_frame.Incomplete.AsSpan()), jointEffects[s].GammaHat, jointEffects[s].DeltaHat, _options.Settings);
            if (scanner == reference) effects = effects.AsReference();
            estimates.Add(new LocalScannerEstimates(scanner, effects.GammaHat, effects.DeltaHat, effects.GammaStar, effects.DeltaStar));

            var adjustment = new Adjustment(model, effects.GammaStar, effects.DeltaStar, 0, Features);
            for (int row = first; row < next; row++)
                adjustment.Apply(harmonized.AsSpan(row * Features, Features), _design.AsSpan(row * Columns, Columns));
        }

        return (harmonized, estimates.ToImmutable());
    }

    private BatchEffects EffectsHere(BatchData batch, CombatModel model)
    {
        BatchMeans means = batch.Means(_threads);
        return BatchEffects.Estimate(model, means, batch.Residuals(means, model.Beta, _threads), _frame.Incomplete, _options.Settings);
    }

    /// <summary>Rows times means, so that over all holders and scanners they add up to the sums over all rows.</summary>
    private void AddMeans(SumVector sum, BatchData batch, BatchMeans means)
    {
        int k = Columns, m = _frame.Incomplete.Length;
        double rows = batch.Rows.Length;
        sum.Add(CombatLayouts.Rows, 0, rows);
        for (int a = 0; a < k; a++) CombatLayouts.AddExactly(sum, CombatLayouts.SumX, a, Times(rows, means.Design[a], means.DesignLow[a]));
        for (int f = 0; f < Features; f++)
            if (!double.IsNaN(means.Feature[f])) CombatLayouts.AddExactly(sum, CombatLayouts.SumY, f, Times(rows, means.Feature[f], means.FeatureLow[f]));
        for (int i = 0; i < m; i++)
        {
            if (means.Observed[i] == 0) continue;
            sum.Add(CombatLayouts.WeightRows, i, rows);
            for (int a = 0, at = i * k; a < k; a++, at++)
                CombatLayouts.AddExactly(sum, CombatLayouts.ObservedSumX, at, Times(rows, means.ObservedDesign[at], means.ObservedDesignLow[at]));
        }
    }

    private static void AddMoments(SumVector sum, BatchMoments moments)
    {
        AddBlock(CombatLayouts.XX, moments.Design);
        AddBlock(CombatLayouts.XY, moments.Cross);
        AddBlock(CombatLayouts.YY, moments.Squares);
        AddBlock(CombatLayouts.ObservedXX, moments.ObservedDesign);
        for (int i = 0; i < moments.Observed.Length; i++) sum.Add(CombatLayouts.Observed, i, moments.Observed[i]);

        void AddBlock(string block, DoubleDouble[] values)
        {
            for (int i = 0; i < values.Length; i++) CombatLayouts.AddExactly(sum, block, i, values[i]);
        }
    }

    private void CountConstant(SumVector sum, BatchMeans means, BatchMoments moments)
    {
        double[] scans = means.Scans(_frame.Incomplete.AsSpan());
        for (int f = 0; f < Features; f++)
        {
            bool constant = scans[f] > 1 ? BatchData.IsConstant(moments.Deviation[f], means.Feature[f]) : scans[f] == 1 && !_options.Settings.MeanOnly;
            if (constant) CombatLayouts.CountConstant(sum, f);
        }
    }

    private static DoubleDouble Times(double rows, double mean, double low) => DoubleDouble.Product(rows, mean) + DoubleDouble.Product(rows, low);

    private double Value(int row, int feature) => _table.Features[(row * Features) + feature];

    private IEnumerable<ScannerRows> Gathered()
    {
        for (int first = 0, next; first < _table.Rows; first = next)
        {
            int scanner = _table.Scanner[first];
            for (next = first + 1; next < _table.Rows && _table.Scanner[next] == scanner;) next++;
            bool isNew = _frame.New.Contains(scanner); // no row to fit on anywhere: all its rows estimate it
            int[] rows = [.. Enumerable.Range(first, next - first).Where(row => isNew || _table.Fit[row])];
            yield return new ScannerRows(scanner, first, next, new BatchData(_table.Features, Features, _design, Columns, rows, _frame.Incomplete), isNew);
        }
    }
}

/// <summary>A scanner's rows at a site, first to next - 1, and those of them that estimate its effects.</summary>
/// <param name="Scanner">The scanner's index in the plan.</param>
/// <param name="First">First row.</param>
/// <param name="Next">One past its last row.</param>
/// <param name="Batch">The rows that estimate.</param>
/// <param name="IsNew">Whether it has no row to fit on anywhere, so that it sets no norm.</param>
internal readonly record struct ScannerRows(int Scanner, int First, int Next, BatchData Batch, bool IsNew);
