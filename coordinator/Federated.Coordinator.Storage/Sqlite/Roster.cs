using System.Collections.Immutable;
using Dapper;
using Federated.Coordinator.Identity;
using Microsoft.Data.Sqlite;

namespace Federated.Coordinator.Storage.Sqlite;

/// <summary>A member of the consortium as the operator sees it.</summary>
/// <param name="Name">Site name.</param>
/// <param name="Fingerprint">SHA-256 of its identity key.</param>
/// <param name="Joined">When it last joined.</param>
/// <param name="Revoked">Since when it is shut out; null = it is not.</param>
/// <param name="CertificateExpires">When its newest certificate ends.</param>
public sealed record Member(string Name, Digest Fingerprint, DateTimeOffset Joined, DateTimeOffset? Revoked, DateTimeOffset? CertificateExpires);

/// <summary>An invitation that is being redeemed.</summary>
/// <param name="Site">The name it was made for.</param>
/// <param name="Secret">32 bytes; null once it was used.</param>
/// <param name="Expires">Not accepted from then on.</param>
/// <param name="Used">When it was used; null = not yet.</param>
/// <param name="RequestDigest">Digest of the request it was used with.</param>
/// <param name="Certificate">DER of the certificate it was used for.</param>
public sealed record Invitation(
    string Site, ReadOnlyMemory<byte>? Secret, DateTimeOffset Expires, DateTimeOffset? Used, Digest? RequestDigest, ReadOnlyMemory<byte>? Certificate);

/// <summary>What a site brings along when it uses its invitation, and what it is given.</summary>
/// <param name="RequestDigest">Digest of everything it asked.</param>
/// <param name="IdentityPublicKey">SubjectPublicKeyInfo, DER.</param>
/// <param name="Certificate">DER of the certificate issued to it.</param>
/// <param name="Expires">When that ends.</param>
public sealed record Joining(Digest RequestDigest, ReadOnlyMemory<byte> IdentityPublicKey, ReadOnlyMemory<byte> Certificate, DateTimeOffset Expires);

/// <summary>A certificate that was issued here.</summary>
/// <param name="Site">To whom.</param>
/// <param name="Issued">When.</param>
/// <param name="Expires">It is not accepted from then on.</param>
/// <param name="Replaced">When a newer one was issued; it stays good until it expires.</param>
/// <param name="Revoked">Since when it is on the deny-list.</param>
public sealed record IssuedCertificate(string Site, DateTimeOffset Issued, DateTimeOffset Expires, DateTimeOffset? Replaced, DateTimeOffset? Revoked);

/// <summary>Who may come in: invitations, members, their certificates and the deny-list, in SQLite. Always read afresh, so another process is heard at once.</summary>
public sealed class Roster(CoordinatorDatabase database) : ISiteDirectory
{
    /// <inheritdoc/>
    public Task<SiteIdentity?> FindAsync(string site, CancellationToken cancellation)
    {
        using SqliteConnection connection = database.Connect();
        byte[]? key = connection.ExecuteScalar<byte[]?>("SELECT identity_public_key FROM sites WHERE name = @site AND revoked IS NULL", new { site });
        return Task.FromResult(key is null ? null : new SiteIdentity(site, key));
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<SiteIdentity>> ListAsync(CancellationToken cancellation)
    {
        using SqliteConnection connection = database.Connect();
        IEnumerable<(string Name, byte[] Key)> rows = connection.Query<(string, byte[])>("SELECT name, identity_public_key FROM sites WHERE revoked IS NULL ORDER BY name");
        return Task.FromResult<ImmutableArray<SiteIdentity>>([.. rows.Select(r => new SiteIdentity(r.Name, r.Key))]);
    }

    /// <summary>Every site that ever joined, shut out or not, in ordinal order of the names.</summary>
    public ImmutableArray<Member> Members()
    {
        using SqliteConnection connection = database.Connect();
        IEnumerable<(string Name, byte[] Key, long Joined, long? Revoked, long? Expires)> rows = connection.Query<(string, byte[], long, long?, long?)>(
            "SELECT s.name, s.identity_public_key, s.joined, s.revoked, (SELECT MAX(c.expires) FROM certificates c WHERE c.site = s.name) FROM sites s ORDER BY s.name");
        return [.. rows.Select(r => new Member(r.Name, Digest.Of(r.Key), Time(r.Joined), Time(r.Revoked), Time(r.Expires)))];
    }

    /// <summary>Keeps an invitation. Earlier ones for the same site die unused: one site never has two ways in.</summary>
    /// <returns>False when the site is a member already: it must be revoked before it can be invited again.</returns>
    public bool TryInvite(ReadOnlySpan<byte> id, string site, ReadOnlySpan<byte> secret, DateTimeOffset now, DateTimeOffset expires)
    {
        using SqliteConnection connection = database.Connect();
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        if (IsMember(connection, transaction, site)) return false;
        connection.Execute("DELETE FROM invitations WHERE site = @site AND used IS NULL", new { site }, transaction);
        connection.Execute("INSERT INTO invitations (id, site, secret, created, expires) VALUES (@id, @site, @secret, @now, @expires)",
            new { id = id.ToArray(), site, secret = secret.ToArray(), now = now.ToUnixTimeSeconds(), expires = expires.ToUnixTimeSeconds() }, transaction);
        transaction.Commit();
        return true;
    }

    /// <summary>The invitation of that id, or null.</summary>
    public Invitation? FindInvitation(ReadOnlySpan<byte> id)
    {
        using SqliteConnection connection = database.Connect();
        InvitationRow? row = connection.QuerySingleOrDefault<InvitationRow>(
            "SELECT site, secret, expires, used, request_digest AS RequestDigest, certificate FROM invitations WHERE id = @id", new { id = id.ToArray() });
        return row is null ? null : new Invitation(
            row.Site, Memory(row.Secret), Time(row.Expires), Time(row.Used), row.RequestDigest is null ? null : Digest.From(row.RequestDigest), Memory(row.Certificate));
    }

    /// <summary>Uses an invitation up: its secret is wiped, the site is a member, the certificate is known. All or nothing.</summary>
    /// <returns>False when somebody else used it first, or the site is a member already.</returns>
    public bool TryJoin(ReadOnlySpan<byte> id, string site, Joining joining, DateTimeOffset now)
    {
        using SqliteConnection connection = database.Connect();
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        long seconds = now.ToUnixTimeSeconds();
        if (IsMember(connection, transaction, site)) return false;
        int used = connection.Execute(
            "UPDATE invitations SET used = @seconds, secret = NULL, request_digest = @digest, certificate = @certificate WHERE id = @id AND used IS NULL",
            new { id = id.ToArray(), seconds, digest = joining.RequestDigest.ToBytes(), certificate = joining.Certificate.ToArray() }, transaction);
        if (used == 0) return false;
        connection.Execute("""
            INSERT INTO sites (name, identity_public_key, joined) VALUES (@site, @key, @seconds)
            ON CONFLICT (name) DO UPDATE SET identity_public_key = excluded.identity_public_key, joined = excluded.joined, revoked = NULL
            """, new { site, key = joining.IdentityPublicKey.ToArray(), seconds }, transaction);
        Issue(connection, transaction, site, Digest.Of(joining.Certificate.Span), seconds, joining.Expires);
        transaction.Commit();
        return true;
    }

    /// <summary>Records a renewed certificate; the ones before it are marked as replaced.</summary>
    /// <returns>False when the site is not a member (any more).</returns>
    public bool TryRenew(string site, Digest certificate, DateTimeOffset now, DateTimeOffset expires)
    {
        using SqliteConnection connection = database.Connect();
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        if (!IsMember(connection, transaction, site)) return false;
        long seconds = now.ToUnixTimeSeconds();
        connection.Execute("UPDATE certificates SET replaced = @seconds WHERE site = @site AND replaced IS NULL", new { site, seconds }, transaction);
        Issue(connection, transaction, site, certificate, seconds, expires);
        transaction.Commit();
        return true;
    }

    /// <summary>What is known of a certificate, or null when it was not issued here.</summary>
    public IssuedCertificate? FindCertificate(Digest certificate)
    {
        using SqliteConnection connection = database.Connect();
        (string Site, long Issued, long Expires, long? Replaced, long? Revoked) row = connection.QuerySingleOrDefault<(string, long, long, long?, long?)>(
            "SELECT site, issued, expires, replaced, revoked FROM certificates WHERE sha256 = @sha256", new { sha256 = certificate.ToBytes() });
        return row.Site is null ? null : new IssuedCertificate(row.Site, Time(row.Issued), Time(row.Expires), Time(row.Replaced), Time(row.Revoked));
    }

    /// <summary>Shuts a site out: all its certificates go on the deny-list, and unused invitations for it die.</summary>
    /// <returns>False when there is no such member.</returns>
    public bool TryRevoke(string site, DateTimeOffset now)
    {
        using SqliteConnection connection = database.Connect();
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        long seconds = now.ToUnixTimeSeconds();
        connection.Execute("DELETE FROM invitations WHERE site = @site AND used IS NULL", new { site }, transaction);
        connection.Execute("UPDATE certificates SET revoked = @seconds WHERE site = @site AND revoked IS NULL", new { site, seconds }, transaction);
        int revoked = connection.Execute("UPDATE sites SET revoked = @seconds WHERE name = @site AND revoked IS NULL", new { site, seconds }, transaction);
        transaction.Commit();
        return revoked > 0;
    }

    private static bool IsMember(SqliteConnection connection, SqliteTransaction transaction, string site) =>
        connection.ExecuteScalar<long>("SELECT COUNT(*) FROM sites WHERE name = @site AND revoked IS NULL", new { site }, transaction) > 0;

    private static void Issue(SqliteConnection connection, SqliteTransaction transaction, string site, Digest certificate, long seconds, DateTimeOffset expires) =>
        connection.Execute("INSERT INTO certificates (sha256, site, issued, expires) VALUES (@sha256, @site, @seconds, @expires)",
            new { sha256 = certificate.ToBytes(), site, seconds, expires = expires.ToUnixTimeSeconds() }, transaction);

    private static ReadOnlyMemory<byte>? Memory(byte[]? bytes) => bytes is null ? default(ReadOnlyMemory<byte>?) : bytes;

    private static DateTimeOffset Time(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);

    private static DateTimeOffset? Time(long? seconds) => seconds is { } s ? Time(s) : null;

    private sealed class InvitationRow
    {
        public required string Site { get; init; }

        public byte[]? Secret { get; init; }

        public long Expires { get; init; }

        public long? Used { get; init; }

        public byte[]? RequestDigest { get; init; }

        public byte[]? Certificate { get; init; }
    }
}
