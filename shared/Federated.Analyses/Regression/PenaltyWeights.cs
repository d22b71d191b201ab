namespace Federated.Analyses.Regression;

/// <summary>
/// What each column of a centred and scaled design pays under a penalty, in units of the mean loss: the columns' standard deviations are those of the pooled rows.
/// </summary>
internal sealed class PenaltyWeights
{
    // A column whose spread is rounding of its mean is constant: it has no coefficient.
    private const double ConstantShare = 1e-24;

    private readonly PenaltyOptions _options;
    private readonly double[] _unit;
    private readonly double _lassoUnit;
    private readonly double _ridgeUnit;

    /// <summary>Weights for the columns of a model.</summary>
    /// <param name="model">The model, with an intercept.</param>
    /// <param name="frame">How its columns are scaled.</param>
    /// <param name="moments">Of its columns as scaled.</param>
    /// <param name="lassoUnit">By what a lasso's strength is multiplied.</param>
    /// <param name="ridgeUnit">By what a ridge's strength is multiplied.</param>
    public PenaltyWeights(RegressionModel model, RegressionFrame frame, ColumnSpread moments, double lassoUnit, double ridgeUnit)
    {
        (_options, _lassoUnit, _ridgeUnit) = (model.Options.Penalty!, lassoUnit, ridgeUnit);
        int k = model.Columns.Length;
        _unit = new double[k];
        var usable = new List<int>();
        for (int j = 1; j < k; j++)
        {
            double mean = moments.Mean[j], variance = moments.Variance[j];
            double centre = double.ScaleB(frame.Scaling.Centre[j], -frame.Scaling.Exponent[j]);
            if (!(variance > ConstantShare * (((centre + mean) * (centre + mean)) + variance))) continue;
            _unit[j] = _options.Standardize ? Math.Sqrt(variance) : double.ScaleB(1, -frame.Scaling.Exponent[j]);
            usable.Add(j);
        }

        Usable = usable;
    }

    /// <summary>Columns that vary, without the intercept.</summary>
    public IReadOnlyList<int> Usable { get; }

    /// <summary>The lasso's price of a column at a strength.</summary>
    public double Lasso(int column, double strength) => strength * _options.Alpha * _lassoUnit * _unit[column];

    /// <summary>The ridge's price of a column at a strength.</summary>
    public double Ridge(int column, double strength) => strength * (1 - _options.Alpha) * _ridgeUnit * _unit[column] * _unit[column];

    /// <summary>The strength at which a pure lasso lets the first column in.</summary>
    /// <param name="gradient">Of the mean loss at the model without columns, k.</param>
    public double Largest(double[] gradient) => Usable.Max(j => Math.Abs(gradient[j]) / (_lassoUnit * _unit[j]));

    /// <summary>The penalty of coefficients.</summary>
    public double Penalty(double[] beta, double strength)
    {
        double penalty = 0;
        foreach (int j in Usable) penalty += (Lasso(j, strength) * Math.Abs(beta[j])) + (Ridge(j, strength) * beta[j] * beta[j] / 2);
        return penalty;
    }
}
