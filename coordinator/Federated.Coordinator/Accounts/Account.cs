using System.Collections.Immutable;

namespace Federated.Coordinator.Accounts;

/// <summary>What a person may see on the coordinator's pages.</summary>
public enum Role
{
    /// <summary>Everything, and the accounts.</summary>
    Administrator = 1,

    /// <summary>Studies and their results.</summary>
    Statistician = 2,

    /// <summary>Studies, what left the hospitals, and the ledger; no results.</summary>
    Auditor = 3,
}

/// <summary>A person who may sign in.</summary>
/// <param name="Name">What is typed to sign in.</param>
/// <param name="Role">What may be seen.</param>
/// <param name="PasswordHash">Salted and stretched.</param>
/// <param name="Stamp">Changes with the password: sessions that bear another are over.</param>
/// <param name="Created">When the password was first chosen.</param>
public sealed record Account(string Name, Role Role, string PasswordHash, string Stamp, DateTimeOffset Created)
{
    /// <summary>Wrong passwords in a row.</summary>
    public int Failures { get; init; }

    /// <summary>Until when nobody gets in under this name; null = it is not locked.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>When it signed in last; null = never.</summary>
    public DateTimeOffset? LastVisit { get; init; }
}

/// <summary>A way to choose a password, good once.</summary>
/// <param name="TokenDigest">SHA-256 of what stands in the link.</param>
/// <param name="Name">For whom.</param>
/// <param name="Role">As what.</param>
/// <param name="Expires">Until when.</param>
public sealed record SetUpLink(Digest TokenDigest, string Name, Role Role, DateTimeOffset Expires);

/// <summary>Where accounts are kept.</summary>
public interface IAccountStore
{
    /// <summary>Every account, in ordinal order of the names.</summary>
    ImmutableArray<Account> List();

    /// <summary>The account of that name, or null.</summary>
    Account? Find(string name);

    /// <summary>Keeps a link; an earlier one for the same name dies.</summary>
    void Put(SetUpLink link);

    /// <summary>The link with that digest, or null.</summary>
    SetUpLink? FindLink(Digest tokenDigest);

    /// <summary>Uses a link up and keeps the account, at once; false when somebody else used it first.</summary>
    bool TryRedeem(Digest tokenDigest, Account account);

    /// <summary>Keeps what signing in changed: failures, lock, last visit.</summary>
    void Update(Account account);

    /// <summary>Removes an account and its unused link; false when there is neither.</summary>
    bool Remove(string name);
}
