namespace Federated.SiteAgent.Host.Archives;

/// <summary>Files below a folder, links followed, each directory entered once: a link that leads back ends there.</summary>
internal static class FolderWalk
{
    private const int Deepest = 64;

    /// <summary>Regular files in the order of their names.</summary>
    /// <param name="folder">Where to begin.</param>
    /// <param name="skipped">Told what cannot be entered.</param>
    public static IEnumerable<string> Files(string folder, Action<string, string> skipped)
    {
        HashSet<string> entered = new(StringComparer.Ordinal);
        Stack<(string Path, string Real, int Depth)> waiting = new();
        waiting.Push((folder, RealPath(new DirectoryInfo(folder), Path.GetFullPath(folder)), 0));
        while (waiting.TryPop(out (string Path, string Real, int Depth) at))
        {
            if (!entered.Add(at.Real)) continue;
            if (at.Depth > Deepest)
            {
                skipped(at.Path, $"lies deeper than {Deepest} folders");
                continue;
            }

            FileSystemInfo[] entries;
            try
            {
                entries = new DirectoryInfo(at.Path).GetFileSystemInfos();
            }
            catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
            {
                skipped(at.Path, "cannot be entered: check its permissions");
                continue;
            }

            Array.Sort(entries, (a, b) => string.CompareOrdinal(a.Name, b.Name));
            foreach (FileSystemInfo entry in entries)
            {
                if (entry is DirectoryInfo) continue;
                if (Unfit(entry) is { } reason) skipped(entry.FullName, reason);
                else yield return entry.FullName;
            }

            foreach (DirectoryInfo below in entries.OfType<DirectoryInfo>().Reverse())
                waiting.Push((below.FullName, RealPath(below, Path.Combine(at.Real, below.Name)), at.Depth + 1));
        }
    }

    // Pipes and devices, which might never end, have no length either.
    private static string? Unfit(FileSystemInfo entry)
    {
        try
        {
            FileSystemInfo target = entry.LinkTarget is null ? entry : entry.ResolveLinkTarget(returnFinalTarget: true)!;
            return target is FileInfo { Exists: true } file ? file.Length > 0 ? null : "is empty" : "is a link to nothing";
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            return "cannot be read: check its permissions";
        }
    }

    private static string RealPath(DirectoryInfo directory, string path)
    {
        try
        {
            return directory.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
        }
        catch (IOException)
        {
            return path; // links in a circle: entering reports it
        }
    }
}
