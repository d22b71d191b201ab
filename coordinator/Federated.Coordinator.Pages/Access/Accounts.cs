using System.Security.Cryptography;
using System.Text;
using Federated.Coordinator.Accounts;
using Federated.Privacy.Randomness;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Federated.Coordinator.Pages.Access;

/// <summary>How an attempt to sign in ended.</summary>
public enum SignInOutcome
{
    /// <summary>The person is in.</summary>
    In,

    /// <summary>Name or password is wrong; which of them is not told.</summary>
    Wrong,

    /// <summary>Too many wrong passwords: nobody gets in under this name for a while.</summary>
    Locked,
}

/// <summary>Accounts of the pages: made by a link that is good once, locked for a while after wrong passwords.</summary>
public sealed class AccountBook(IAccountStore store, TimeProvider time, IRandomness randomness)
{
    /// <summary>Fewest characters of a password.</summary>
    public const int LeastPassword = 12;

    /// <summary>Most characters of a password: hashing a megabyte is work for the asking.</summary>
    public const int MostPassword = 200;

    /// <summary>Wrong passwords in a row that lock an account.</summary>
    public const int MostFailures = 5;

    /// <summary>How long it stays locked.</summary>
    public static readonly TimeSpan LockTime = TimeSpan.FromMinutes(15);

    /// <summary>How long a link is good.</summary>
    public static readonly TimeSpan LinkTime = TimeSpan.FromHours(24);

    // What OWASP asks of PBKDF2 with SHA-512.
    private const int Iterations = 210_000;
    private const int TokenBytes = 32;

    private static readonly PasswordHasher<Account> Hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));
    private static readonly Account Nobody = new("", Role.Auditor, "", "", DateTimeOffset.UnixEpoch);

    // Checked where there is no such account, so that both answers take as long.
    private static readonly string DecoyHash = Hasher.HashPassword(Nobody, "an account that is not there");

    /// <summary>The accounts.</summary>
    public IAccountStore Store => store;

    /// <summary>Makes a link under which this person chooses a password, once; for an account that exists, a new one.</summary>
    /// <returns>The token to put into the link; only its digest is kept.</returns>
    /// <exception cref="OperatorErrorException">E1113: the name cannot be one.</exception>
    public string Invite(string name, Role role)
    {
        if (name.Length is 0 or > 60 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_' or '@')))
            throw new OperatorErrorException("E1113", "An account's name has 1 to 60 letters, digits, points, hyphens, underscores or @: choose another.");
        byte[] token = new byte[TokenBytes];
        randomness.Fill(token);
        string text = Convert.ToHexStringLower(token);
        store.Put(new SetUpLink(DigestOf(text), name, role, time.GetUtcNow() + LinkTime));
        return text;
    }

    /// <summary>The link that a token stands for, or null when it was used, replaced or is too old.</summary>
    public SetUpLink? FindLink(string? token) =>
        token is { Length: 2 * TokenBytes } && store.FindLink(DigestOf(token)) is { } link && link.Expires > time.GetUtcNow() ? link : null;

    /// <summary>Chooses the password; null = done, otherwise what is wrong with it, in one sentence.</summary>
    public string? Redeem(string token, string password)
    {
        if (FindLink(token) is not { } link) return "This link was used already, replaced by a newer one, or is older than a day: ask for another.";
        if (password.Length is < LeastPassword or > MostPassword) return $"A password has {LeastPassword} to {MostPassword} characters: a few words are easy to keep in mind.";
        if (password.Contains(link.Name, StringComparison.OrdinalIgnoreCase) || password.Distinct().Count() < 5) return "This password is easily guessed: it holds the name or too few different characters.";
        byte[] stamp = new byte[16];
        randomness.Fill(stamp);
        var account = new Account(link.Name, link.Role, Hasher.HashPassword(Nobody, password), Convert.ToHexStringLower(stamp), time.GetUtcNow());
        return store.TryRedeem(link.TokenDigest, account) ? null : "This link was used already: ask for another.";
    }

    /// <summary>Signs in. The account is returned as it was before, so that its last visit can be told.</summary>
    public (SignInOutcome Outcome, Account? Account) SignIn(string name, string password)
    {
        DateTimeOffset now = time.GetUtcNow();
        Account? account = name.Length <= 60 ? store.Find(name) : null;
        if (account is { LockedUntil: { } until } && until > now) return (SignInOutcome.Locked, null);
        bool right = password.Length <= MostPassword && Hasher.VerifyHashedPassword(Nobody, account?.PasswordHash ?? DecoyHash, password) != PasswordVerificationResult.Failed;
        if (account is null) return (SignInOutcome.Wrong, null);
        if (right)
        {
            store.Update(account with { Failures = 0, LockedUntil = null, LastVisit = now });
            return (SignInOutcome.In, account);
        }

        bool locks = account.Failures + 1 >= MostFailures;
        store.Update(account with { Failures = locks ? 0 : account.Failures + 1, LockedUntil = locks ? now + LockTime : null });
        return (locks ? SignInOutcome.Locked : SignInOutcome.Wrong, null);
    }

    private static Digest DigestOf(string token) => Digest.From(SHA256.HashData(Encoding.ASCII.GetBytes(token)));
}
