using System.Collections.Immutable;
using System.CommandLine;
using Federated.Coordinator.Server.Identity;
using Federated.Coordinator.Storage.Sqlite;

namespace Federated.Coordinator.Server.Commands;

/// <summary>`invite` and `site`.</summary>
internal static class SiteCommands
{
    public static Command Invite(CommandContext context)
    {
        Argument<string> site = Site();
        var valid = new Option<string>("--valid") { Description = "How long the invitation is good: 1m to 90d.", DefaultValueFactory = _ => "7d", HelpName = "SPAN" };
        var command = new Command("invite",
            """
            Makes a one-time invitation and prints it, once. Hand it to the hospital on a way that nobody else reads; an earlier unused one for the same site dies.

            Example:
              federated-coordinator invite hospital-a --valid 3d > invitation.txt
            """) { site, valid };
        context.OnDirectory(command, (parsed, directory) =>
        {
            TimeSpan span = CommandContext.ReadSpan(parsed.GetValue(valid)!, "--valid");
            InvitationToken token = directory.Invite(parsed.GetValue(site)!, span, context.Time);
            DateTimeOffset expires = context.Time.GetUtcNow() + span;
            context.Print(parsed, new { Site = parsed.GetValue(site), Token = token.Reveal(), Expires = expires }, token.Reveal());
            return Task.CompletedTask;
        });
        return command;
    }

    public static Command Create(CommandContext context) => new("site", "Who is a member.") { List(context), Revoke(context) };

    private static Command List(CommandContext context)
    {
        var command = new Command("list",
            """
            Lists every hospital that ever joined, with the fingerprint of its identity key: compare it with the hospital's officer by telephone.

            Example:
              federated-coordinator site list
            """);
        context.OnDirectory(command, (parsed, directory) =>
        {
            ImmutableArray<Member> members = directory.Roster.Members();
            context.PrintTable(parsed, ["site", "state", "joined", "certificate until", "identity key SHA-256"], members.Select(m => new[]
            {
                m.Name, m.Revoked is { } at ? $"revoked {at:u}" : "member", $"{m.Joined:u}", m.CertificateExpires is { } until ? $"{until:u}" : "", m.Fingerprint.Hex,
            }));
            context.Print(parsed, members.Select(m => new { Site = m.Name, m.Joined, m.Revoked, m.CertificateExpires, IdentitySha256 = m.Fingerprint.Hex }));
            return Task.CompletedTask;
        });
        return command;
    }

    private static Command Revoke(CommandContext context)
    {
        Argument<string> site = Site();
        var command = new Command("revoke",
            """
            Shuts a hospital out at once: its certificates go on the deny-list, open streams are cut. It can be invited again, and then joins with new keys.

            Example:
              federated-coordinator site revoke hospital-a
            """) { site };
        context.OnDirectory(command, (parsed, directory) =>
        {
            string name = parsed.GetValue(site)!;
            DateTimeOffset now = context.Time.GetUtcNow();
            if (!directory.Roster.TryRevoke(name, now))
                throw new OperatorErrorException("E1105", $"{CommandContext.Shown(name)} is not a member: `site list` shows who is.");
            context.Print(parsed, new { Site = name, Revoked = now }, $"{name} is shut out. Running studies that wait for it leave it out at the round's deadline or after the idle limit.");
            return Task.CompletedTask;
        });
        return command;
    }

    private static Argument<string> Site() => new("SITE") { Description = "The hospital's name: a-z, 0-9 and '-'." };
}
