using Federated.Statistics.Validation;

namespace Federated.Statistics.Tests.Validation;

public class PredictedRisksTests
{
    [Fact]
    public void Rows_of_different_parts_are_not_compared()
    {
        // Each part orders its rows perfectly; between the parts the order is reversed.
        var risks = new PredictedRisks([([0.0, 1.0], [4, 0], [0, 2]), ([-9.0, -8.0], [1, 0], [0, 6])]);
        Assert.Equal(1, risks.Discrimination().Area, 1e-15);
        Assert.Equal((5, 8), risks.Rows);
    }

    [Fact]
    public void Pairs_in_one_bin_count_half_and_bound_the_error()
    {
        (double area, _, double rounding) = new PredictedRisks([([0.0, 1.0], [2, 2], [2, 2])]).Discrimination();
        Assert.Equal(0.5, area, 1e-15);
        Assert.Equal(0.25, rounding, 1e-15);
    }

    [Fact]
    public void Calibration_finds_the_line_on_which_observed_log_odds_lie()
    {
        // Observed odds 1:3, 1:1 and 3:1 at log odds -2, 0 and 2: a slope of log(3) / 2 through the origin.
        (double intercept, double slope, double error, double slopeError) = new PredictedRisks([([-2.0, 0.0, 2.0], [30, 20, 10], [10, 20, 30])]).Calibration();
        Assert.Equal(0, intercept, 1e-12);
        Assert.Equal(Math.Log(3) / 2, slope, 1e-12);
        Assert.Equal(1 / Math.Sqrt(15 + 10), error, 1e-12);
        Assert.Equal(1 / Math.Sqrt(7.5 * 4 * 2), slopeError, 1e-12);
    }

    [Fact]
    public void No_line_goes_through_predictions_that_are_all_the_same() => Assert.True(double.IsNaN(new PredictedRisks([([1.0], [5], [7])]).Calibration().Slope));
}
