namespace Federated.Statistics.Harmonization;

/// <summary>
/// What every scanner is compared with: the frozen part of ComBat, public within a study. A scan with covariates x is expected at Centre + (x -
/// DesignMean) Beta, with variance Variance, before its scanner's effects.
/// </summary>
public sealed record CombatModel
{
    /// <summary>A model; lengths must agree.</summary>
    /// <param name="designMean">Length k.</param>
    /// <param name="centre">Length p.</param>
    /// <param name="beta">Row-major k x p.</param>
    /// <param name="variance">Length p; zero marks a feature that is left untouched.</param>
    public CombatModel(double[] designMean, double[] centre, double[] beta, double[] variance)
    {
        if (variance.Length != centre.Length || beta.Length != designMean.Length * centre.Length)
            throw new ArgumentException($"A model of {designMean.Length} covariate columns and {centre.Length} features has other lengths.", nameof(beta));
        DesignMean = designMean;
        Centre = centre;
        Beta = beta;
        Variance = variance;
    }

    /// <summary>Mean covariates: where <see cref="Centre"/> holds. Taken out so that a covariate with a large offset costs no digits.</summary>
    public double[] DesignMean { get; }

    /// <summary>Expected value at the mean covariates.</summary>
    public double[] Centre { get; }

    /// <summary>Covariate effects, row-major k x p.</summary>
    public double[] Beta { get; }

    /// <summary>Pooled variance, divisor n.</summary>
    public double[] Variance { get; }

    /// <summary>p.</summary>
    public int Features => Centre.Length;

    /// <summary>k.</summary>
    public int Columns => DesignMean.Length;

    /// <summary>Whether the feature is harmonized at all.</summary>
    public bool IsHarmonized(int feature) => Variance[feature] > 0;

    /// <summary>The expected value where every covariate is zero: what the published tools call the grand mean.</summary>
    public double GrandMean(int feature)
    {
        double mean = Centre[feature];
        for (int a = 0; a < Columns; a++) mean -= DesignMean[a] * Beta[(a * Features) + feature];
        return mean;
    }

    /// <summary>This model with some features left untouched: nothing is known of them and nothing is done to them.</summary>
    public CombatModel Without(IReadOnlyCollection<int> features)
    {
        double[] centre = (double[])Centre.Clone(), beta = (double[])Beta.Clone(), variance = (double[])Variance.Clone();
        foreach (int feature in features)
        {
            centre[feature] = variance[feature] = 0;
            for (int a = 0; a < Columns; a++) beta[(a * Features) + feature] = 0;
        }

        return new CombatModel(DesignMean, centre, beta, variance);
    }
}
