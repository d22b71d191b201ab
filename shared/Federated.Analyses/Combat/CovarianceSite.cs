using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Statistics.Harmonization;
using Federated.Statistics.Harmonization.Covariance;
using Federated.Statistics.Kernels;

namespace Federated.Analyses.Combat;

/// <summary>
/// The site half of CovBat, on rows that ComBat has adjusted. A residual is what an adjusted value differs from the model's expectation, in the
/// feature's standard deviations.
/// </summary>
internal sealed class CovarianceSite
{
    private readonly CombatSite _site;
    private readonly CombatModel _model;
    private readonly int[] _features;

    public CovarianceSite(CombatSite site, CombatModel model)
    {
        (_site, _model) = (site, model);
        _features = [.. Enumerable.Range(0, model.Features).Where(model.IsHarmonized)];
    }

    /// <summary>Sums and products over the rows that estimate.</summary>
    /// <param name="adjusted">Adjusted rows.</param>
    /// <param name="inClear">Whether the coordinator sees this site's sums, and nobody has waived minimum counts.</param>
    /// <exception cref="AnalysisRefusedException">E2110: in the clear, so few rows could be solved for.</exception>
    public SiteAnswer Products(double[] adjusted, bool inClear)
    {
        int p = _features.Length, rows = _site.Scanners.Sum(s => s.Batch.Rows.Length);
        if (inClear && rows > 0 && rows <= p)
        {
            throw new AnalysisRefusedException(
                "E2110", $"combat: products of {p} features in the clear would show what the {rows} rows here have in common: this site takes no part unless aggregation is secure.");
        }

        var sum = new SumVector(CovarianceLayouts.OfProducts(p));
        foreach (ScannerRows scanner in _site.Scanners.Where(s => !s.IsNew))
        {
            double[] residuals = Residuals(adjusted, scanner.Batch.Rows), total = new double[p];
            for (int i = 0; i < residuals.Length; i++) total[i % p] += residuals[i];
            sum.Add(CovarianceLayouts.Sum, total);
            AddProducts(sum, residuals, scanner.Batch.Rows.Length);
        }

        return new SiteAnswer { Sum = sum };
    }

    /// <summary>Spread of scores within scanners.</summary>
    public SiteAnswer Scores(double[] adjusted, PrincipalComponents components, ImmutableArray<int> shared, int? reference)
    {
        int kept = components.Count;
        var sum = new SumVector(CovarianceLayouts.OfScores(kept, shared.Length));
        foreach (ScannerRows scanner in _site.Scanners)
        {
            int s = shared.IndexOf(scanner.Scanner);
            if (scanner.IsNew && s < 0) continue;
            double[] scores = ScoresOf(adjusted, scanner.Batch.Rows, components);
            if (s >= 0)
            {
                for (int i = 0; i < scores.Length; i++)
                {
                    sum.Add(CovarianceLayouts.SharedSum, (s * kept) + (i % kept), scores[i]);
                    sum.Add(CovarianceLayouts.SharedSquares, (s * kept) + (i % kept), scores[i] * scores[i]);
                }

                continue;
            }

            ScoreEffects effects = ScoreEffects.Of(scores, kept);
            double[] within = [.. effects.Variance.Select(v => v * (scanner.Batch.Rows.Length - 1))];
            sum.Add(CovarianceLayouts.Within, within);
            if (scanner.Scanner != reference) continue;
            sum.Add(CovarianceLayouts.ReferenceMean, effects.Mean);
            sum.Add(CovarianceLayouts.ReferenceWithin, within);
        }

        return new SiteAnswer { Sum = sum };
    }

    /// <summary>Moves every row's scores, all but the reference scanner's, in place.</summary>
    public void Adjust(double[] adjusted, PrincipalComponents components, BroadcastReader broadcast, ImmutableArray<int> shared, int? reference)
    {
        int p = _features.Length, kept = components.Count;
        (double[] centre, double[] variance, ScoreEffects[] joint) = CovarianceLayouts.ReadScores(broadcast, kept, shared.Length);
        foreach (ScannerRows scanner in _site.Scanners.Where(s => s.Scanner != reference))
        {
            int s = shared.IndexOf(scanner.Scanner);
            ScoreEffects effects = s >= 0 ? joint[s] : ScoreEffects.Of(ScoresOf(adjusted, scanner.Batch.Rows, components), kept);
            int[] rows = [.. Enumerable.Range(scanner.First, scanner.Next - scanner.First)];
            double[] residuals = Residuals(adjusted, rows), moves = new double[kept];
            for (int i = 0; i < rows.Length; i++)
            {
                Span<double> residual = residuals.AsSpan(i * p, p);
                components.Score(residual, moves);
                effects.Move(moves, centre, variance);
                residual.Clear();
                components.Move(moves, residual); // from zero: the change alone, so that nothing is lost where little moves
                for (int f = 0; f < p; f++) adjusted[(rows[i] * _model.Features) + _features[f]] += residual[f] * Math.Sqrt(_model.Variance[_features[f]]);
            }
        }
    }

    private double[] ScoresOf(double[] adjusted, int[] rows, PrincipalComponents components)
    {
        int p = _features.Length, kept = components.Count;
        double[] residuals = Residuals(adjusted, rows), scores = new double[rows.Length * kept];
        for (int i = 0; i < rows.Length; i++) components.Score(residuals.AsSpan(i * p, p), scores.AsSpan(i * kept, kept));
        return scores;
    }

    private double[] Residuals(double[] adjusted, int[] rows)
    {
        int p = _features.Length;
        double[] residuals = new double[rows.Length * p], sd = [.. _features.Select(f => Math.Sqrt(_model.Variance[f]))];
        for (int i = 0; i < rows.Length; i++)
        {
            ReadOnlySpan<double> design = _site.DesignOf(rows[i]);
            for (int f = 0; f < p; f++)
            {
                double residual = adjusted[(rows[i] * _model.Features) + _features[f]] - _model.Centre[_features[f]];
                for (int a = 0; a < design.Length; a++)
                    residual = Math.FusedMultiplyAdd(_model.DesignMean[a] - design[a], _model.Beta[(a * _model.Features) + _features[f]], residual);
                residuals[(i * p) + f] = residual / sd[f];
            }
        }

        return residuals;
    }

    private static void AddProducts(SumVector sum, double[] residuals, int rows)
    {
        int p = rows == 0 ? 0 : residuals.Length / rows;
        int[] all = [.. Enumerable.Range(0, rows)];
        var block = new FeatureBlock();
        int width = FeatureBlock.WidthFor(rows, Math.Max(p, 1), 1);
        for (int first = 0; first < p; first += width)
        {
            int count = Math.Min(width, p - first);
            block.Load(residuals, p, all, first, count);
            double[] products = new double[p * block.Stride];
            CrossProducts.Multiply(residuals, p, block, products);
            for (int i = 0; i < p; i++)
                for (int j = Math.Max(i, first); j < first + count; j++)
                    sum.Add(CovarianceLayouts.Squares, (i * p) - (i * (i - 1) / 2) + j - i, products[(i * block.Stride) + j - first]);
        }
    }
}
