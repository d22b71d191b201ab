using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Federated.Imaging.Phantoms.Calibrations;
using Federated.SiteAgent.Identity;

namespace Federated.SiteAgent.Host.Storage;

/// <summary>The site's calibrations in site.db: appended, signed by its identity key, never changed.</summary>
public sealed class CalibrationTables(SiteDatabase database)
{
    private const string Day = "yyyy-MM-dd";

    /// <summary>Keeps a calibration under the next version.</summary>
    /// <param name="draft">With any version.</param>
    /// <param name="identity">Signs it.</param>
    /// <param name="made">When.</param>
    /// <returns>As kept.</returns>
    public Calibration Add(Calibration draft, SiteIdentity identity, DateTimeOffset made)
    {
        Calibration? kept = null;
        database.Write((connection, transaction) =>
        {
            int version = 1 + connection.ExecuteScalar<int>("SELECT COALESCE(MAX(version), 0) FROM calibration", transaction: transaction);
            kept = draft with { Version = version };
            return connection.Execute(
                "INSERT INTO calibration VALUES (@version, @Scanner, @Reconstruction, @Software, @from, @to, @Factor, @Noise, @FwhmMillimetres, @recoveries, @filters, @Series, @made, @signature)",
                new
                {
                    version,
                    kept.Setting.Scanner,
                    kept.Setting.Reconstruction,
                    kept.Setting.Software,
                    from = kept.From.ToString(Day, CultureInfo.InvariantCulture),
                    to = kept.To.ToString(Day, CultureInfo.InvariantCulture),
                    kept.Factor,
                    kept.Noise,
                    kept.FwhmMillimetres,
                    recoveries = JsonSerializer.Serialize(kept.Recoveries),
                    filters = JsonSerializer.Serialize(kept.Filters),
                    kept.Series,
                    made = made.ToUniversalTime().ToString("O"),
                    signature = identity.Sign(Statement(kept)),
                },
                transaction);
        });
        return kept!;
    }

    /// <summary>Every calibration, in the order of versions.</summary>
    /// <param name="identity">Whose signature each bears.</param>
    /// <exception cref="SiteErrorException">E3705: one is not what was signed.</exception>
    public ImmutableArray<Calibration> All(SiteIdentity identity) => database.Do(connection => connection.Query<Row>(
        "SELECT version, scanner, reconstruction, software, valid_from AS ValidFrom, valid_to AS ValidTo, factor, noise, fwhm, recoveries, filters, series, signature FROM calibration ORDER BY version").Select(row =>
    {
        Calibration? read = row.Read();
        return read is not null && identity.Verifies(Statement(read), row.Signature) ? read
            : throw new SiteErrorException("E3705", ExitCode.Refused, $"calibration {row.Version} is not what this site signed: site.db was changed by hand; restore it from a backup");
    }).ToImmutableArray());

    private static byte[] Statement(Calibration calibration) => SHA256.HashData(Encoding.UTF8.GetBytes(calibration.Statement));

    private sealed class Row
    {
        public long Version { get; init; }

        public required string Scanner { get; init; }

        public required string Reconstruction { get; init; }

        public required string Software { get; init; }

        public required string ValidFrom { get; init; }

        public required string ValidTo { get; init; }

        public double? Factor { get; init; }

        public double Noise { get; init; }

        public double? Fwhm { get; init; }

        public required string Recoveries { get; init; }

        public required string Filters { get; init; }

        public required string Series { get; init; }

        public required byte[] Signature { get; init; }

        // Null: a cell is not what this release writes, so it cannot be what was signed.
        public Calibration? Read()
        {
            try
            {
                return new Calibration(
                    (int)Version, new ScannerSetting(Scanner, Reconstruction, Software), DateOnly.ParseExact(ValidFrom, Day, CultureInfo.InvariantCulture), DateOnly.ParseExact(ValidTo, Day, CultureInfo.InvariantCulture),
                    Factor, Noise, Fwhm, [.. JsonSerializer.Deserialize<double[]>(Recoveries)!], [.. JsonSerializer.Deserialize<StandardFilter[]>(Filters)!], Series);
            }
            catch (Exception damaged) when (damaged is FormatException or JsonException or ArgumentNullException)
            {
                return null;
            }
        }
    }
}
