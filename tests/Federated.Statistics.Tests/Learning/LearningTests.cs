using CsCheck;
using Federated.Statistics.Learning;

namespace Federated.Statistics.Tests.Learning;

public sealed class LearningTests
{
    [Theory]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Rectifier)]
    public void The_gradient_is_the_slope_of_the_loss(Activation activation)
    {
        var network = new Network(3, [4, 2], activation);
        double[] parameters = network.Start(5), x = [0.3, -1.2, 0.7], gradient = new double[parameters.Length];
        Assert.Equal((3 * 4) + 4 + (4 * 2) + 2 + 2 + 1, parameters.Length);
        for (int j = 0; j < parameters.Length; j++) parameters[j] += 0.01 * (j + 1);
        double loss = network.AddGradient(parameters, x, 1, gradient);
        Assert.Equal(Network.Loss(network.Predict(parameters, x), 1), loss);
        const double step = 1e-6;
        for (int j = 0; j < parameters.Length; j++)
        {
            double At(double change)
            {
                double[] moved = [.. parameters];
                moved[j] += change;
                return Network.Loss(network.Predict(moved, x), 1);
            }

            Assert.Equal((At(step) - At(-step)) / (2 * step), gradient[j], 1e-8);
        }
    }

    [Fact]
    public void Biases_are_not_penalized()
    {
        var network = new Network(2, [3], Activation.Tanh);
        Assert.Equal([.. Enumerable.Repeat(true, 6), false, false, false, true, true, true, false], Enumerable.Range(0, network.Parameters).Select(network.IsWeight));
    }

    [Fact]
    public void The_loss_is_exact_far_out()
    {
        Assert.Equal(800, Network.Loss(800, 0));
        Assert.Equal(0, Network.Loss(800, 1));
        Assert.Equal(Math.Log(2), Network.Loss(0, 1), 1e-15);
        Assert.Equal(1, Network.Probability(-800) + Network.Probability(800));
    }

    [Fact]
    public void A_logistic_model_trained_long_reaches_the_maximum_of_the_likelihood()
    {
        // Two groups of rows: 3 of 4 and 1 of 4 positive, so the log odds are -log 3 and the difference 2 log 3.
        double[][] rows = [[0], [0], [0], [0], [1], [1], [1], [1]];
        double[] outcome = [1, 0, 0, 0, 1, 1, 1, 0];
        var network = new Network(1, [], Activation.Tanh);
        double[] model = new LocalTraining(20_000, 8, 0.5, 0, 0, double.PositiveInfinity).Change(network, network.Start(1), rows, outcome, null, new SeededStream(1));
        Assert.Equal(2 * Math.Log(3), model[0], 1e-9);
        Assert.Equal(-Math.Log(3), model[1], 1e-9);
    }

    [Fact]
    public void A_change_is_shortened_to_the_limit_and_keeps_its_direction()
    {
        double[][] rows = [[1, 2], [3, -1]];
        var network = new Network(2, [], Activation.Tanh);
        double[] free = new LocalTraining(3, 2, 0.5, 0, 0, double.PositiveInfinity).Change(network, network.Start(1), rows, [1, 0], null, new SeededStream(1));
        double[] clipped = new LocalTraining(3, 2, 0.5, 0, 0, 0.1).Change(network, network.Start(1), rows, [1, 0], null, new SeededStream(1));
        Assert.Equal(0.1, Length(clipped), 1e-12);
        for (int j = 0; j < free.Length; j++) Assert.Equal(free[j] / Length(free), clipped[j] / 0.1, 1e-12);
    }

    [Fact]
    public void A_strong_proximal_term_holds_a_holder_near_the_model_it_was_given()
    {
        double[][] rows = [[1, 2], [3, -1]];
        var network = new Network(2, [], Activation.Tanh);
        double[] start = [0.5, -0.5, 0.1];
        double Moved(double proximal) => Length(new LocalTraining(50, 2, 0.1, 0, proximal, double.PositiveInfinity).Change(network, start, rows, [1, 0], null, new SeededStream(1)));
        Assert.True(Moved(5) < Moved(0.5));
        Assert.True(Moved(0.5) < Moved(0));
    }

    [Fact]
    public void Adaptive_steps_follow_their_paper()
    {
        // Reddi et al. 2021, algorithm 2, first step: m = 0.1 d, v = 0.99 tau^2 + 0.01 d^2 (Adam), tau^2 + 0.01 d^2 (Yogi, d^2 > tau^2).
        const double d = 0.5, tau = 1e-3, rate = 0.05;
        Assert.Equal(1 + (rate * 0.1 * d / (Math.Sqrt((0.99 * tau * tau) + (0.01 * d * d)) + tau)), new AdaptiveStep(1, rate, false).Next([1], [d])[0], 1e-15);
        Assert.Equal(1 + (rate * 0.1 * d / (Math.Sqrt((tau * tau) + (0.01 * d * d)) + tau)), new AdaptiveStep(1, rate, true).Next([1], [d])[0], 1e-15);
        Assert.Equal([1 + (0.7 * d)], new AveragingStep(0.7).Next([1], [d]));
    }

    [Fact]
    public void The_area_under_the_curve_lies_within_its_bound() =>
        Gen.Select(Gen.Double[-3, 3], Gen.Bool).Array[2, 80].Where(r => r.Any(x => x.Item2) && r.Any(x => !x.Item2)).Sample(rows =>
        {
            double[] negatives = new double[ScoreGrid.Bins], positives = new double[ScoreGrid.Bins];
            foreach ((double score, bool positive) in rows) (positive ? positives : negatives)[ScoreGrid.Bin(score)]++;
            double[] of1 = [.. rows.Where(r => r.Item2).Select(r => r.Item1)], of0 = [.. rows.Where(r => !r.Item2).Select(r => r.Item1)];
            double concordant = 0;
            foreach (double p in of1)
                foreach (double n in of0) concordant += p > n ? 1 : p == n ? 0.5 : 0;
            (double area, double error) = ScoreGrid.Area(negatives, positives, of0.Length, of1.Length);
            Assert.InRange(concordant / of0.Length / of1.Length, area - error - 1e-12, area + error + 1e-12);
        });

    [Fact]
    public void An_order_is_a_permutation_and_the_seed_determines_it()
    {
        Assert.Equal(Enumerable.Range(0, 100), new SeededStream(3).Order(100).Order());
        Assert.Equal(new SeededStream(3).Order(100), new SeededStream(3).Order(100));
        Assert.NotEqual(new SeededStream(3).Order(100), new SeededStream(4).Order(100));
    }

    private static double Length(double[] values) => Math.Sqrt(values.Aggregate(0.0, (sum, v) => sum + (v * v)));
}
