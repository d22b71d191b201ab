using System.Numerics;
using CsCheck;
using Federated.Statistics.Kernels;

namespace Federated.Statistics.Tests.Kernels;

public sealed class KernelTests
{
    private static readonly Gen<(int Rows, int K, int Columns, int Seed)> Shapes = Gen.Select(Gen.Int[1, 40], Gen.Int[0, 9], Gen.Int[1, 37], Gen.Int);

    [Fact]
    public void A_block_times_a_design_is_the_sum_of_fused_products_in_row_order() => Shapes.Sample(shape =>
    {
        (double[] x, double[] y, FeatureBlock block) = Draw(shape);
        double[] products = new double[shape.K * block.Stride];
        CrossProducts.Multiply(x, shape.K, block, products);
        for (int a = 0; a < shape.K; a++)
        {
            for (int c = 0; c < shape.Columns; c++)
            {
                double expected = 0;
                for (int row = 0; row < shape.Rows; row++)
                    expected = Math.FusedMultiplyAdd(x[(row * shape.K) + a], y[(row * shape.Columns) + c], expected);
                Assert.Equal(expected, products[(a * block.Stride) + c]); // the same bits: vector lanes never meet
            }
        }
    });

    [Fact]
    public void Compensated_products_are_exact_to_the_last_place_despite_cancellation() => Shapes.Sample(shape =>
    {
        (double[] x, double[] y, FeatureBlock block) = Draw(shape);
        double[] high = new double[shape.K * block.Stride], low = new double[shape.K * block.Stride];
        CompensatedProducts.Multiply(x, shape.K, block, high, low);
        for (int a = 0; a < shape.K; a++)
        {
            for (int c = 0; c < shape.Columns; c++)
            {
                BigInteger exact = 0, size = 0;
                for (int row = 0; row < shape.Rows; row++)
                {
                    BigInteger term = Exactly(x[(row * shape.K) + a]) * Exactly(y[(row * shape.Columns) + c]);
                    exact += term;
                    size += BigInteger.Abs(term);
                }

                int at = (a * block.Stride) + c;
                BigInteger error = BigInteger.Abs(Exactly(high[at], 2 * UnitBits) + Exactly(low[at], 2 * UnitBits) - exact);
                Assert.True(error <= size >> 95, $"error {error} of {size}");
            }
        }
    });

    [Fact]
    public void Deviations_about_the_mean_keep_their_digits_under_any_offset() => Shapes.Sample(shape =>
    {
        (_, double[] y, FeatureBlock block) = Draw(shape, offset: 1 << 30);
        double[] mean = new double[block.Stride], low = new double[block.Stride];
        Centring.AboutOwnMean(block, mean, low);
        for (int c = 0; c < shape.Columns; c++)
        {
            BigInteger sum = 0;
            for (int row = 0; row < shape.Rows; row++) sum += Exactly(y[(row * shape.Columns) + c]);
            for (int row = 0; row < shape.Rows; row++)
            {
                BigInteger exact = (Exactly(y[(row * shape.Columns) + c]) * shape.Rows) - sum; // n times the deviation
                double expected = Math.ScaleB((double)exact, -UnitBits) / shape.Rows;
                Assert.Equal(expected, block.Values[(row * block.Stride) + c], 1e-13);
            }
        }
    });

    [Fact]
    public void Residual_squares_are_those_of_a_plain_loop() => Shapes.Sample(shape =>
    {
        (double[] x, double[] y, FeatureBlock block) = Draw(shape);
        double[] beta = new double[shape.K * block.Stride], squares = new double[block.Stride];
        for (int i = 0; i < beta.Length; i++) beta[i] = 0.25 * (i % 5);
        CrossProducts.ResidualSquares(x, shape.K, block, beta, squares);
        for (int c = 0; c < shape.Columns; c++)
        {
            double expected = 0;
            for (int row = 0; row < shape.Rows; row++)
            {
                double residual = y[(row * shape.Columns) + c];
                for (int a = 0; a < shape.K; a++) residual = Math.FusedMultiplyAdd(-x[(row * shape.K) + a], beta[(a * block.Stride) + c], residual);
                expected = Math.FusedMultiplyAdd(residual, residual, expected);
            }

            Assert.Equal(expected, squares[c]);
        }
    });

    [Fact]
    public void A_sum_that_cancels_keeps_what_is_left()
    {
        Assert.Equal(2, Summation.Sum([1e100, 1, -1e100, 1]));
        Assert.Equal(1e-9, Summation.Variance([1e9, 1e9 + 1, 1e9 + 2]) * 1e-9, 1e-18);
        Assert.True(double.IsNaN(Summation.Variance([3])));
        Assert.Equal(double.PositiveInfinity, Summation.Sum([1, double.PositiveInfinity]));
    }

    [Fact]
    public void Twice_the_digits_survive_a_product_and_a_quotient() => Gen.Double[-1e6, 1e6].Select(Gen.Double[0.5, 1e3]).Sample((a, b) =>
    {
        DoubleDouble quotient = (DoubleDouble)a / b;
        DoubleDouble back = quotient * b;
        Assert.Equal(0, (back - a).High, Math.Abs(a) * 1e-30);
    });

    private const int UnitBits = 80;

    /// <summary>A double of moderate size as a multiple of 2^-80 (or a smaller unit); parts below do not occur here.</summary>
    private static BigInteger Exactly(double value, int unitBits = UnitBits)
    {
        if (value == 0) return 0;
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7FF) - 1075 + unitBits;
        BigInteger significand = (bits & 0xF_FFFF_FFFF_FFFF) | (1L << 52);
        BigInteger magnitude = exponent >= 0 ? significand << exponent : significand >> -exponent;
        return value < 0 ? -magnitude : magnitude;
    }

    private static (double[] X, double[] Y, FeatureBlock Block) Draw((int Rows, int K, int Columns, int Seed) shape, double offset = 0)
    {
        var random = new Random(shape.Seed);
        double[] x = new double[shape.Rows * shape.K], y = new double[shape.Rows * shape.Columns];
        for (int i = 0; i < x.Length; i++) x[i] = random.NextDouble() - 0.5;
        for (int i = 0; i < y.Length; i++) y[i] = random.NextDouble() - 0.5 + offset;
        var block = new FeatureBlock();
        block.Load(y, shape.Columns, [.. Enumerable.Range(0, shape.Rows)], 0, shape.Columns);
        return (x, y, block);
    }
}
