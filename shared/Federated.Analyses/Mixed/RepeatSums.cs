using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Statistics.Kernels;
using Federated.Statistics.Mixed;

namespace Federated.Analyses.Mixed;

/// <summary>Sums over subjects with repeated scans, per feature and stage. A site where fewer subjects repeat a feature than may stand in a bin tells nothing of it.</summary>
internal static class RepeatSums
{
    public const string Sizes = "sizes";
    public const string Step = "repeats";
    public const string Exponent = "exponent";

    private const string Subjects = "subjects";
    private const string Scans = "scans";
    private const string Positive = "positive_subjects";
    private const string RelativeSubjects = "relative_squares";
    private const string LogSquares = "log_squares";

    private static readonly WideBlock Total = new("total");
    private static readonly WideBlock Squares = new("squares");

    public static ImmutableArray<DeclaredItem> Declared(int columns) =>
    [
        new DeclaredItem(Subjects, [columns], "Number of subjects scanned more than once, per feature and stage."),
        new DeclaredItem(Scans, [columns], "Number of their scans."),
        new DeclaredItem(Positive, [columns], "Number of them with positive values only."),
        .. Total.Declared([columns], "Sum of their values."),
        .. Squares.Declared([columns], "Sum of squares about each subject's own mean."),
        new DeclaredItem(RelativeSubjects, [columns], "Sum over subjects of those squares divided by the subject's squared mean."),
        new DeclaredItem(LogSquares, [columns], "Sum of squares of logarithms about each subject's own mean logarithm."),
    ];

    public static SumLayout Layout(ImmutableArray<int> exponent) => new(
    [
        SumBlock.Counts(Subjects, exponent.Length), SumBlock.Counts(Scans, exponent.Length), SumBlock.Counts(Positive, exponent.Length),
        .. Total.Blocks([exponent.Length], LocationSums.UnitsOfValues(exponent)), .. Squares.Blocks([exponent.Length], LocationSums.UnitsOfSquares(exponent)),
        SumBlock.Counts(RelativeSubjects, exponent.Length), SumBlock.Counts(LogSquares, exponent.Length),
    ]);

    /// <summary>The site half.</summary>
    /// <param name="table">All usable rows.</param>
    /// <param name="scanner">Scanner per row.</param>
    /// <param name="subject">Subject per row; NaN = unknown.</param>
    /// <param name="sameScanner">Whether scans on different scanners are kept apart.</param>
    /// <param name="least">Fewest subjects of which anything is told.</param>
    /// <param name="exponent">Scale per column.</param>
    public static SumVector Of(StageTable table, int[] scanner, double[] subject, bool sameScanner, int least, ImmutableArray<int> exponent)
    {
        int[][] groups =
        [
            .. Enumerable.Range(0, table.Rows).Where(row => !double.IsNaN(subject[row])).GroupBy(row => (Scanner: sameScanner ? scanner[row] : -1, Subject: subject[row]))
                .Select(g => g.ToArray()).Where(g => g.Length > 1),
        ];
        var sum = new SumVector(Layout(exponent));
        for (int column = 0; column < table.Columns; column++)
        {
            double[][] repeats = [.. groups.Select(g => g.Select(row => table[row, column]).Where(v => !double.IsNaN(v)).ToArray()).Where(v => v.Length > 1)];
            if (repeats.Length == 0 || repeats.Length < least) continue;
            sum.Add(Subjects, column, repeats.Length);
            foreach (double[] values in repeats)
            {
                double mean = Summation.Mean(values), squares = Spread(values, mean);
                sum.Add(Scans, column, values.Length);
                Total.Add(sum, column, Summation.Sum(values));
                Squares.Add(sum, column, squares);
                if (values.Any(v => v <= 0)) continue;
                double[] logarithms = Array.ConvertAll(values, Math.Log);
                sum.Add(Positive, column, 1);
                sum.Add(RelativeSubjects, column, squares / (mean * mean));
                sum.Add(LogSquares, column, Spread(logarithms, Summation.Mean(logarithms)));
            }
        }

        return sum;
    }

    /// <summary>What the sum over sites says of a column.</summary>
    public static Repeatability Read(SumVector sum, int column)
    {
        long subjects = (long)sum[Subjects, column], scans = (long)sum[Scans, column];
        bool positive = (long)sum[Positive, column] == subjects;
        return new Repeatability(
            subjects, scans, Total.Read(sum, column) / scans, Squares.Read(sum, column), positive ? sum[RelativeSubjects, column] : double.NaN, positive ? sum[LogSquares, column] : double.NaN);
    }

    private static double Spread(double[] values, double mean) => Summation.Sum([.. values.Select(v => (v - mean) * (v - mean))]);
}
