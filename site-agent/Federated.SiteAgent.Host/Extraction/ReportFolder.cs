using Federated.Imaging.Dicom;
using Federated.Imaging.Measurement;
using Federated.Imaging.Reports;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Connection;

namespace Federated.SiteAgent.Host.Extraction;

/// <summary>A folder of structured reports, one per measured scan, named after its row.</summary>
public sealed class ReportFolder
{
    private const int BatchReports = 100;

    private readonly string _folder;
    private readonly MeasurementProtocol _protocol;
    private readonly TimeProvider _time;

    /// <summary>Opens a folder, and makes it where it is not there.</summary>
    /// <exception cref="SiteErrorException">E3201: it cannot be made.</exception>
    public ReportFolder(string folder, MeasurementProtocol protocol, TimeProvider time)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3201", ExitCode.Input, $"{folder}: cannot be made ({failure.Message}); choose another place", failure);
        }

        (_folder, _protocol, _time) = (folder, protocol, time);
    }

    /// <summary>Whether a scan's report is there.</summary>
    public bool Has(ListedScan scan) => File.Exists(PathOf(scan));

    /// <summary>Writes a measured scan's report, whole or not at all; nothing for a scan without values.</summary>
    /// <exception cref="SiteErrorException">E3201: it cannot be written.</exception>
    public void Write(ListedScan scan, ExtractedScan extracted)
    {
        if (extracted is not { Header: { } header, Measurement: { } measurement }) return;
        DicomFile report = MeasurementReport.Of(new ReportSubject
        {
            Image = header,
            Slices = extracted.Slices,
            Region = extracted.Region,
            Measurement = measurement,
            Protocol = _protocol,
            Version = AgentVersion.Agent.ToString(3),
            Made = _time.GetLocalNow().DateTime,
        });
        string path = PathOf(scan), partial = path + ".part";
        try
        {
            using (FileStream stream = File.Create(partial)) report.Save(stream);
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3201", ExitCode.Input, $"{path}: cannot be written ({failure.Message}); choose another place", failure);
        }
    }

    /// <summary>Sends the reports that are here to an archive. One that it has already is stored once, as its identifier is the same.</summary>
    /// <returns>How many were stored, and how many the archive refused.</returns>
    public async Task<(int Sent, int Refused)> SendAsync(DicomWebClient client, IEnumerable<ListedScan> scans, CancellationToken cancellation)
    {
        int sent = 0, refused = 0;
        foreach (ListedScan[] batch in scans.Where(Has).Chunk(BatchReports))
        {
            var bytes = new List<ReadOnlyMemory<byte>>(batch.Length);
            foreach (ListedScan scan in batch) bytes.Add(await File.ReadAllBytesAsync(PathOf(scan), cancellation));
            foreach (StoreOutcome outcome in await client.StoreAsync(bytes, cancellation))
            {
                if (outcome.FailureReason is null) sent++;
                else refused++;
            }
        }

        return (sent, refused);
    }

    // Row ids may hold what a file system does not take.
    private string PathOf(ListedScan scan)
    {
        bool plain = scan.RowId.Length <= 100 && scan.RowId[0] != '.' && scan.RowId.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
        string name = plain ? scan.RowId : DicomUID.FromName(scan.RowId).UID;
        return Path.Combine(_folder, $"{name}.{_protocol.Digest[..12]}.dcm");
    }
}
