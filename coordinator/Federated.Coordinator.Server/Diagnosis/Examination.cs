using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Federated.Coordinator.Ledgers;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Federated.Coordinator.Server.Diagnosis;

/// <summary>Looks at what a coordinator stands on: database, disk, certificates, ledger. Changes nothing, and is cheap enough to be asked every few seconds.</summary>
/// <param name="directory">The data directory.</param>
/// <param name="ledger">Its ledger.</param>
/// <param name="time">The clock.</param>
/// <param name="free">Bytes that are free on the disk of a path.</param>
public sealed class Examination(CoordinatorDirectory directory, LedgerService ledger, TimeProvider time, Func<string, long>? free = null)
{
    /// <summary>Below this nothing more is accepted safely.</summary>
    public const long LeastBytes = 64L << 20;

    /// <summary>Below this the operator should look.</summary>
    public const long FewBytes = 1L << 30;

    private static readonly TimeSpan AuthorityWarning = TimeSpan.FromDays(90);

    /// <summary>Every check that decides whether the coordinator can do its work.</summary>
    public ImmutableArray<Finding> Look() => [Database(), Disk(), Authority(), Members(), Ledger()];

    private Finding Database()
    {
        try
        {
            using SqliteConnection connection = directory.Database.Connect();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "SELECT COUNT(*) FROM sites";
            command.ExecuteScalar();
            return new Finding("database", Outcome.Ok, "answers");
        }
        catch (SqliteException failure)
        {
            return new Finding("database", Outcome.Failed, failure.Message, "restore coordinator.db from a backup, or mend its permissions", "E1110");
        }
    }

    private Finding Disk()
    {
        long bytes = (free ?? FreeBytes)(directory.Path);
        string found = $"{bytes >> 20} MiB free";
        const string Mend = "free space on the disk of the data directory; nothing is acknowledged that could not be written";
        return bytes < LeastBytes ? new Finding("disk", Outcome.Failed, found, Mend, "E1109")
            : bytes < FewBytes ? new Finding("disk", Outcome.Warning, found, Mend, "E1109")
            : new Finding("disk", Outcome.Ok, found);
    }

    private Finding Authority()
    {
        X509Certificate2 authority = directory.Authority.Certificate;
        var until = new DateTimeOffset(authority.NotAfter.ToUniversalTime());
        TimeSpan left = until - time.GetUtcNow();
        string found = $"good until {until:u}";
        if (left <= TimeSpan.Zero || time.GetUtcNow() < new DateTimeOffset(authority.NotBefore.ToUniversalTime()))
            return new Finding("authority", Outcome.Failed, $"{found}: not valid now", "compare this computer's clock; an authority that expired is replaced by a new data directory, and every hospital joins anew", "E1107");
        return left < AuthorityWarning
            ? new Finding("authority", Outcome.Warning, found, "plan a new data directory, which every hospital joins anew", "E1107")
            : new Finding("authority", Outcome.Ok, found);
    }

    private Finding Members()
    {
        try
        {
            DateTimeOffset now = time.GetUtcNow();
            Member[] members = [.. directory.Roster.Members().Where(m => m.Revoked is null)];
            Member[] expired = [.. members.Where(m => m.CertificateExpires <= now)];
            return expired.Length > 0
                ? new Finding("members", Outcome.Warning, $"{string.Join(", ", expired.Select(m => m.Name))}: certificate expired", "federated-coordinator site revoke, then invite anew: an agent that was off for a month cannot renew by itself")
                : new Finding("members", Outcome.Ok, $"{members.Length}, no certificate expired");
        }
        catch (SqliteException failure)
        {
            return new Finding("members", Outcome.Failed, failure.Message, "restore coordinator.db from a backup", "E1110");
        }
    }

    private Finding Ledger()
    {
        try
        {
            return new Finding("ledger", Outcome.Ok, $"{ledger.Size} entries; federated-coordinator ledger verify checks each");
        }
        catch (Exception failure) when (failure is SqliteException or OperatorErrorException or InvalidDataException)
        {
            return new Finding("ledger", Outcome.Failed, failure.Message, "restore coordinator.db from a backup", "E1401");
        }
    }

    private static long FreeBytes(string path)
    {
        try
        {
            return new DriveInfo(path).AvailableFreeSpace;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
