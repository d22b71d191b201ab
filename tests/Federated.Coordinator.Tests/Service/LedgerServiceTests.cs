using System.Security.Cryptography;
using Federated.Coordinator.Identity;
using Federated.Coordinator.Ledgers;
using Federated.Coordinator.Storage.Sqlite;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Tests.Kit;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Entries;
using Federated.Ledger.Exports;
using Federated.Ledger.Merkle;
using Federated.Privacy.Randomness;
using Microsoft.Data.Sqlite;

namespace Federated.Coordinator.Tests.Service;

/// <summary>The coordinator's ledger holds every event of every study, and cannot be changed behind a hospital's back.</summary>
public sealed class LedgerServiceTests : IDisposable
{
    private readonly TestConsortium _consortium = new(3);
    private readonly TemporaryFolder _folder = new();
    private readonly ECDsa _witness = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _consortium.Dispose();
        _folder.Dispose();
        _witness.Dispose();
    }

    [Fact]
    public async Task Every_event_has_its_entry_and_its_export_holds()
    {
        await _consortium.OpenAsync(3, "m:mean");
        LedgerService ledger = Service(new MemoryCoordinatorLedger());
        await ledger.RefreshAsync(Cancellation);
        await ledger.RefreshAsync(Cancellation);
        long events = (await _consortium.Events.HeadsAsync(Cancellation)).Select(h => h.Sequence).Aggregate(0L, (a, b) => a + b);
        Assert.Equal(events, ledger.Size);
        LedgerEntry[] entries = [.. ledger.Entries()];
        Assert.Equal(["study-created", "study-opened"], entries.Take(2).Select(e => e.Kind));
        StoredEvent[] stored = [.. await _consortium.Events.ReadAsync("study/trial", 0, Cancellation)];
        Assert.All(stored.Zip(entries), pair => Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(pair.First.Data.Span)), pair.Second.Fields.FindHex("event")));
        using var file = new StringWriter();
        await LedgerExport.WriteAsync(file, ledger.Key, ledger.Entries(), ledger.Size, ledger.Checkpoints());
        Assert.Empty(LedgerVerifier.Verify(new StringReader(file.ToString()), ledger.Key).Faults);
    }

    [Fact]
    public async Task A_hospital_sees_the_log_continue_and_cosigns_it()
    {
        await _consortium.CreateAsync(3, "m:mean");
        LedgerService ledger = Service(new MemoryCoordinatorLedger());
        CheckpointShown first = await ledger.ShowAsync(0, Cancellation);
        (WitnessFinding finding, Checkpoint? seen) = CheckpointWitness.Judge(ledger.Key, null, first.Note!.ToString(), first.Proof.AsSpan());
        Assert.Equal(WitnessFinding.Consistent, finding);
        await _consortium.Service.OpenAsync("trial", null, Cancellation);
        CheckpointShown next = await ledger.ShowAsync(seen!.Size, Cancellation);
        (finding, Checkpoint? head) = CheckpointWitness.Judge(ledger.Key, seen, next.Note!.ToString(), next.Proof.AsSpan());
        Assert.Equal(WitnessFinding.Consistent, finding);
        Assert.True(head!.Size > seen.Size);

        byte[] key = _witness.ExportSubjectPublicKeyInfo();
        NoteKey witness = new($"federated-ledger/site/{Digest.Of(key).Hex[..16]}", key);
        byte[] signature = [.. witness.Cosign(head.Text, _consortium.Time.GetUtcNow(), h => _witness.SignHash(h)).Signature];
        await ledger.CosignAsync("north", head.Size, head.Root, signature, Cancellation);
        await ledger.CosignAsync("north", head.Size, head.Root, signature, Cancellation);
        Assert.Equal(_consortium.Time.GetUtcNow(), witness.WhenCosigned(ledger.Checkpoints()[^1]));
        Assert.Equal(2, ledger.Checkpoints()[^1].Signatures.Length);

        signature[20] ^= 1;
        SiteRefusedException refused = await Assert.ThrowsAsync<SiteRefusedException>(() => ledger.CosignAsync("north", head.Size, head.Root, signature, Cancellation));
        Assert.Equal(RefusalCode.SignatureWrong, refused.Code);
        await Assert.ThrowsAsync<SiteRefusedException>(() => ledger.CosignAsync("north", head.Size, MerkleHash.EmptyRoot, signature, Cancellation));
        await Assert.ThrowsAsync<SiteRefusedException>(() => ledger.CosignAsync("stranger", head.Size, head.Root, signature, Cancellation));
    }

    [Fact]
    public async Task The_ledger_on_disk_survives_a_restart_and_a_change_by_hand_is_found()
    {
        await _consortium.OpenAsync(3, "m:mean");
        CoordinatorDatabase database = CoordinatorDatabase.Open(_folder["coordinator.db"]);
        LedgerService ledger = Service(new SqliteCoordinatorLedger(database));
        CheckpointShown shown = await ledger.ShowAsync(0, Cancellation);
        LedgerService later = Service(new SqliteCoordinatorLedger(database));
        Assert.Equal(shown.Note!.ToString(), (await later.ShowAsync(0, Cancellation)).Note!.ToString());
        Assert.Equal(ledger.Entries().Select(e => e.Leaf), later.Entries().Select(e => e.Leaf));

        using (SqliteConnection connection = database.Connect())
        {
            foreach (string sql in (string[])["UPDATE ledger SET leaf = zeroblob(32)", "DELETE FROM ledger", "UPDATE ledger_checkpoints SET note = ''", "DELETE FROM ledger_checkpoints"])
                Assert.ThrowsAny<SqliteException>(() => Run(connection, sql));
            Run(connection, "DROP TRIGGER ledger_is_never_changed");
            Run(connection, "UPDATE ledger SET leaf = zeroblob(32) WHERE position = 1");
        }

        OperatorErrorException found = await Assert.ThrowsAsync<OperatorErrorException>(() => Service(new SqliteCoordinatorLedger(database)).RefreshAsync(Cancellation));
        Assert.Equal("E1401", found.Code);
        database.Release();
    }

    private LedgerService Service(ICoordinatorLedger ledger) => new(
        _consortium.Events, ledger, new ReceiptSigner(TestConsortium.ReceiptKey), TestConsortium.ReceiptKey.ExportSubjectPublicKeyInfo(),
        new FixedSiteDirectory([new SiteIdentity("north", _witness.ExportSubjectPublicKeyInfo())]), new SeededRandomness(1));

    private static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
