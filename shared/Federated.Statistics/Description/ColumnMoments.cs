using Federated.Statistics.OneWay;

namespace Federated.Statistics.Description;

/// <summary>
/// Count, mean and sum of squares of every column of a block of rows, missing values left out: two passes about a public centre, so that an offset of 1e9
/// costs no digits. Rows are taken in the order in which they stand: the same rows give the same bits.
/// </summary>
public sealed class ColumnMoments
{
    /// <summary>
    /// Values that differ from their mean by less than this part of their magnitude are all the same: what is left is rounding.
    /// </summary>
    public const double RelativeRounding = 1.0 / (1L << 48);

    private ColumnMoments(long[] count, double[] deviation, double[] squares)
    {
        Count = count;
        Deviation = deviation;
        Squares = squares;
    }

    /// <summary>Values per column.</summary>
    public long[] Count { get; }

    /// <summary>Mean minus centre, per column; 0 without values.</summary>
    public double[] Deviation { get; }

    /// <summary>Sum of squared deviations from the column's own mean; exactly 0 where all values are the same.</summary>
    public double[] Squares { get; }

    /// <summary>One column.</summary>
    public GroupMoments this[int column] => new(Count[column], Deviation[column], Squares[column]);

    /// <summary>The moments of these rows.</summary>
    /// <param name="rows">Row-major, a whole number of rows; NaN = missing.</param>
    /// <param name="centre">One number per column, near its mean if its digits matter.</param>
    public static ColumnMoments Of(ReadOnlySpan<double> rows, ReadOnlySpan<double> centre)
    {
        int columns = centre.Length;
        if (columns == 0 ? !rows.IsEmpty : rows.Length % columns != 0)
            throw new ArgumentException($"{rows.Length} values are not a whole number of rows of {columns}.", nameof(rows));

        long[] count = new long[columns];
        double[] deviation = new double[columns];
        double[] magnitude = new double[columns];
        for (int start = 0; start < rows.Length; start += columns)
        {
            ReadOnlySpan<double> row = rows.Slice(start, columns);
            for (int c = 0; c < columns; c++)
            {
                double y = row[c];
                if (double.IsNaN(y)) continue;
                count[c]++;
                deviation[c] += y - centre[c];
                magnitude[c] = Math.Max(magnitude[c], Math.Abs(y));
            }
        }

        for (int c = 0; c < columns; c++)
            if (count[c] > 0) deviation[c] /= count[c];

        double[] squares = new double[columns];
        double[] residual = new double[columns];
        for (int start = 0; start < rows.Length; start += columns)
        {
            ReadOnlySpan<double> row = rows.Slice(start, columns);
            for (int c = 0; c < columns; c++)
            {
                double y = row[c];
                if (double.IsNaN(y)) continue;
                double r = y - centre[c] - deviation[c];
                squares[c] += r * r;
                residual[c] += r;
            }
        }

        for (int c = 0; c < columns; c++)
        {
            if (count[c] == 0) continue;
            double correction = residual[c] / count[c];
            deviation[c] += correction;
            squares[c] = Math.Max(0, squares[c] - (residual[c] * correction));
            double rounding = RelativeRounding * magnitude[c];
            if (squares[c] <= count[c] * rounding * rounding) squares[c] = 0;
        }

        return new ColumnMoments(count, deviation, squares);
    }
}
