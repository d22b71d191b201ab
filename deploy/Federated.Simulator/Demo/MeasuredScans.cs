using System.Collections.Concurrent;
using Federated.Imaging.Measurement;
using Federated.Imaging.Volumes;
using Federated.Simulator.Hospitals;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Extraction;

namespace Federated.Simulator.Demo;

/// <summary>What one scan measures on its way: as it is, divided by its scanner's calibration factor, and behind the filter too.</summary>
/// <param name="Scan">Which.</param>
/// <param name="Raw">Values of <see cref="HospitalProtocol.Measures"/> as measured.</param>
/// <param name="Calibrated">Behind the calibration factor.</param>
/// <param name="Filtered">Behind factor and filter.</param>
public sealed record MeasuredScan(PlannedScan Scan, double[] Raw, double[] Calibrated, double[] Filtered);

/// <summary>All scans of the hospitals, measured from their DICOM files.</summary>
/// <param name="Measured">Those that could be measured, in the order of the plan.</param>
/// <param name="Refused">Those that could not, each with its reason.</param>
public sealed record MeasuredScans(IReadOnlyList<MeasuredScan> Measured, IReadOnlyList<(PlannedScan Scan, string Reason)> Refused)
{
    /// <summary>Measures the patients of the hospitals and the travellers.</summary>
    public static async Task<MeasuredScans> ReadAsync(
        ConsortiumPlan plan, string directory, IReadOnlyList<ScannerCalibration> calibrations, StoredImages opener, Action<int, int> done, CancellationToken cancellation)
    {
        PlannedScan[] scans = [.. plan.Scans, .. plan.Travelling];
        var measured = new MeasuredScan?[scans.Length];
        var refused = new ConcurrentBag<(int Order, string Reason)>();
        int finished = 0;
        await Parallel.ForAsync(0, scans.Length, cancellation, async (i, token) =>
        {
            try
            {
                measured[i] = await OfAsync(scans[i], directory, calibrations.Single(c => c.Scanner.Label == scans[i].Scanner.Label), opener, token);
            }
            catch (Exception failure) when (failure is not OperationCanceledException && ScanExtraction.Reason(failure) is { } reason)
            {
                refused.Add((i, reason));
            }
            done(Interlocked.Increment(ref finished), scans.Length);
        });
        return new MeasuredScans([.. measured.OfType<MeasuredScan>()], [.. refused.OrderBy(r => r.Order).Select(r => (scans[r.Order], r.Reason))]);
    }

    private static async Task<MeasuredScan> OfAsync(PlannedScan scan, string directory, ScannerCalibration calibration, StoredImages opener, CancellationToken cancellation)
    {
        MeasurementProtocol protocol = HospitalProtocol.Measures;
        ListedScan listed = new(scan.RowId, $"images/{scan.RowId}", $"images/{scan.RowId}/region.dcm", "", null);
        ScanImages images = await ScanImages.ReadAsync(ScanFiles.Of(listed, new ImageLibrary(Path.Combine(directory, scan.Site))), protocol, opener, cancellation);
        Volume uptake = images.Volume(protocol).Image;
        var region = RegionObject.Read(images.Region, protocol.Region.Name, images.Geometry, images.Header?.GetStringOrNull(Federated.Imaging.Dicom.DicomTag.FrameOfReferenceUID));
        RegionMask[] lesions = [.. region.Regions.Select(r => r.Mask)];
        (double factor, double fwhm) = calibration.At(scan.Start);
        Volume calibrated = new(uptake.Geometry, Array.ConvertAll(uptake.Values, value => (float)(value / factor)));
        return new MeasuredScan(
            scan, ScanMeasurement.Of(uptake, lesions, protocol).Values, ScanMeasurement.Of(calibrated, lesions, protocol).Values,
            ScanMeasurement.Of(GaussianFilter.Apply(calibrated, fwhm), lesions, protocol).Values);
    }
}
