using System.Text;
using Federated.Coordinator.Identity;
using Federated.Coordinator.Storage.Sqlite;
using Federated.Coordinator.Tests.Kit;

namespace Federated.Coordinator.Tests.Storage;

public sealed class RosterTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 8, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Id = [1, 2, 3, 4, 5, 6, 7, 8];
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("abcdefghijklmnopqrstuvwxyzABCDEF");
    private static readonly byte[] Key = [9, 9, 9];
    private static readonly Digest Certificate = Digest.Of("first"u8);
    private static readonly Digest Request = Digest.Of("request"u8);
    private readonly TemporaryFolder _folder = new();
    private readonly CoordinatorDatabase _database;
    private readonly Roster _roster;

    public RosterTests()
    {
        _database = CoordinatorDatabase.Open(_folder["coordinator.db"]);
        _roster = new Roster(_database);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_invitation_is_good_once_and_its_secret_is_wiped()
    {
        Assert.True(_roster.TryInvite(Id, "hospital-a", Secret, Now, Now.AddDays(7)));
        Assert.Equal(Secret, _roster.FindInvitation(Id)!.Secret!.Value.ToArray());
        Assert.True(Join("first"));
        Assert.False(Join("second"));
        Invitation used = _roster.FindInvitation(Id)!;
        Assert.Null(used.Secret);
        Assert.Equal(Now, used.Used);
        Assert.Equal(Request, used.RequestDigest);
        Assert.Equal("first"u8.ToArray(), used.Certificate!.Value.ToArray());
        SiteIdentity site = (await _roster.FindAsync("hospital-a", Cancellation))!;
        Assert.Equal(Key, site.IdentityPublicKey.ToArray());
        Assert.Null(_roster.FindInvitation([0, 0, 0, 0, 0, 0, 0, 0]));

        _database.Release(); // the last connection to close merges the write-ahead log into the file
        byte[] file = await File.ReadAllBytesAsync(_folder["coordinator.db"], Cancellation);
        Assert.Equal(-1, file.AsSpan().IndexOf(Secret));
    }

    [Fact]
    public void A_second_invitation_kills_the_first_and_members_are_not_invited()
    {
        _roster.TryInvite(Id, "hospital-a", Secret, Now, Now.AddDays(7));
        byte[] second = [8, 7, 6, 5, 4, 3, 2, 1];
        _roster.TryInvite(second, "hospital-a", Secret, Now, Now.AddDays(7));
        Assert.Null(_roster.FindInvitation(Id));
        Assert.True(_roster.TryJoin(second, "hospital-a", Joining("first", Key), Now));
        Assert.False(_roster.TryInvite(Id, "hospital-a", Secret, Now, Now.AddDays(7)));
    }

    [Fact]
    public async Task Revoking_shuts_out_and_a_new_invitation_brings_a_new_identity()
    {
        _roster.TryInvite(Id, "hospital-a", Secret, Now, Now.AddDays(7));
        Join("first");
        Assert.True(_roster.TryRevoke("hospital-a", Now.AddHours(1)));
        Assert.False(_roster.TryRevoke("hospital-a", Now.AddHours(1)));
        Assert.Null(await _roster.FindAsync("hospital-a", Cancellation));
        Assert.Empty(await _roster.ListAsync(Cancellation));
        Assert.Equal(Now.AddHours(1), _roster.FindCertificate(Certificate)!.Revoked);
        Assert.False(_roster.TryRenew("hospital-a", Digest.Of([3]), Now, Now.AddDays(30)));

        Assert.True(_roster.TryInvite([2, 2, 2, 2, 2, 2, 2, 2], "hospital-a", Secret, Now, Now.AddDays(7)));
        Assert.True(_roster.TryJoin([2, 2, 2, 2, 2, 2, 2, 2], "hospital-a", Joining("fourth", [5]), Now));
        Assert.Equal([5], (await _roster.FindAsync("hospital-a", Cancellation))!.IdentityPublicKey.ToArray());
        Assert.NotNull(_roster.FindCertificate(Certificate)!.Revoked);
        Assert.Null(_roster.FindCertificate(Digest.Of("fourth"u8))!.Revoked);
        Member member = Assert.Single(_roster.Members());
        Assert.Equal((null, Now.AddDays(30)), (member.Revoked, member.CertificateExpires));
    }

    [Fact]
    public void A_renewed_certificate_replaces_the_one_before()
    {
        _roster.TryInvite(Id, "hospital-a", Secret, Now, Now.AddDays(7));
        Join("first");
        Assert.True(_roster.TryRenew("hospital-a", Digest.Of([2]), Now.AddDays(20), Now.AddDays(50)));
        Assert.Equal(Now.AddDays(20), _roster.FindCertificate(Certificate)!.Replaced);
        Assert.Null(_roster.FindCertificate(Digest.Of([2]))!.Replaced);
        Assert.Null(_roster.FindCertificate(Digest.Of([9])));
    }

    public void Dispose()
    {
        _database.Release();
        _folder.Dispose();
    }

    private static Joining Joining(string certificate, byte[] key) => new(Request, key, Encoding.ASCII.GetBytes(certificate), Now.AddDays(30));

    private bool Join(string certificate) => _roster.TryJoin(Id, "hospital-a", Joining(certificate, Key), Now);
}
