using System.Text;

namespace Federated.SiteAgent.Host.Membership;

/// <summary>Files that only the agent's own user can read, replaced wholly or not at all.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void CreateDirectory(string directory)
    {
        try
        {
            if (Directory.Exists(directory)) return;
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
            else Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3004", ExitCode.Input, $"{directory}: the data directory cannot be made ({failure.Message}); choose another with --data, or mend its permissions", failure);
        }
    }

    public static void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        string fresh = path + ".new";
        try
        {
            File.Delete(fresh); // a left-over keeps its old mode
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
            using (var stream = new FileStream(fresh, options))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }

            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3004", ExitCode.Input, $"{path}: cannot be written ({failure.Message}); free space or mend the permissions of the data directory", failure);
        }
    }

    public static void Replace(string path, string text) => Replace(path, Encoding.UTF8.GetBytes(text));

    public static byte[]? Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllBytes(path) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3004", ExitCode.Input, $"{path}: cannot be read ({failure.Message}); run as the user who owns the data directory", failure);
        }
    }
}
