using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Analyses.Survey;
using Federated.Statistics.Description;
using Federated.Statistics.OneWay;

namespace Federated.Analyses.Variability;

/// <summary>
/// Scanners that several sites hold, such as a mobile one. Their moments are those of all their rows together: the holders' counts and sums are added up
/// first, then their squares about the joint mean, and the coordinator counts each such scanner once.
/// </summary>
internal sealed class SharedScanners
{
    private const string Tensor = "shared";
    private const string MeanTensor = "shared_mean";
    private const string Count = "shared_n";

    private static readonly WideBlock Sum = new("shared_sum");
    private static readonly WideBlock Deviation = new("shared_deviation");
    private static readonly WideBlock Squares = new("shared_squares");

    private readonly double[] _mean;
    private readonly long[] _count;
    private readonly double[] _deviation;
    private readonly double[] _squares;

    private SharedScanners(ImmutableArray<int> scanners, int columns)
    {
        Scanners = scanners;
        Columns = columns;
        _mean = new double[scanners.Length * columns];
        _count = new long[_mean.Length];
        _deviation = new double[_mean.Length];
        _squares = new double[_mean.Length];
    }

    /// <summary>Indices in the plan, ascending.</summary>
    public ImmutableArray<int> Scanners { get; }

    private int Columns { get; }

    public static SharedScanners Of(SurveyResult survey, int columns) =>
        new([.. Enumerable.Range(0, survey.HoldersPerScanner.Length).Where(s => survey.HoldersPerScanner[s] > 1)], columns);

    public Tensor Broadcast() => Exchange.Tensor.Vector(Tensor, [.. Scanners.Select(s => (double)s)]);

    public Tensor BroadcastMeans() => Exchange.Tensor.Matrix(MeanTensor, Scanners.Length, Columns, _mean);

    /// <summary>The shared scanners that a broadcast names.</summary>
    /// <exception cref="BroadcastInvalidException">They are not ascending indices of scanners of the plan.</exception>
    public static ImmutableArray<int> Require(BroadcastReader broadcast, int scanners) => broadcast.Indices(Tensor, scanners);

    public static ImmutableArray<SumBlock> LocationBlocks(int shared, int columns) =>
        [SumBlock.Counts(Count, shared, columns), .. LocationSums.Unscaled(Sum, shared, columns)];

    public static ImmutableArray<SumBlock> SpreadBlocks(int shared, ImmutableArray<int> exponent) =>
    [
        .. Deviation.Blocks([shared, exponent.Length], LocationSums.UnitsOfValues(exponent)),
        .. Squares.Blocks([shared, exponent.Length], LocationSums.UnitsOfSquares(exponent)),
    ];

    public static ImmutableArray<DeclaredItem> DeclaredLocation(int columns) =>
    [
        new DeclaredItem(Count, [-1, columns], "Number of values of each scanner that several sites hold, per feature and stage."),
        .. Sum.Declared([-1, columns], "Sum of the values of each scanner that several sites hold."),
    ];

    public static ImmutableArray<DeclaredItem> DeclaredSpread(int columns) =>
    [
        .. Deviation.Declared([-1, columns], "Sum of deviations from the joint mean of each scanner that several sites hold."),
        .. Squares.Declared([-1, columns], "Sum of squared deviations from the joint mean of each scanner that several sites hold."),
    ];

    /// <summary>The site half of the first step.</summary>
    public static void FillLocation(StageTable table, ImmutableArray<int> shared, SumVector sum)
    {
        double[] zero = new double[table.Columns];
        foreach (ScannerRows scanner in table.Scanners)
        {
            int place = shared.IndexOf(scanner.Scanner);
            if (place < 0) continue;
            ImmutableArray<ColumnMoments> moments = table.Moments(scanner, zero);
            for (int column = 0; column < table.Columns; column++)
            {
                GroupMoments group = moments[column / table.Features][column % table.Features];
                sum.Add(Count, (place * table.Columns) + column, group.Count);
                Sum.Add(sum, (place * table.Columns) + column, group.Count * group.Deviation);
            }
        }
    }

    /// <summary>The site half of the second step.</summary>
    public static void FillSpread(StageTable table, ImmutableArray<int> shared, BroadcastReader broadcast, SumVector sum)
    {
        double[] means = broadcast.Numbers(MeanTensor, shared.Length, table.Columns);
        foreach (ScannerRows scanner in table.Scanners)
        {
            int place = shared.IndexOf(scanner.Scanner);
            if (place < 0) continue;
            double[] mean = means[(place * table.Columns)..((place + 1) * table.Columns)];
            ImmutableArray<ColumnMoments> moments = table.Moments(scanner, mean);
            for (int column = 0; column < table.Columns; column++)
            {
                GroupMoments group = moments[column / table.Features][column % table.Features];
                Deviation.Add(sum, (place * table.Columns) + column, group.Count * group.Deviation);
                Squares.Add(sum, (place * table.Columns) + column, group.Squares + (group.Count * group.Deviation * group.Deviation));
            }
        }
    }

    /// <summary>The coordinator half of the first step: joint counts and means.</summary>
    public void ReadLocation(SumVector sum)
    {
        for (int i = 0; i < _mean.Length; i++)
        {
            _count[i] = (long)sum[Count, i];
            _mean[i] = _count[i] > 0 ? Sum.Read(sum, i) / _count[i] : 0;
        }
    }

    /// <summary>The coordinator half of the second step: joint squares.</summary>
    public void ReadSpread(SumVector sum)
    {
        for (int i = 0; i < _mean.Length; i++)
        {
            if (_count[i] == 0) continue;
            double sumOfDeviations = Deviation.Read(sum, i);
            _deviation[i] = sumOfDeviations / _count[i];
            double squares = Math.Max(0, Squares.Read(sum, i) - (sumOfDeviations * _deviation[i]));
            double rounding = ColumnMoments.RelativeRounding * Math.Abs(_mean[i]);
            _squares[i] = squares <= _count[i] * rounding * rounding ? 0 : squares;
        }
    }

    /// <summary>The joint moments of every shared scanner in one column.</summary>
    public IEnumerable<GroupMoments> Groups(int column, double centre) =>
        from place in Enumerable.Range(0, Scanners.Length)
        let i = (place * Columns) + column
        where _count[i] > 0
        select new GroupMoments(_count[i], _mean[i] - centre + _deviation[i], _squares[i]);
}
