using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Regression;
using Federated.Analyses.Stages;
using Federated.Analyses.Survey;
using Federated.Statistics.Kernels;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Screen;

/// <summary>The public constants of a screening: centres and scales of design and features, and the unit of products.</summary>
/// <param name="Design">Of intercept and columns.</param>
/// <param name="Centre">Per feature and stage.</param>
/// <param name="Exponent">Per feature and stage.</param>
/// <param name="Unit">Of products.</param>
internal sealed record ScreenFrame(DesignScaling Design, double[] Centre, ImmutableArray<int> Exponent, int Unit)
{
    public Broadcast Broadcast() => Exchange.Broadcast.Of(
        Tensor.Vector("design_centre", Design.Centre), Tensor.Vector("design_exponent", [.. Design.Exponent.Select(e => (double)e)]),
        Tensor.Vector("centre", Centre), Tensor.Vector("exponent", [.. Exponent.Select(e => (double)e)]), Tensor.Vector("unit", [Unit]));

    public static ScreenFrame Read(BroadcastReader broadcast, int width, int columns) => new(
        new DesignScaling(true, broadcast.Numbers("design_centre", width), [.. broadcast.WholeNumbers("design_exponent", -128, 128, width)]),
        broadcast.Numbers("centre", columns), broadcast.WholeNumbers("exponent", -LocationSums.MostExponent, LocationSums.MostExponent, columns),
        broadcast.WholeNumbers("unit", -1000, 1000, 1)[0]);
}

/// <summary>The two sums of a screening.</summary>
internal static class ScreenSums
{
    public const string Sizes = "sizes";
    public const string Products = "products";

    private const string Rows = "rows";
    private const string Omitted = "omitted";
    private const string Scale = "design_scale";
    private const string Counts = "counts";

    // As in a regression: what the largest possible sum may fill of an element, and room above the scale of a column.
    private const int FilledBits = 112;
    private const int FractionBits = 64;
    private const int Room = 6;

    private static readonly WideBlock Total = new("design_sum");

    public static IReadOnlyList<StepDeclaration> Declare(ScreenDesign design, int columns) =>
    [
        new StepDeclaration(Sizes, ExchangeKind.Sum, "How many rows can be used, and mean and scale of features and of what explains them.",
        [
            new DeclaredItem(Rows, [], "Number of rows used."), new DeclaredItem(Omitted, [], "Number of rows left out for a missing value of what explains the features."),
            new DeclaredItem(Scale, [design.Columns.Length], "Magnitude of each explaining column in 18 classes of 8 octaves: in how many hospitals the largest scanner lies in each."),
            .. Total.Declared([design.Columns.Length], "Sum of each explaining column; of one that marks a level, the number of its rows."), .. LocationSums.Declared(columns),
        ]),
        new StepDeclaration(Products, ExchangeKind.Sum, "One linear model per feature.",
        [
            new DeclaredItem(Counts, [columns], "Number of rows with the feature."),
            new DeclaredItem(Products, [columns, SymmetricSums.Length(design.Width + 1)], "Products of every two explaining columns and the feature, about their means, over rows with the feature."),
        ]),
    ];

    public static SumLayout SizesLayout(ScreenDesign design, int columns) => new(
        [SumBlock.Counts(Rows), SumBlock.Counts(Omitted), SumBlock.Counts(Scale, design.Columns.Length), .. LocationSums.Unscaled(Total, design.Columns.Length), .. LocationSums.Blocks(columns)]);

    public static SumLayout ProductsLayout(ScreenDesign design, ScreenFrame frame) => new(
        SumBlock.Counts(Counts, frame.Centre.Length), new SumBlock(Products, [frame.Centre.Length, SymmetricSums.Length(design.Width + 1)], [frame.Unit]));

    public static SiteAnswer AnswerSizes(ScreenDesign design, StageTable table, ScreenRows rows)
    {
        var sum = new SumVector(SizesLayout(design, table.Columns));
        LocationSums.Fill(table, sum);
        sum.Add(Rows, 0, rows.Used.Length);
        sum.Add(Omitted, 0, rows.Omitted);
        for (int column = 0; column < design.Columns.Length; column++)
        {
            double largest = 0;
            foreach (int[] scanner in rows.Scanners())
            {
                double[] values = [.. scanner.Select(row => rows.Value(row, column))];
                Total.Add(sum, column, Summation.Sum(values));
                largest = Math.Max(largest, Math.Sqrt(Summation.Mean([.. values.Select(v => v * v)])));
            }

            sum.AddRaw(Scale, column, ScaleClass.Mark(largest));
        }

        return new SiteAnswer { Sum = sum, Packed = [Scale, .. LocationSums.Packed] };
    }

    public static (ScreenFrame Frame, long Rows, long Omitted) ReadSizes(SumVector sum, ScreenDesign design)
    {
        long rows = (long)sum[Rows, 0];
        int k = design.Columns.Length;
        double[] centre = new double[k + 1];
        int[] exponent = new int[k + 1];
        for (int j = 0; j < k; j++)
        {
            centre[j + 1] = rows == 0 ? 0 : Total.Read(sum, j) / rows;
            exponent[j + 1] = ScaleClass.HighestExponent(sum.Raw(Scale, j)) is var e and not int.MinValue ? e : 0;
        }

        LocationSums location = LocationSums.Read(sum);
        int bits = 64 - (int)long.LeadingZeroCount(rows);
        return (new ScreenFrame(new DesignScaling(true, centre, exponent), location.Centre, location.Exponent, (2 * bits) + Room + FractionBits - FilledBits), rows, (long)sum[Omitted, 0]);
    }

    /// <summary>The site half of the second sum; of a feature that fewer rows have than may stand in a bin, nothing is told.</summary>
    public static SiteAnswer AnswerProducts(ScreenDesign design, ScreenFrame frame, StageTable table, ScreenRows rows, int least)
    {
        var sum = new SumVector(ProductsLayout(design, frame));
        int width = design.Width, triangle = SymmetricSums.Length(width + 1);
        double[] scales = [.. frame.Design.Exponent.Select(e => double.ScaleB(1, -e))];
        double[][] scaled = [.. rows.Used.Select(row => Scaled(row))];
        int[][] scanners = [.. rows.Scanners()];
        var products = new DoubleDouble[triangle];
        double[] z = new double[width + 1];
        for (int column = 0; column < table.Columns; column++)
        {
            int count = rows.Used.Count(row => !double.IsNaN(table[row, column]));
            if (count == 0 || count < least) continue;
            sum.Add(Counts, column, count);
            double unit = double.ScaleB(1, -frame.Exponent[column]);
            int at = 0;
            foreach (int[] scanner in scanners)
            {
                Array.Clear(products);
                foreach (int row in scanner)
                {
                    double value = table[row, column];
                    scaled[at++].CopyTo(z, 0);
                    if (double.IsNaN(value)) continue;
                    z[width] = (value - frame.Centre[column]) * unit;
                    for (int i = 0, place = 0; i <= width; i++)
                        for (int j = 0; j <= i; j++, place++) products[place] += DoubleDouble.Product(z[i], z[j]);
                }

                for (int place = 0; place < triangle; place++)
                {
                    sum.Add(Products, (column * triangle) + place, products[place].High);
                    sum.Add(Products, (column * triangle) + place, products[place].Low);
                }
            }
        }

        return new SiteAnswer { Sum = sum };

        double[] Scaled(int row)
        {
            double[] values = new double[width];
            values[0] = 1;
            for (int j = 1; j < width; j++) values[j] = (rows.Value(row, j - 1) - frame.Design.Centre[j]) * scales[j];
            return values;
        }
    }

    /// <summary>Rows with a feature, and the products of its model as <see cref="LeastSquares"/> takes them: with a column for an offset that is not there.</summary>
    public static (long Rows, DoubleDouble[] Products) Read(SumVector sum, ScreenDesign design, int column)
    {
        int width = design.Width, triangle = SymmetricSums.Length(width + 1);
        var products = new DoubleDouble[(width + 2) * (width + 2)];
        for (int i = 0, place = 0; i <= width; i++)
        {
            for (int j = 0; j <= i; j++, place++)
            {
                double high = sum.Read(Products, (column * triangle) + place, out double low);
                products[(i * (width + 2)) + j] = products[(j * (width + 2)) + i] = new DoubleDouble(high, low);
            }
        }

        return ((long)sum[Counts, column], products);
    }
}
