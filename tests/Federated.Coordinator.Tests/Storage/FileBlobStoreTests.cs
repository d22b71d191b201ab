using Federated.Coordinator.Storage.Files;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Tests.Kit;
using Federated.Coordinator.Tests.Stores;

namespace Federated.Coordinator.Tests.Storage;

public sealed class FileBlobStoreTests : BlobStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FileBlobStoreTests() => Store = new FileBlobStore(_folder["blobs"]);

    protected override IBlobStore Store { get; }

    private string PathOfBlob => Path.Combine(_folder["blobs"], Shared.Path, Name.Hex);

    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    public async Task A_damaged_file_is_never_served_and_is_mended_by_storing_it_again(int length)
    {
        await Store.PutAsync(Shared, Name, Bytes, Cancellation);
        await File.WriteAllBytesAsync(PathOfBlob, Bytes[..length], Cancellation);
        Assert.Null(await Store.FindAsync(Shared, Name, Cancellation));
        Assert.Null(await Store.ReadAsync(Shared, Name, new byte[Bytes.Length], Cancellation));
        await Store.PutAsync(Shared, Name, Bytes, Cancellation);
        Assert.Equal(Bytes, await Store.FindAsync(Shared, Name, Cancellation));
    }

    [Fact]
    public async Task What_a_crash_left_half_written_is_not_a_blob()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOfBlob)!);
        await File.WriteAllBytesAsync(PathOfBlob + ".0123.unfinished", Bytes[..10], Cancellation);
        Assert.Null(await Store.FindAsync(Shared, Name, Cancellation));
        Assert.Equal(0, await Store.CountAsync(Shared, Cancellation));
        await Store.PutAsync(Shared, Name, Bytes, Cancellation);
        Assert.Equal(1, await Store.CountAsync(Shared, Cancellation));
    }

    [Fact]
    public async Task Nobody_else_on_the_machine_can_read_them()
    {
        if (OperatingSystem.IsWindows()) return; // file modes are Unix's
        await Store.PutAsync(Shared, Name, Bytes, Cancellation);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(PathOfBlob)!));
    }

    public void Dispose() => _folder.Dispose();
}
