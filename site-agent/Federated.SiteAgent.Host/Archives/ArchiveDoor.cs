using Federated.SiteAgent.Host.Telemetry;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>Opens what the register describes.</summary>
public sealed class ArchiveDoor(ArchiveRegister register, Func<string, string?> environment, TimeProvider time, Random jitter, SiteInstruments? instruments = null)
{
    /// <summary>An archive, ready to be asked; nothing is sent yet.</summary>
    /// <exception cref="SiteErrorException">E3408 or E3409 when secret or CA file cannot be had.</exception>
    public IArchive Open(ArchiveEntry entry, ArchiveCallOptions? options = null) => entry switch
    {
        { Kind: ArchiveKind.Folder } => new FolderArchive(entry.Address),
        { Kind: ArchiveKind.Orthanc, Modality: not null } => new DimseArchive(Connect(entry, options), entry, time),
        _ => new DicomWebArchive(Connect(entry, options), entry.DicomWebRoot),
    };

    /// <summary>A line to a network archive.</summary>
    /// <exception cref="SiteErrorException">E3408 or E3409 when secret or CA file cannot be had.</exception>
    public ArchiveHttp Connect(ArchiveEntry entry, ArchiveCallOptions? options = null) => new(entry, register.Secret(entry, environment), time, jitter, options, instruments);
}
