using Dapper;
using Federated.Imaging.Phantoms.Calibrations;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Host.Tests.Support;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Host.Tests.Storage;

/// <summary>Calibrations in site.db: versions, signatures, and what a hand in the database does.</summary>
public sealed class CalibrationTablesTests
{
    private static readonly Calibration Draft = new(
        0, new ScannerSetting("Vendor Model", "PSF+TOF", "4.1"), new DateOnly(2026, 11, 2), new DateOnly(2027, 2, 9), 1.0517, 0.0834, 6.125, [0.97, 0.9, 0.7], [new StandardFilter("EARL1", 5.25), new StandardFilter("EARL2", null)], "1.2.3");

    [Fact]
    public void Calibrations_are_numbered_signed_and_read_back_to_the_bit()
    {
        using var directory = new TemporaryDirectory();
        using var identity = SiteIdentity.Create();
        var tables = new CalibrationTables(new SiteDatabase(directory.Path));
        Assert.Equal(1, tables.Add(Draft, identity, DateTimeOffset.UnixEpoch).Version);
        Calibration second = tables.Add(Draft with { Factor = null, Recoveries = [], FwhmMillimetres = null, Filters = [] }, identity, DateTimeOffset.UnixEpoch);
        Assert.Equal([(Draft with { Version = 1 }).Statement, second.Statement], new CalibrationTables(new SiteDatabase(directory.Path)).All(identity).Select(c => c.Statement));
    }

    [Theory]
    [InlineData("UPDATE calibration SET factor = 1.06")]
    [InlineData("UPDATE calibration SET valid_to = '2028-01-01'")]
    [InlineData("UPDATE calibration SET recoveries = 'none'")]
    [InlineData("UPDATE calibration SET version = 7")]
    public void A_hand_in_the_database_is_stopped_or_found_out(string change)
    {
        using var directory = new TemporaryDirectory();
        using var identity = SiteIdentity.Create();
        var database = new SiteDatabase(directory.Path);
        var tables = new CalibrationTables(database);
        tables.Add(Draft, identity, DateTimeOffset.UnixEpoch);
        Assert.Throws<SiteStoreException>(() => database.Write((connection, transaction) => connection.Execute(change, transaction: transaction)));
        database.Write((connection, transaction) => connection.Execute($"DROP TRIGGER calibration_stays; {change}", transaction: transaction));
        Assert.Equal("E3705", Assert.Throws<SiteErrorException>(() => tables.All(identity)).Code);
        using var stranger = SiteIdentity.Create();
        Assert.Throws<SiteErrorException>(() => tables.All(stranger));
    }
}
