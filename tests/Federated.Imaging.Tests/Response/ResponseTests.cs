using Federated.Imaging.Response;

namespace Federated.Imaging.Tests.Response;

/// <summary>Every rule of the four criteria, on both sides of its limit.</summary>
public class ResponseTests
{
    private static readonly ReaderFindings NothingNew = new(NewLesions: false);

    // Liver 1.5 x 1.6 + 2 x 0.2 = 2.8; aorta 2.0 x 1.2 + 2 x 0.1 = 2.6.
    private static PercistScan Scan(double peak, double liver = 1.6, double blood = 1.2, double glycolysis = 100) => new(peak, liver, 0.2, blood, 0.1, glycolysis);

    [Theory]
    [InlineData(10, 7, "PMR")] // exactly 30 %
    [InlineData(10, 7.01, "SMD")]
    [InlineData(2.8, 2.01, "SMD")] // -28 %, and the least that is measurable
    [InlineData(2.8, 1.9, "PMR")] // -32 % and 0.9
    [InlineData(10, 13, "SMD")] // exactly +30 %
    [InlineData(10, 13.1, "PMD")]
    [InlineData(2.8, 3.65, "PMD")] // +30.4 % and 0.85
    [InlineData(10, 1.41, "PMR")] // below liver, but above blood pool's 1.4
    [InlineData(10, 1.39, "CMR")]
    [InlineData(2.79, 1, null)]
    public void PERCIST_compares_peaks(double baseline, double followUp, string? category) => Assert.Equal(category, Percist.Assess(Scan(baseline), Scan(followUp), NothingNew).Category);

    [Fact]
    public void PERCIST_asks_for_eight_tenths_as_well_as_thirty_per_cent()
    {
        PercistScan low = new(2.5, 1, 0.1, 1, 0.1, double.NaN);
        Assert.Equal("SMD", Percist.Assess(low, low with { Peak = 1.71 }, NothingNew).Category); // -31.6 %, 0.79
        Assert.Equal("PMR", Percist.Assess(low, low with { Peak = 1.7 }, NothingNew).Category);
        Assert.Equal("SMD", Percist.Assess(low, low with { Peak = 3.3 }, NothingNew).Category); // +32 %, exactly 0.8
        Assert.Equal("PMD", Percist.Assess(low, low with { Peak = 3.31 }, NothingNew).Category);
        Assert.Equal(32, Percist.Assess(low, low with { Peak = 3.3 }, NothingNew).Change, 1e-9);
    }

    [Theory]
    [InlineData(1.6, 1.89, "SMD")] // 18 %, 0.29
    [InlineData(1.6, 1.91, null)] // 0.31
    [InlineData(1.0, 1.2, "SMD")] // exactly 20 %
    [InlineData(1.0, 1.21, null)]
    [InlineData(1.6, double.NaN, null)]
    public void PERCIST_needs_livers_that_can_be_compared(double first, double second, string? category) =>
        Assert.Equal(category, Percist.Assess(Scan(10, first), Scan(10, second), NothingNew).Category);

    [Fact]
    public void PERCIST_takes_blood_pool_where_the_liver_is_diseased()
    {
        ReaderFindings diseased = NothingNew with { LiverDiseased = true };
        Assert.Equal("SMD", Percist.Assess(Scan(2.6, liver: 9), Scan(2.6, liver: 3), diseased).Category);
        Assert.Contains("below 2.6 of blood pool", Percist.Assess(Scan(2.59), Scan(2.59), diseased).Reason, StringComparison.Ordinal);
        Assert.Null(Percist.Assess(Scan(5), Scan(5, blood: 1.6), diseased).Category);
        Assert.Equal("CMR", Percist.Assess(Scan(5), Scan(1.3, liver: 0.5), diseased).Category);
    }

    [Fact]
    public void PERCIST_heeds_what_a_reader_saw_and_asks_for_it()
    {
        Assert.Contains("not stated", Percist.Assess(Scan(10), Scan(5), new ReaderFindings()).Reason, StringComparison.Ordinal);
        Assert.Equal("PMD", Percist.Assess(Scan(10), Scan(2), new ReaderFindings(NewLesions: true)).Category);
        Assert.Equal("PMD", Percist.Assess(Scan(10), Scan(2), NothingNew with { Progression = true }).Category);
        Assert.Equal("CMR", Percist.Assess(Scan(10), Scan(1.5), NothingNew with { Resolved = true }).Category);
        Assert.Equal("PMR", Percist.Assess(Scan(10), Scan(1.3), NothingNew with { Resolved = false }).Category);
        Assert.Equal("CMR", Percist.Assess(Scan(10), Scan(double.NaN), NothingNew with { Resolved = true }).Category);
        Assert.Null(Percist.Assess(Scan(10), Scan(double.NaN), NothingNew).Category);
        Assert.Equal("PMR", Percist.Assess(Scan(10), Scan(1.3) with { BloodMean = double.NaN }, NothingNew).Category); // at the liver's level is not yet at the blood's
    }

    [Fact]
    public void PERCIST_calls_growing_glycolysis_progression_unless_the_peak_declines()
    {
        Assert.Equal("PMD", Percist.Assess(Scan(10), Scan(10, glycolysis: 176), NothingNew).Category);
        Assert.Equal("SMD", Percist.Assess(Scan(10), Scan(10, glycolysis: 175), NothingNew).Category);
        Assert.Equal("SMD", Percist.Assess(Scan(10), Scan(9.9, glycolysis: 300), NothingNew).Category);
    }

    [Theory]
    [InlineData(12.5, null, "SMD")]
    [InlineData(12.51, null, "PMD")]
    [InlineData(8.51, null, "SMD")]
    [InlineData(8.5, 1, "PMR")]
    [InlineData(8.5, 2, "SMD")]
    [InlineData(8.5, null, null)]
    [InlineData(7.5, 2, "SMD")]
    [InlineData(7.49, 2, "PMR")]
    [InlineData(7.49, null, "PMR")]
    public void EORTC_limits_depend_on_the_cycles(double followUp, int? cycles, string? category) => Assert.Equal(category, Eortc1999.Assess(10, followUp, NothingNew with { Cycles = cycles }).Category);

    [Fact]
    public void EORTC_heeds_what_a_reader_saw()
    {
        Assert.Equal("PMD", Eortc1999.Assess(10, 1, new ReaderFindings(NewLesions: true)).Category);
        Assert.Equal("PMD", Eortc1999.Assess(10, 10, NothingNew with { Progression = true }).Category);
        Assert.Equal("CMR", Eortc1999.Assess(10, double.NaN, NothingNew with { Resolved = true }).Category);
        Assert.Null(Eortc1999.Assess(10, 5, new ReaderFindings()).Category);
        Assert.Null(Eortc1999.Assess(double.NaN, 5, NothingNew).Category);
    }

    [Theory]
    [InlineData(1.5, "2")]
    [InlineData(1.51, "3")]
    [InlineData(2.5, "3")]
    [InlineData(2.51, "4")]
    [InlineData(5.0, "4")]
    [InlineData(5.01, "5")]
    public void Deauville_steps_at_mediastinum_and_liver(double uptake, string score)
    {
        ResponseVerdict verdict = Deauville.Score(uptake, 2.5, 1.5, NothingNew);
        Assert.Equal((score, score is "2" or "3"), (verdict.Category, verdict.Responds));
        Assert.Equal(uptake / 2.5, verdict.Change, 1e-12);
    }

    [Fact]
    public void Deauville_needs_the_tissues_that_decide_and_no_others()
    {
        Assert.Equal("1", Deauville.Score(double.NaN, double.NaN, double.NaN, NothingNew with { Resolved = true }).Category);
        Assert.Equal("5", Deauville.Score(1, 2.5, 1.5, new ReaderFindings(NewLesions: true)).Category);
        Assert.Equal("4", Deauville.Score(7, 2.5, 1.5, NothingNew, markedly: 3).Category);
        Assert.Equal("4", Deauville.Score(3, 2.5, double.NaN, NothingNew).Category);
        Assert.Null(Deauville.Score(2, 2.5, double.NaN, NothingNew).Category);
        Assert.Null(Deauville.Score(2, double.NaN, 1.5, NothingNew).Category);
        Assert.Null(Deauville.Score(3, 2.5, 1.5, new ReaderFindings()).Category);
        Assert.Equal("5", Deauville.Score(9, 2.5, 1.5, new ReaderFindings()).Category); // new lesions could not raise it
    }

    [Theory]
    [InlineData(3.4, 2, null, "poor")] // exactly 66 %
    [InlineData(3.39, 2, null, "good")]
    [InlineData(3.39, 4, null, "poor")]
    [InlineData(2.99, 4, null, "good")]
    [InlineData(3.39, 3, null, null)]
    [InlineData(3.39, 3, 50.0, "good")]
    [InlineData(double.NaN, 2, null, null)]
    public void Delta_SUVmax_is_good_beyond_the_limit_of_its_cycle(double followUp, int? cycles, double? limit, string? category) =>
        Assert.Equal(category, DeltaSuvMax.Assess(10, followUp, cycles, limit).Category);
}
