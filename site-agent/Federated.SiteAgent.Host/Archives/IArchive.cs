namespace Federated.SiteAgent.Host.Archives;

/// <summary>A place that holds DICOM objects. Everything it says is untrusted.</summary>
public interface IArchive : IDisposable
{
    /// <summary>Series that meet a query, in the archive's order.</summary>
    /// <exception cref="SiteErrorException">The archive cannot be reached, refuses, or answers with something unusable.</exception>
    IAsyncEnumerable<SeriesSummary> QueryAsync(ArchiveQuery query, CancellationToken cancellation);

    /// <summary>The SOPInstanceUIDs of a series; an archive that must first bring them within reach does so here.</summary>
    /// <exception cref="SiteErrorException">As for <see cref="QueryAsync"/>.</exception>
    Task<IReadOnlyCollection<string>> InstancesAsync(SeriesSummary series, IFetchObserver observer, CancellationToken cancellation);

    /// <summary>
    /// The wanted objects of a series, and perhaps others of it, in any order, as they arrive. What was given counts even when the enumeration ends early or
    /// throws: whoever asks again asks for what is still missing.
    /// </summary>
    /// <param name="series">The series.</param>
    /// <param name="wanted">SOPInstanceUIDs.</param>
    /// <param name="singly">Asks for each object by itself: few are missing, or the series as a whole cannot be had.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="ArchiveAnswerException">The answer broke off or cannot be read further.</exception>
    /// <exception cref="SiteErrorException">As for <see cref="QueryAsync"/>.</exception>
    IAsyncEnumerable<RetrievedObject> RetrieveAsync(SeriesSummary series, IReadOnlyCollection<string> wanted, bool singly, CancellationToken cancellation);

    /// <summary>An object with its pixels uncompressed, where the archive can convert it; otherwise null.</summary>
    Task<ReadOnlyMemory<byte>?> UncompressedAsync(SeriesSummary series, string instance, CancellationToken cancellation);
}

/// <summary>What an archive handed over.</summary>
/// <param name="Bytes">A DICOM Part 10 object, or what stands in its place; empty when it could not be had.</param>
/// <param name="Wanted">The SOPInstanceUID that was asked for; null when it came within a whole series.</param>
/// <param name="Failure">Why it could not be had: one line; null when it could.</param>
public readonly record struct RetrievedObject(ReadOnlyMemory<byte> Bytes, string? Wanted = null, string? Failure = null);

/// <summary>An archive's answer broke off, contradicts its own format, or is over a limit: one line that says which.</summary>
public sealed class ArchiveAnswerException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Hears how a fetch goes on. Calls may come from several threads.</summary>
public interface IFetchObserver
{
    /// <summary>Something happened that a waiting person wants to know, such as a retry.</summary>
    void Notice(string line);

    /// <summary>How far a series is.</summary>
    void Progress(SeriesSummary series, int done, int of, long bytes);
}
