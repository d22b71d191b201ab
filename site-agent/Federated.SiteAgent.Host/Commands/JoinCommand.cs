using System.CommandLine;
using Federated.SiteAgent.Host.Membership;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>join: from an invitation to a member.</summary>
internal static class JoinCommand
{
    private const string About =
        """
        Join a consortium with a one-time invitation. Keys are made here and never leave; the invitation's secret is never sent.
        Prefer --token-file, or '-' for standard input: arguments can be seen by every user of this computer.

        Examples:
          federated-site join --token-file invitation.txt --coordinator coordinator.example.org:7443
          federated-site join --token-file invitation.txt --coordinator coordinator.example.org:7443 --proxy http://proxy.hospital:3128
          federated-site join - --coordinator coordinator.example.org:7443 < invitation.txt
        """;

    public static Command Create(SharedOptions shared)
    {
        var token = new Argument<string?>("TOKEN") { Description = "The invitation; '-' reads it from standard input.", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--token-file") { Description = "File that holds the invitation.", HelpName = "FILE" };
        var command = new Command("join", About) { token, file };
        shared.SetAction(command, async (parsed, session, page, cancellation) =>
        {
            CoordinatorAddress address = shared.Request(parsed).Coordinator
                ?? throw new SiteErrorException("E3009", ExitCode.Input, "The coordinator's address is missing; add --coordinator HOST:PORT, as the invitation's sender wrote it");
            InvitationToken invitation = InvitationToken.Parse(await ReadAsync(shared.Console, parsed.GetValue(token), parsed.GetValue(file), cancellation));
            using SiteCredentials member = await SiteEnrolment.JoinAsync(
                new JoinOptions(invitation, address, session.Directory, parsed.GetValue(shared.GrpcWeb)) { Proxy = shared.Request(parsed).WayOut(null) }, shared.Time, SiteSession.Jitter(), cancellation);
            string fingerprint = member.Identity.Fingerprint.Hex;
            page.Line($"Joined as {member.Membership.Site}. Keys and certificate are in {session.Directory}.");
            page.Line($"Identity fingerprint, for the coordinator's operator to compare by telephone:\n  {Grouped(fingerprint)}");
            page.Line("Next: federated-site features import FILE, federated-site cohort import FILE, federated-site serve");
            page.Json(new
            {
                member.Membership.Site,
                member.Membership.Coordinator,
                session.Directory,
                IdentityFingerprint = fingerprint,
                CertificateValidUntil = new DateTimeOffset(member.Certificate.NotAfter.ToUniversalTime()),
            });
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<string> ReadAsync(SiteConsole console, string? token, string? file, CancellationToken cancellation)
    {
        if (file is not null && token is not null)
            throw new SiteErrorException("E3001", ExitCode.Input, "The invitation was given twice; use either TOKEN or --token-file");
        if (file is null) return token is null or "-" ? await console.In.ReadToEndAsync(cancellation) : token;
        try
        {
            return await File.ReadAllTextAsync(file, cancellation);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3201", ExitCode.Input, $"{file}: cannot be read ({failure.Message}); check the name and the permissions", failure);
        }
    }

    private static string Grouped(string hex) => string.Join(' ', hex.Chunk(4).Select(four => new string(four)));
}
