using System.Xml.Linq;

namespace Federated.Architecture.Tests;

/// <summary>The checkout under test: its root, its projects and what they reference.</summary>
internal static class House
{
    public static string Root { get; } = Checkout.Root;

    /// <summary>Project name to the names of the projects it references, over every project file of the checkout.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> References { get; } = ProjectFiles().ToDictionary(
        path => Path.GetFileNameWithoutExtension(path),
        path => (IReadOnlyList<string>)[.. XDocument.Load(path).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')))],
        StringComparer.Ordinal);

    public static IEnumerable<string> ProjectFiles() => Files("*.csproj");

    /// <summary>Files of the checkout by name pattern, without what builds leave behind.</summary>
    public static IEnumerable<string> Files(string pattern) => Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
        .Where(path => !Path.GetRelativePath(Root, path).Split(Path.DirectorySeparatorChar).Any(part => part is "artifacts" or "bin" or "obj" or ".git" or "out"))
        .Order(StringComparer.Ordinal);
}
