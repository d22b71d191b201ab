using Federated.Imaging.Phantoms;
using Federated.Simulator.Hospitals;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Phantoms;

namespace Federated.Simulator.Demo;

/// <summary>What a scanner's phantoms said, read from their DICOM files alone.</summary>
/// <param name="Scanner">Whose.</param>
/// <param name="Factors">Start of each cylinder's scan and its calibration factor, in the order of time.</param>
/// <param name="Filters">Start of each image-quality scan, its resolution and the filter that brings it into the standard.</param>
public sealed record ScannerCalibration(HospitalScanner Scanner, IReadOnlyList<(DateTime From, double Factor)> Factors, IReadOnlyList<(DateTime From, NemaReport Report, FilterStep Filter)> Filters)
{
    /// <summary>The standard that scanners are brought to.</summary>
    public static RecoveryBands Standard => RecoveryBands.Earl1;

    /// <summary>Factor and filter that are valid at a moment: those of the last phantoms before it.</summary>
    public (double Factor, double Fwhm) At(DateTime moment) => (Factors.Last(f => f.From <= moment).Factor, Filters.Last(f => f.From <= moment).Filter.FwhmMillimetres);

    /// <summary>The calibrations of all scanners.</summary>
    /// <exception cref="PhantomException">A scanner cannot be brought to the standard.</exception>
    public static async Task<IReadOnlyList<ScannerCalibration>> ReadAsync(ConsortiumPlan plan, string directory, StoredImages opener, Action<int, int> done, CancellationToken cancellation)
    {
        var read = new (PhantomReport Report, FilterStep? Filter)[plan.Phantoms.Count];
        int finished = 0;
        await Parallel.ForAsync(0, read.Length, cancellation, async (i, token) =>
        {
            PlannedPhantom phantom = plan.Phantoms[i];
            PhantomScan scan = await PhantomScan.ReadAsync(Path.Combine(directory, phantom.Site, phantom.Folder), null, opener, token);
            PhantomReport report = PhantomAnalysis.Of(scan.Image, new PhantomActivity(HospitalFolders.PhantomActivity, phantom.IsNema ? HospitalFolders.PhantomActivity * PlannedPhantom.SphereRatio : null));
            read[i] = (report, report is NemaReport nema ? HarmonizingFilter.Scan(scan.Image, nema, Standard).Choose() : null);
            done(Interlocked.Increment(ref finished), read.Length);
        });
        return
        [
            .. plan.Phantoms.Zip(read).GroupBy(p => p.First.Scanner.Label, StringComparer.Ordinal).Select(of => new ScannerCalibration(
                Fleet.Named(of.Key),
                [.. of.Where(p => !p.First.IsNema).OrderBy(p => p.First.Start).Select(p => (p.First.Start, p.Second.Report.CalibrationFactor!.Value))],
                [.. of.Where(p => p.First.IsNema).OrderBy(p => p.First.Start).Select(p => (p.First.Start, (NemaReport)p.Second.Report, p.Second.Filter!))])),
        ];
    }
}
