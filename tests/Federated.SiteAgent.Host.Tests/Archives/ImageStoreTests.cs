using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Archives;

/// <summary>Identifiers of strangers become paths: only digits and dots may.</summary>
public sealed class ImageStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("1.2.840.10008", true)]
    [InlineData("1.02.3", true)]
    [InlineData("1234567890.1234567890.1234567890.1234567890.1234567890.123456789", true)]
    [InlineData("1234567890.1234567890.1234567890.1234567890.1234567890.1234567890", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("1..2", false)]
    [InlineData(".1", false)]
    [InlineData("1.", false)]
    [InlineData("1/2", false)]
    [InlineData("../1", false)]
    [InlineData("1.2\0", false)]
    [InlineData("1.2\n", false)]
    [InlineData("１.２", false)]
    [InlineData("1.2a", false)]
    public void Only_digits_and_single_dots_are_safe(string? uid, bool safe)
    {
        Assert.Equal(safe, ImageStore.IsSafe(uid));
        if (!safe && uid is not null) Assert.Throws<ArgumentException>(() => new ImageStore(_directory.Path).Put("1.2", uid, []));
    }

    [Fact]
    public void An_object_lies_under_its_series_for_its_owner_alone()
    {
        var store = new ImageStore(_directory.Path);
        store.Put("1.2", "1.2.3", "abc"u8);
        string file = Path.Combine(_directory.Path, "images", "1.2", "1.2.3.dcm");
        Assert.Equal("abc"u8, File.ReadAllBytes(file));
        Assert.Equal(["1.2.3"], store.Instances("1.2"));
        Assert.Equal(["1.2"], store.Series());
        Assert.Empty(store.Instances("1.9"));
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public void What_was_being_written_when_the_process_died_does_not_count()
    {
        var store = new ImageStore(_directory.Path);
        store.Put("1.2", "1.2.3", "abc"u8);
        File.WriteAllText(store.FilePath("1.2", "1.2.4") + ".new", "half");
        Assert.Equal(["1.2.3"], store.Instances("1.2"));
        store.Put("1.2", "1.2.4", "whole"u8);
        Assert.Equal("whole", File.ReadAllText(store.FilePath("1.2", "1.2.4")));
    }
}
