using System.Text.Json.Nodes;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Archives;

/// <summary>Folders as they come from scanners, CDs and colleagues.</summary>
public sealed class FolderArchiveTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Folder => _directory.File("export");

    private CommandLine Commands => new(_directory);

    public FolderArchiveTests()
    {
        byte[][] slices = [.. SyntheticSeries.Slices("folder", 5)];
        for (int z = 0; z < slices.Length; z++) Write(Path.Combine("a", "b", $"IM{z}"), slices[z]);
        Write(Path.Combine("c", "other.dcm"), SyntheticSeries.Bytes(SyntheticSeries.Slice("other", 0)));
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Objects_are_found_at_any_depth_and_under_any_name()
    {
        JsonNode done = (await Commands.DoAsync("archive", "import", Folder, "--json")).Json;
        Assert.Equal((6, 0), ((int)done["fetched"]!, done["files_left_out"]!.AsArray().Count));
        Assert.Equal(5, new ImageStore(_directory.Path).Instances(SyntheticSeries.SeriesUid("folder")).Count);
        done = (await Commands.DoAsync("archive", "import", Folder, "--json")).Json;
        Assert.Equal((0, 6), ((int)done["fetched"]!, (int)done["already_here"]!));
    }

    [Fact]
    public async Task A_folder_is_an_archive_like_any_other()
    {
        await Commands.DoAsync("archive", "add", "export", Folder);
        Assert.Equal(2, (await Commands.DoAsync("archive", "query", "export", "--json")).Json["series"]!.AsArray().Count);
        Assert.Equal(5, (int)(await Commands.DoAsync("archive", "fetch", "export", "--patient", "p-fold*", "--study-date", "-20260102", "--json")).Json["fetched"]!);
        Assert.Equal(1, (int)(await Commands.DoAsync("archive", "fetch", "export", "--description", "PET other", "--json")).Json["fetched"]!);
        CommandOutcome none = await Commands.RunAsync("archive", "fetch", "export", "--modality", "CT");
        Assert.Equal(2, none.Exit);
        Assert.Contains("E3412", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_image_is_reported_and_DICOMDIR_is_not()
    {
        Write("DICOMDIR", [1, 2, 3]);
        Write("readme.txt", "hello"u8.ToArray());
        Write("empty", []);
        Write(Path.Combine("a", "cut"), SyntheticSeries.Bytes(SyntheticSeries.Slice("folder", 6))[..200]);
        Write(Path.Combine("a", "copy"), SyntheticSeries.Bytes(SyntheticSeries.Slice("folder", 0)));
        JsonNode done = (await Commands.DoAsync("archive", "import", Folder, "--json")).Json;
        Assert.Equal(6, (int)done["fetched"]!);
        Dictionary<string, string> left = done["files_left_out"]!.AsArray().ToDictionary(f => (string)f!["file"]!, f => (string)f!["reason"]!, StringComparer.Ordinal);
        Assert.Equal(["a/b/IM0", "a/cut", "empty", "readme.txt"], left.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("is empty", left["empty"]);
        Assert.Contains("not a DICOM file", left["readme.txt"], StringComparison.Ordinal);
        Assert.Contains("the object stands in a/copy already", left["a/b/IM0"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_whose_pixels_were_cut_short_is_left_out_with_its_reason()
    {
        byte[] sound = SyntheticSeries.Bytes(SyntheticSeries.Slice("folder", 7));
        Write(Path.Combine("a", "short"), sound[..^10]);
        JsonNode done = (await Commands.DoAsync("archive", "import", Folder, "--json")).Json;
        Assert.Equal((6, 1), ((int)done["fetched"]!, (int)done["left_out"]!));
        Assert.Contains("PixelData", (string)done["series"]!.AsArray().SelectMany(s => s!["skipped"]!.AsArray()).Single()!["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_are_followed_and_never_for_ever()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a right of their own on Windows");
        string outside = Directory.CreateDirectory(_directory.File("outside")).FullName;
        File.WriteAllBytes(Path.Combine(outside, "x"), SyntheticSeries.Bytes(SyntheticSeries.Slice("linked", 0)));
        Directory.CreateSymbolicLink(Path.Combine(Folder, "elsewhere"), outside);
        Directory.CreateSymbolicLink(Path.Combine(Folder, "a", "up"), Folder);
        Directory.CreateSymbolicLink(Path.Combine(outside, "back"), Path.Combine(Folder, "a"));
        Directory.CreateSymbolicLink(Path.Combine(Folder, "self"), Path.Combine(Folder, "self"));
        File.CreateSymbolicLink(Path.Combine(Folder, "broken"), _directory.File("nothing"));
        JsonNode done = (await Commands.DoAsync("archive", "import", Folder, "--json")).Json;
        Assert.Equal(7, (int)done["fetched"]!);
        Assert.Contains("broken", done["files_left_out"]!.AsArray().Select(f => (string)f!["file"]!));
        Assert.DoesNotContain(done["files_left_out"]!.AsArray(), f => ((string)f!["reason"]!).Contains("already", StringComparison.Ordinal)); // no file was met twice
    }

    [Fact]
    public async Task A_pipe_does_not_hold_the_scan_up()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "pipes have no names in folders on Windows");
        using var made = System.Diagnostics.Process.Start("mkfifo", Path.Combine(Folder, "pipe"));
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(6, (int)(await Commands.DoAsync("archive", "import", Folder, "--json")).Json["fetched"]!);
    }

    [Fact]
    public async Task A_folder_that_is_not_there_ends_in_one_line()
    {
        CommandOutcome outcome = await Commands.RunAsync("archive", "import", _directory.File("nowhere"));
        Assert.Equal(2, outcome.Exit);
        Assert.StartsWith("E3201: ", outcome.Error, StringComparison.Ordinal);
    }

    private void Write(string name, byte[] bytes)
    {
        string path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}
