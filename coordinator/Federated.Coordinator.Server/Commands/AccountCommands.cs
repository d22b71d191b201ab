using System.CommandLine;
using Federated.Coordinator.Accounts;
using Federated.Coordinator.Pages.Access;

namespace Federated.Coordinator.Server.Commands;

/// <summary>`account`: who may look at the pages.</summary>
internal static class AccountCommands
{
    public static Command Create(CommandContext context) => new("account", "Who may look at the pages.") { Invite(context), List(context), Remove(context) };

    private static Command Invite(CommandContext context)
    {
        var name = new Argument<string>("NAME") { Description = "What the person signs in with." };
        var role = new Option<string>("--role") { Description = "administrator: everything; statistician: studies and results; auditor: studies and the ledger, no results.", Required = true };
        role.AcceptOnlyFromAmong([.. Enum.GetNames<Role>().Select(r => r.ToLowerInvariant())]);
        var command = new Command("invite",
            """
            Makes a link, good once and for a day, under which the person chooses a password; for an account that exists, a new one. Put the address of the pages before it.

            Example:
              federated-coordinator account invite ada --role statistician
            """) { name, role };
        context.OnDirectory(command, (parsed, directory) =>
        {
            string token = directory.Accounts(context.Time).Invite(parsed.GetValue(name)!, Enum.Parse<Role>(parsed.GetValue(role)!, ignoreCase: true));
            string path = $"/set-up?token={token}";
            context.Print(parsed, new { Name = parsed.GetValue(name), Role = parsed.GetValue(role), Path = path, Expires = context.Time.GetUtcNow() + AccountBook.LinkTime }, path);
            return Task.CompletedTask;
        });
        return command;
    }

    private static Command List(CommandContext context)
    {
        var command = new Command("list",
            """
            Lists who may sign in.

            Example:
              federated-coordinator account list
            """);
        context.OnDirectory(command, (parsed, directory) =>
        {
            Account[] accounts = [.. directory.Accounts(context.Time).Store.List()];
            context.PrintTable(parsed, ["name", "role", "since", "last visit", "locked until"], accounts.Select(a => new[]
            {
                a.Name, a.Role.ToString().ToLowerInvariant(), $"{a.Created:u}", a.LastVisit is { } visit ? $"{visit:u}" : "never", a.LockedUntil is { } until && until > context.Time.GetUtcNow() ? $"{until:u}" : "",
            }));
            context.Print(parsed, accounts.Select(a => new { a.Name, Role = a.Role.ToString().ToLowerInvariant(), a.Created, a.LastVisit, a.LockedUntil }));
            return Task.CompletedTask;
        });
        return command;
    }

    private static Command Remove(CommandContext context)
    {
        var name = new Argument<string>("NAME") { Description = "Whose account." };
        var command = new Command("remove",
            """
            Removes an account: its sessions end at their next click.

            Example:
              federated-coordinator account remove ada
            """) { name };
        context.OnDirectory(command, (parsed, directory) =>
        {
            string who = parsed.GetValue(name)!;
            if (!directory.Accounts(context.Time).Store.Remove(who))
                throw new OperatorErrorException("E1114", $"There is no account {CommandContext.Shown(who)}: `account list` shows those that there are.");
            context.Print(parsed, new { Removed = who }, $"{who} cannot sign in any more.");
            return Task.CompletedTask;
        });
        return command;
    }
}
