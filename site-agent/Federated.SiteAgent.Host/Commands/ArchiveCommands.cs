using System.CommandLine;
using Federated.Analyses;
using Federated.SiteAgent.Host.Archives;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>archive: where images come from. What is read stays on this computer.</summary>
internal static class ArchiveCommands
{
    public static Command Create(SharedOptions shared)
    {
        var command = new Command("archive", "Archives of images (DICOMweb, DIMSE behind an Orthanc, folders): name them, ask them, fetch from them.");
        command.Add(Add(shared));
        command.Add(List(shared));
        command.Add(Remove(shared));
        command.Add(Query(shared));
        command.Add(ArchiveFetchCommands.Fetch(shared));
        command.Add(ArchiveFetchCommands.Import(shared));
        command.Add(ArchiveStoreCommand.Create(shared));
        return command;
    }

    private static Command Add(SharedOptions shared)
    {
        var name = new Argument<string>("NAME") { Description = "What other commands call it: a-z, 0-9 and '-'." };
        var address = new Argument<string>("ADDRESS") { Description = "The root of DICOMweb or of Orthanc (http or https), or a folder." };
        var kind = new Option<string?>("--kind") { Description = "dicomweb | orthanc | folder (default: dicomweb for a URL, folder for a path).", HelpName = "KIND" };
        var user = new Option<string?>("--user") { Description = "Name for basic authentication; with a secret and without a name, the secret is a bearer token.", HelpName = "NAME" };
        var secretFile = new Option<string?>("--secret-file") { Description = "File with the password or token; read at each use.", HelpName = "FILE" };
        var secretVariable = new Option<string?>("--secret-env") { Description = "Environment variable with the password or token; read at each use.", HelpName = "NAME" };
        var secretInput = new Option<bool>("--secret-stdin") { Description = "Read the password or token from standard input and keep it in the data directory (mode 0600)." };
        var ca = new Option<string?>("--ca-file") { Description = "PEM file of the authority that issued the archive's certificate.", HelpName = "FILE" };
        var modality = new Option<string?>("--modality") { Description = "Orthanc only: the name in its DicomModalities of the archive behind it.", HelpName = "NAME" };
        var replace = new Option<bool>("--replace") { Description = "Put it in the place of an archive of the same name." };
        var command = new Command(
            "add",
            """
            Name an archive. Nothing is sent yet; federated-site doctor says whether it answers. Secrets are never arguments: every user of this computer can see those.

            Examples:
              federated-site archive add pacs https://pacs.example.org:8443/dicom-web --user federated --secret-file /etc/federated/pacs-password --ca-file /etc/federated/hospital-ca.pem
              federated-site archive add cloud https://archive.example.org/dicomweb --secret-env PACS_TOKEN
              federated-site archive add old-pacs http://127.0.0.1:8042 --kind orthanc --modality pacs --user federated --secret-stdin < password.txt
              federated-site archive add export /mnt/export
            """)
        { name, address, kind, user, secretFile, secretVariable, secretInput, ca, modality, replace };
        shared.SetAction(command, async (parsed, session, page, cancellation) =>
        {
            ArchiveEntry entry = ArchiveEntry.Parse(parsed.GetValue(name)!, parsed.GetValue(address)!, Kind(parsed.GetValue(kind)));
            SecretSource[] sources =
            [
                .. parsed.GetValue(secretFile) is { } file ? (SecretSource[])[new SecretSource(SecretPlace.File, Path.GetFullPath(file))] : [],
                .. parsed.GetValue(secretVariable) is { } variable ? (SecretSource[])[new SecretSource(SecretPlace.Environment, variable)] : [],
                .. parsed.GetValue(secretInput) ? (SecretSource[])[new SecretSource(SecretPlace.DataDirectory)] : [],
            ];
            if (sources.Length > 1) throw Usage("give the secret once: --secret-file, --secret-env or --secret-stdin");
            entry = entry with
            {
                User = parsed.GetValue(user),
                Secret = sources.FirstOrDefault(),
                CaFile = parsed.GetValue(ca) is { } authority ? Path.GetFullPath(authority) : null,
                Modality = parsed.GetValue(modality),
            };
            Require(entry);
            string? secret = entry.Secret is { Place: SecretPlace.DataDirectory }
                ? ArchiveRegister.CheckedSecret(await shared.Console.In.ReadToEndAsync(cancellation), "The secret on standard input") : null;
            new ArchiveRegister(session.Directory).Add(entry, secret, parsed.GetValue(replace));
            page.Line($"Added {entry.Name}: {Describe(entry)}.");
            if (entry.SendsSecretInClear) page.Line("Warning: the credentials cross the network unprotected; use https.");
            page.Line($"Next: federated-site doctor, federated-site archive query {entry.Name}");
            page.Json(Document(entry));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command List(SharedOptions shared)
    {
        var command = new Command("list", "The archives that were added.\n\nExamples:\n  federated-site archive list\n  federated-site archive list --json");
        shared.SetAction(command, (_, session, page, _) =>
        {
            var all = new ArchiveRegister(session.Directory).All();
            page.Table(["archive", "kind", "address", "behind it", "credentials"], all.Select(e => (string[])[e.Name, Name(e.Kind), e.Address, e.Modality ?? "-", Credentials(e)]));
            page.Json(new { Archives = all.Select(Document) });
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static Command Remove(SharedOptions shared)
    {
        var name = new Argument<string>("NAME") { Description = "The archive." };
        var command = new Command("remove", "Forget an archive, and the secret that was kept for it. What was fetched stays.\n\nExample:\n  federated-site archive remove old-pacs") { name };
        shared.SetAction(command, (parsed, session, page, _) =>
        {
            new ArchiveRegister(session.Directory).Remove(parsed.GetValue(name)!);
            page.Line($"Removed {parsed.GetValue(name)}.");
            page.Json(new { Removed = parsed.GetValue(name) });
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static Command Query(SharedOptions shared)
    {
        var name = new Argument<string>("NAME") { Description = "The archive." };
        var filters = new SeriesFilters();
        var level = new Option<string>("--level") { Description = "series | study: one line for each.", DefaultValueFactory = _ => "series", HelpName = "LEVEL" };
        var command = new Command(
            "query",
            """
            What an archive holds. '*' and '?' stand for any text and any character. The answer may name patients: it goes nowhere by itself.

            Examples:
              federated-site archive query pacs --modality PT --study-date 20260101-20260630
              federated-site archive query pacs --patient 'FDG-*' --level study
              federated-site archive query pacs --study 1.2.840.113619.2.55 --json
            """)
        { name, level };
        filters.AddTo(command);
        shared.SetAction(command, async (parsed, session, page, cancellation) =>
        {
            if (parsed.GetValue(level) is not ("series" or "study")) throw Usage("--level is series or study");
            ArchiveEntry entry = new ArchiveRegister(session.Directory).Find(parsed.GetValue(name)!);
            using IArchive archive = Door(shared, session).Open(entry);
            (List<SeriesSummary> found, bool more) = await filters.FindAsync(archive, parsed, cancellation);
            if (parsed.GetValue(level) is "study") Studies(page, found, more);
            else Series(page, found, more);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Opens archives with this session's secrets.</summary>
    public static ArchiveDoor Door(SharedOptions shared, SiteSession session) => new(new ArchiveRegister(session.Directory), shared.Console.Environment, shared.Time, SiteSession.Jitter(), session.Instruments);

    /// <summary>A mistake in an option.</summary>
    public static SiteErrorException Usage(string what) => new("E3000", ExitCode.Input, $"{what}; see --help");

    /// <summary>An archive without its secret.</summary>
    public static string Describe(ArchiveEntry entry) =>
        $"{Name(entry.Kind)} at {entry.Address}{(entry.Modality is { } m ? $", {PlainText.Shown(m)} behind it" : "")}, {(entry.Kind == ArchiveKind.Folder ? "no credentials" : Credentials(entry))}";

    private static void Series(Page page, List<SeriesSummary> found, bool more)
    {
        page.Table(
            ["date", "patient", "modality", "objects", "description", "series"],
            found.Select(s => (string[])[s.StudyDate, PlainText.Shown(s.Patient), PlainText.Shown(s.Modality), s.Instances?.ToString() ?? "?", PlainText.Shown(s.Description), s.Series]));
        page.Line($"{found.Count} series{(more ? "; there are more, raise --limit" : "")}.");
        page.Json(new { Series = found, More = more });
    }

    private static void Studies(Page page, List<SeriesSummary> found, bool more)
    {
        var studies = found.GroupBy(s => s.Study, StringComparer.Ordinal).Select(g => new
        {
            Study = g.Key,
            g.First().Patient,
            g.First().StudyDate,
            g.First().StudyDescription,
            Modalities = g.Select(s => s.Modality).Where(m => m.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray(),
            Series = g.Count(),
            Objects = g.All(s => s.Instances is not null) ? g.Sum(s => s.Instances) : null,
        }).ToArray();
        page.Table(
            ["date", "patient", "modalities", "series", "objects", "description", "study"],
            studies.Select(s => (string[])[s.StudyDate, PlainText.Shown(s.Patient), PlainText.Shown(string.Join(',', s.Modalities)), $"{s.Series}", s.Objects?.ToString() ?? "?", PlainText.Shown(s.StudyDescription), s.Study]));
        page.Line($"{studies.Length} studies{(more ? "; there are more, raise --limit" : "")}.");
        page.Json(new { Studies = studies, More = more });
    }

    private static ArchiveKind? Kind(string? text) => text switch
    {
        null => null,
        "dicomweb" => ArchiveKind.DicomWeb,
        "orthanc" => ArchiveKind.Orthanc,
        "folder" => ArchiveKind.Folder,
        _ => throw Usage($"--kind is dicomweb, orthanc or folder, not '{PlainText.Shown(text)}'"),
    };

    private static void Require(ArchiveEntry entry)
    {
        if (entry.Kind == ArchiveKind.Folder && (entry.User ?? entry.CaFile ?? (object?)entry.Secret ?? entry.Modality) is not null) throw Usage("a folder needs neither credentials nor a CA file");
        if (entry.Modality is not null && entry.Kind != ArchiveKind.Orthanc) throw Usage("--modality names an archive behind an Orthanc; add --kind orthanc");
        if (entry.User is { } user && (user.Length == 0 || user.Contains(':', StringComparison.Ordinal) || user.Any(char.IsControl))) throw Usage("--user is a name without ':'");
        if (entry.User is not null && entry.Secret is null) throw Usage("--user needs a password: --secret-file, --secret-env or --secret-stdin");
    }

    private static string Name(ArchiveKind kind) => kind.ToString().ToLowerInvariant();

    private static string Credentials(ArchiveEntry entry) => entry.Secret is null ? "no credentials" : entry.User is { } user ? $"user {PlainText.Shown(user)}, {entry.Secret}" : $"bearer token, {entry.Secret}";

    private static object Document(ArchiveEntry entry) => new
    {
        entry.Name,
        Kind = Name(entry.Kind),
        entry.Address,
        entry.User,
        Secret = entry.Secret?.ToString(),
        entry.CaFile,
        entry.Modality,
        SecretInClear = entry.SendsSecretInClear,
    };
}
