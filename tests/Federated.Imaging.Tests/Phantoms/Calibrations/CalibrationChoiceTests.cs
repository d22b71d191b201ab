using Federated.Imaging.Phantoms.Calibrations;

namespace Federated.Imaging.Tests.Phantoms.Calibrations;

/// <summary>A patient takes the calibration valid on its day, and is flagged where there is none to rely on.</summary>
public class CalibrationChoiceTests
{
    private static readonly ScannerSetting Setting = new("Vendor Model 1", "OSEM", "4.1");

    private static readonly Calibration[] Made =
    [
        Of(1, Setting, 1, 60), Of(2, Setting, 40, 100), Of(3, Setting, 40, 90), Of(4, Setting with { Reconstruction = "PSF" }, 50, 200), Of(5, Setting with { Software = "5.0" }, 120, 200),
    ];

    [Theory]
    [InlineData("OSEM", "4.1", 0, null, CalibrationFlag.Missing)]
    [InlineData("OSEM", "4.1", 1, 1, CalibrationFlag.Valid)]
    [InlineData("OSEM", "4.1", 39, 1, CalibrationFlag.Valid)]
    [InlineData("OSEM", "4.1", 40, 3, CalibrationFlag.Valid)] // of two of one day the newer version
    [InlineData("OSEM", "4.1", 91, 3, CalibrationFlag.Expired)]
    [InlineData("OSEM", "4.2", 60, 3, CalibrationFlag.SoftwareChanged)]
    [InlineData("OSEM", "4.1", 130, 5, CalibrationFlag.SoftwareChanged)]
    [InlineData("OSEM", "5.0", 130, 5, CalibrationFlag.Valid)]
    [InlineData("PSF", "4.1", 45, null, CalibrationFlag.Missing)]
    [InlineData("PSF", "4.1", 55, 4, CalibrationFlag.Valid)]
    public void The_day_decides(string reconstruction, string software, int day, int? version, CalibrationFlag flag)
    {
        CalibrationChoice choice = CalibrationChoice.Of(Made, new ScannerSetting(Setting.Scanner, reconstruction, software), Day(day));
        Assert.Equal((version, flag), (choice.Calibration?.Version, choice.Flag));
        Assert.Equal(choice, CalibrationChoice.Of(Made.Reverse(), new ScannerSetting(Setting.Scanner, reconstruction, software), Day(day)));
    }

    [Fact]
    public void Every_fact_is_part_of_what_is_signed()
    {
        Calibration one = Made[0];
        string[] statements =
        [
            one.Statement, (one with { Version = 9 }).Statement, (one with { From = Day(2) }).Statement, (one with { To = Day(61) }).Statement, (one with { Factor = 1.0000000000000002 }).Statement, (one with { Factor = null }).Statement,
            (one with { Noise = 0.11 }).Statement, (one with { FwhmMillimetres = 5 }).Statement, (one with { Recoveries = [0.9, 0.8] }).Statement, (one with { Filters = [new StandardFilter("EARL1", 5.25)] }).Statement,
            (one with { Series = "1.2" }).Statement, (one with { Setting = Setting with { Software = "x" } }).Statement,
        ];
        Assert.Equal(statements.Length, statements.Distinct().Count());
    }

    private static Calibration Of(int version, ScannerSetting setting, int from, int to) => new(version, setting, Day(from), Day(to), 1, 0.1, 6, [0.9], [new StandardFilter("EARL1", 5)], "1.2.3");

    private static DateOnly Day(int day) => new DateOnly(2026, 1, 1).AddDays(day);
}
