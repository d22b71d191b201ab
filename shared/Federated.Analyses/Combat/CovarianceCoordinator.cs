using Federated.Analyses.Exchange;
using Federated.Analyses.Survey;
using Federated.Statistics.Harmonization;
using Federated.Statistics.Harmonization.Covariance;

namespace Federated.Analyses.Combat;

/// <summary>
/// The coordinator half of CovBat, between the frozen model and the estimates: components from the products of residuals, then the spread that their
/// scores are brought to.
/// </summary>
/// <param name="choice">How many components.</param>
/// <param name="survey">Rows.</param>
/// <param name="reference">Index of the reference scanner, or -1.</param>
/// <param name="shared">Scanners that several sites hold.</param>
/// <param name="joint">Their joint means.</param>
internal sealed class CovarianceCoordinator(ComponentChoice choice, SurveyResult survey, int reference, IReadOnlyList<int> shared, BatchMeans[] joint)
{
    private IEnumerable<Tensor> _said = [];

    /// <summary>The components, once the first step is answered.</summary>
    public PrincipalComponents? Components { get; private set; }

    /// <summary>What every site must know to adjust its rows.</summary>
    public IEnumerable<Tensor> Tensors => _said;

    /// <summary>Asks.</summary>
    /// <param name="features">Features that are harmonized.</param>
    /// <param name="broadcast">The broadcast of the frozen model, with more.</param>
    public IEnumerable<Step> Steps(int features, Func<IEnumerable<Tensor>, Broadcast> broadcast)
    {
        var products = new SumStep(CovarianceLayouts.Products, broadcast([]), CovarianceLayouts.OfProducts(features));
        yield return products;
        Components = PrincipalComponents.Of(survey.Rows, products.Sum.Block(CovarianceLayouts.Sum), products.Sum.Block(CovarianceLayouts.Squares), choice);
        _said = CovarianceLayouts.ToTensors(Components);

        var scores = new SumStep(CovarianceLayouts.Scores, broadcast(_said), CovarianceLayouts.OfScores(Components.Count, shared.Count));
        yield return scores;
        (double[] centre, double[] variance, ScoreEffects[] effects) = Norm(scores.Sum, Components.Count);
        _said = [.. _said, .. CovarianceLayouts.ToTensors(centre, variance, effects)];
    }

    private (double[] Centre, double[] Variance, ScoreEffects[] Shared) Norm(SumVector sum, int components)
    {
        double[] within = sum.Block(CovarianceLayouts.Within), centre = new double[components]; // scores are centred over all rows
        var effects = new ScoreEffects[shared.Count];
        for (int s = 0; s < effects.Length; s++)
        {
            double rows = joint[s].Rows;
            double[] mean = new double[components], variance = new double[components];
            for (int c = 0; c < components; c++)
            {
                mean[c] = sum[CovarianceLayouts.SharedSum, (s * components) + c] / rows;
                double squares = Math.Max(sum[CovarianceLayouts.SharedSquares, (s * components) + c] - (rows * mean[c] * mean[c]), 0);
                variance[c] = squares / (rows - 1);
                if (survey.RowsPerScanner[shared[s]] > 0) within[c] += squares; // a new scanner sets no norm
            }

            effects[s] = new ScoreEffects(mean, variance);
        }

        if (reference < 0) return (centre, [.. within.Select(w => w / survey.Rows)], effects);
        double held = survey.RowsPerScanner[reference];
        int at = shared.ToList().IndexOf(reference);
        return at < 0
            ? (sum.Block(CovarianceLayouts.ReferenceMean), [.. sum.Block(CovarianceLayouts.ReferenceWithin).Select(w => w / held)], effects)
            : (effects[at].Mean, [.. effects[at].Variance.Select(v => v * (held - 1) / held)], effects);
    }
}
