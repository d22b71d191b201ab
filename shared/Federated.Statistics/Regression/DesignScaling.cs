using Federated.Statistics.Kernels;

namespace Federated.Statistics.Regression;

/// <summary>
/// The public constants by which columns are centred and scaled before anything is summed, and the way back: x~ = (x - centre) 2^-exponent. Scaling rounds
/// nothing; centring is allowed only beside an intercept, which takes it up.
/// </summary>
/// <param name="Intercept">Whether column 0 is the intercept.</param>
/// <param name="Centre">k; zero for the intercept, and everywhere without one.</param>
/// <param name="Exponent">k; zero for the intercept.</param>
public sealed record DesignScaling(bool Intercept, double[] Centre, int[] Exponent)
{
    /// <summary>k.</summary>
    public int Columns => Centre.Length;

    /// <summary>Coefficients for the columns as they were measured.</summary>
    public double[] Coefficients(ReadOnlySpan<DoubleDouble> scaled)
    {
        double[] coefficients = new double[Columns];
        DoubleDouble intercept = DoubleDouble.Zero;
        for (int j = 0; j < Columns; j++)
        {
            DoubleDouble own = Scale(scaled[j], -Exponent[j]);
            coefficients[j] = own.High;
            intercept -= own * Centre[j];
        }

        if (Intercept) coefficients[0] = (scaled[0] + intercept).High;
        return coefficients;
    }

    /// <summary>Their covariance matrix, row-major.</summary>
    public double[] Covariance(ReadOnlySpan<DoubleDouble> scaled)
    {
        int k = Columns;
        var own = new DoubleDouble[k * k];
        for (int i = 0; i < k; i++)
            for (int j = 0; j < k; j++) own[(i * k) + j] = Scale(scaled[(i * k) + j], -Exponent[i] - Exponent[j]);
        if (Intercept)
        {
            // T V T' where T replaces the intercept by intercept - sum of centre times coefficient.
            for (int j = 0; j < k; j++)
                for (int i = 1; i < k; i++) own[j] -= own[(i * k) + j] * Centre[i];
            for (int i = 0; i < k; i++)
                for (int j = 1; j < k; j++) own[i * k] -= own[(i * k) + j] * Centre[j];
        }

        return [.. own.Select(v => v.High)];
    }

    /// <summary>
    /// The sum of squares of every column as it was measured, from the products of the scaled ones: what a vanishing pivot is held against, as in R.
    /// </summary>
    /// <param name="products">Row-major with <paramref name="width"/> columns, of which the first k are the design.</param>
    /// <param name="width">Columns of the products.</param>
    public double[] Squares(ReadOnlySpan<DoubleDouble> products, int width)
    {
        double[] squares = new double[Columns];
        for (int j = 0; j < Columns; j++)
        {
            double centre = double.ScaleB(Centre[j], -Exponent[j]);
            squares[j] = products[(j * width) + j].High;
            if (Intercept) squares[j] += (2 * centre * products[j].High) + (centre * centre * products[0].High);
        }

        return squares;
    }

    /// <summary>Only these columns.</summary>
    public DesignScaling Take(IReadOnlyList<int> columns) =>
        new(Intercept && columns.Count > 0 && columns[0] == 0, [.. columns.Select(c => Centre[c])], [.. columns.Select(c => Exponent[c])]);

    /// <summary>value times 2^exponent.</summary>
    public static DoubleDouble Scale(DoubleDouble value, int exponent) => new(double.ScaleB(value.High, exponent), double.ScaleB(value.Low, exponent));
}
