using System.Collections.Immutable;
using System.Security.Cryptography;
using Federated.Coordinator.Stores;

namespace Federated.Coordinator.Storage.Files;

/// <summary>
/// Blobs as files named by their digest, one folder per scope. A file is written beside its place, flushed to disk and renamed, and the folder is flushed too,
/// so a power cut leaves it whole or absent; its digest is checked each time it is read.
/// </summary>
/// <param name="root">Folder; made when the first blob is stored.</param>
public sealed class FileBlobStore(string root) : IBlobStore
{
    private const string Unfinished = ".unfinished";
    private const int MostOpen = 64;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <inheritdoc/>
    public async Task PutAsync(BlobScope scope, Digest digest, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (Digest.Of(bytes.Span) != digest) throw new ArgumentException("The bytes do not have the digest they are stored under.", nameof(digest));
        string path = PathOf(scope, digest);
        if (await FindAsync(scope, digest, cancellation) is not null) return;

        string folder = FolderOf(scope);
        MakeFolder(folder);
        string unfinished = UnfinishedFor(path);
        try
        {
            await using (var file = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                await file.WriteAsync(bytes, cancellation);
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: true);
            FolderSync.Flush(folder);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Many pieces are written before the first is waited for, and the folder is flushed once: the disk orders the writes itself.</remarks>
    public async Task<ImmutableArray<Digest>> PutPiecesAsync(BlobScope scope, ReadOnlyMemory<byte> bytes, int most, CancellationToken cancellation)
    {
        string folder = FolderOf(scope);
        MakeFolder(folder);
        var digests = ImmutableArray.CreateBuilder<Digest>((bytes.Length + most - 1) / most);
        var pending = new List<(string Unfinished, FileStream File, string Path)>();
        try
        {
            for (int start = 0; start < bytes.Length; start += most)
            {
                ReadOnlyMemory<byte> piece = bytes.Slice(start, Math.Min(most, bytes.Length - start));
                var digest = Digest.Of(piece.Span);
                digests.Add(digest);
                string path = PathOf(scope, digest), unfinished = UnfinishedFor(path);
                pending.Add((unfinished, new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0), path));
                await pending[^1].File.WriteAsync(piece, cancellation);
                if (pending.Count == MostOpen) await FinishAsync(pending);
            }

            await FinishAsync(pending);
            FolderSync.Flush(folder);
            return digests.MoveToImmutable();
        }
        catch
        {
            foreach ((string unfinished, FileStream file, _) in pending)
            {
                await file.DisposeAsync();
                File.Delete(unfinished);
            }

            throw;
        }
    }

    private static async Task FinishAsync(List<(string Unfinished, FileStream File, string Path)> pending)
    {
        foreach ((string unfinished, FileStream file, string path) in pending)
        {
            file.Flush(flushToDisk: true);
            await file.DisposeAsync();
            File.Move(unfinished, path, overwrite: true);
        }

        pending.Clear();
    }

    /// <inheritdoc/>
    public async Task<byte[]?> FindAsync(BlobScope scope, Digest digest, CancellationToken cancellation)
    {
        try
        {
            byte[] bytes = await File.ReadAllBytesAsync(PathOf(scope, digest), cancellation);
            return Digest.Of(bytes) == digest ? bytes : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<int?> ReadAsync(BlobScope scope, Digest digest, Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            await using var file = new FileStream(PathOf(scope, digest), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (file.Length > buffer.Length) return null;
            int length = await file.ReadAtLeastAsync(buffer[..(int)file.Length], (int)file.Length, throwOnEndOfStream: false, cancellation);
            return Digest.Of(buffer.Span[..length]) == digest ? length : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public Task<bool> ContainsAsync(BlobScope scope, Digest digest, CancellationToken cancellation) => Task.FromResult(File.Exists(PathOf(scope, digest)));

    /// <inheritdoc/>
    public Task<int> CountAsync(BlobScope scope, CancellationToken cancellation)
    {
        string folder = FolderOf(scope);
        int count = Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Count(f => !f.EndsWith(Unfinished, StringComparison.Ordinal)) : 0;
        return Task.FromResult(count);
    }

    /// <inheritdoc/>
    public Task DropAsync(BlobScope scope, CancellationToken cancellation)
    {
        string folder = FolderOf(scope);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    private static string UnfinishedFor(string path) => $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}{Unfinished}";

    private string FolderOf(BlobScope scope) => Path.Combine(root, scope.Path);

    private string PathOf(BlobScope scope, Digest digest) => Path.Combine(root, scope.Path, digest.Hex);

    // A new folder is only there for good once its parent was flushed.
    private static void MakeFolder(string folder)
    {
        if (Directory.Exists(folder)) return;
        string? parent = Path.GetDirectoryName(folder);
        if (!string.IsNullOrEmpty(parent)) MakeFolder(parent);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, Private);
        if (!string.IsNullOrEmpty(parent)) FolderSync.Flush(parent);
    }
}
