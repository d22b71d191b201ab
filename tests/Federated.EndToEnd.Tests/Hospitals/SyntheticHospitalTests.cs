using System.Security.Cryptography;
using Federated.Imaging.Phantoms;
using Federated.Simulator.Hospitals;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Extraction;
using Federated.SiteAgent.Host.Phantoms;
using Federated.SiteAgent.Host.Storage;

namespace Federated.EndToEnd.Tests.Hospitals;

/// <summary>The synthetic hospitals, read back through what real hospitals use: what the scanners truly are is what their phantoms say, and what patients truly are is what is measured.</summary>
public sealed class SyntheticHospitalTests : IDisposable
{
    private static readonly ConsortiumSize Tiny = new(0.01, 1, 1, 1, [0], 1);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("federated-");

    public static TheoryData<string> Scanners => [.. Fleet.Scanners.Select(s => s.Label)];

    public static TheoryData<string> Defects => [.. BrokenStudy.All.Select(b => b.Name)];

    [Theory]
    [InlineData("biograph-vision")]
    [InlineData("discovery-st")]
    [InlineData("gemini-tf")]
    public async Task An_image_quality_phantom_tells_the_resolution_and_the_calibration_of_its_scanner(string scanner)
    {
        var plan = ConsortiumPlan.Draw(5, Tiny);
        PlannedPhantom phantom = plan.Phantoms.Single(p => p.IsNema && p.Scanner.Label == scanner);
        var report = Assert.IsType<NemaReport>(await AnalysedAsync(plan, phantom));
        Assert.InRange(report.FwhmMillimetres, phantom.Scanner.FwhmMillimetres - 0.3, phantom.Scanner.FwhmMillimetres + 0.3);
        Assert.InRange(report.CalibrationFactor!.Value / (phantom.Scanner.Calibration * plan.Filled(phantom)), 0.99, 1.01);
    }

    [Theory]
    [MemberData(nameof(Scanners))]
    public async Task A_cylinder_tells_the_calibration_of_its_scanner(string scanner)
    {
        var plan = ConsortiumPlan.Draw(6, Tiny);
        PlannedPhantom phantom = plan.Phantoms.Single(p => !p.IsNema && p.Scanner.Label == scanner);
        var report = Assert.IsType<UniformReport>(await AnalysedAsync(plan, phantom));
        Assert.InRange(report.CalibrationFactor!.Value / (phantom.Scanner.Calibration * plan.Filled(phantom)), 0.995, 1.005);
    }

    [Theory]
    [MemberData(nameof(Scanners))]
    public async Task A_scanner_without_errors_shows_the_uptake_that_is_there_whatever_its_vendor_writes(string scanner)
    {
        var plan = ConsortiumPlan.Draw(7, Tiny);
        HospitalScanner perfect = Fleet.Named(scanner) with { FwhmMillimetres = 0, Calibration = 1, Noise = 0, DriftPerWeek = 0 };
        PlannedScan scan = plan.Scans.First(s => s.Broken is null) with { Scanner = perfect, Site = Fleet.Owner(perfect) };
        MeasuredRow row = await MeasuredAsync(plan, scan);
        Assert.True(row.Outcome == MeasuredOutcome.Measured, row.Reason);
        double truth = scan.Patient.Lesions.Max(l => l.Uptake);
        Assert.InRange(row.Values![0] / truth, 0.9999, 1.0001);
    }

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task A_broken_study_is_refused_with_its_reason(string defect)
    {
        var plan = ConsortiumPlan.Draw(8, Tiny);
        PlannedScan scan = plan.Scans.Single(s => s.Broken?.Name == defect);
        MeasuredRow row = await MeasuredAsync(plan, scan);
        Assert.Equal(MeasuredOutcome.Refused, row.Outcome);
        Assert.Contains(scan.Broken!.Reason, row.Reason, StringComparison.Ordinal);
        Assert.Equal(MeasuredOutcome.Measured, (await MeasuredAsync(plan, scan with { RowId = "whole", Broken = null })).Outcome);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_for_any_number_of_workers_and_another_seed_others()
    {
        string[] once = Written(1, "a", 1), again = Written(1, "b", 3), other = Written(2, "c", 2);
        Assert.Equal(once, again);
        Assert.NotEqual(once, other);

        string[] Written(int seed, string name, int workers)
        {
            string directory = Path.Combine(_folder.FullName, name);
            var plan = ConsortiumPlan.Draw(seed, Tiny);
            plan = plan with { Scans = [.. plan.Scans.TakeLast(6)], Travelling = [.. plan.Travelling.Take(3)], Phantoms = [.. plan.Phantoms.Where(p => !p.IsNema).Take(1)] };
            HospitalFolders.Write(plan, directory, workers, (_, _) => { }, TestContext.Current.CancellationToken);
            return [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(file => $"{Path.GetRelativePath(directory, file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}")];
        }
    }

    [Fact]
    public void The_full_consortium_is_as_large_as_it_says()
    {
        var plan = ConsortiumPlan.Draw(1, ConsortiumSize.Full);
        Assert.Equal(9, plan.Scans.Select(s => s.Scanner.Label).Distinct().Count());
        Assert.Equal(3, plan.Scans.Select(s => s.Scanner.Habit.Manufacturer).Distinct().Count());
        Assert.All(plan.Scans.GroupBy(s => s.Site).Select(site => site.Count()), patients => Assert.InRange(patients, 40, 80));
        Assert.Equal(5, plan.Scans.Select(s => s.Site).Distinct().Count());
        Assert.All(plan.Scans, scan => Assert.InRange(scan.Patient.Lesions.Count, 1, 5));
        Assert.Contains(plan.Scans, scan => scan.Patient.Missing.Length > 0);
        Assert.Equal(9 * 20, plan.Travelling.Count);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<PhantomReport> AnalysedAsync(ConsortiumPlan plan, PlannedPhantom phantom)
    {
        HospitalFolders.WritePhantom(plan, phantom, _folder.FullName);
        PhantomScan scan = await PhantomScan.ReadAsync(Path.Combine(_folder.FullName, phantom.Site, phantom.Folder), null, new StoredImages(new GdcmTranscoder(TimeProvider.System)), TestContext.Current.CancellationToken);
        Assert.Equal("BQML", scan.Units);
        return PhantomAnalysis.Of(scan.Image, new PhantomActivity(HospitalFolders.PhantomActivity, phantom.IsNema ? HospitalFolders.PhantomActivity * PlannedPhantom.SphereRatio : null));
    }

    private async Task<MeasuredRow> MeasuredAsync(ConsortiumPlan plan, PlannedScan scan)
    {
        HospitalFolders.WriteScan(plan, scan, _folder.FullName);
        ListedScan listed = new(scan.RowId, $"{scan.Site}/images/{scan.RowId}", $"{scan.Site}/images/{scan.RowId}/region.dcm", "", null);
        ScanFiles files = ScanFiles.Of(listed, new ImageLibrary(_folder.FullName));
        return (await ScanExtraction.OfAsync(listed, files, HospitalProtocol.Measures, SiteCalibrations.None, new StoredImages(new GdcmTranscoder(TimeProvider.System)), TestContext.Current.CancellationToken)).Row;
    }
}
