using System.Text.RegularExpressions;

namespace Federated.Architecture.Tests;

/// <summary>The house as a newcomer finds it: fixed top level, a README per floor, every project in the solution, no room grown too large.</summary>
public partial class LayoutTests
{
    private static readonly string[] Floors = ["coordinator", "site-agent", "shared", "tests", "proto", "deploy"];

    [Fact]
    public void Top_level_is_the_users()
    {
        string[] allowed = [.. Floors, "Federated.sln", "README.md", "LICENSE", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "global.json", "artifacts", "out", "TestResults"];
        IEnumerable<string> found = Directory.EnumerateFileSystemEntries(House.Root).Select(p => Path.GetFileName(p)!)
            .Where(name => !name.StartsWith('.') && !name.StartsWith("Directory.", StringComparison.Ordinal));
        Assert.Empty(found.Except(allowed));
    }

    [Fact]
    public void Every_floor_has_a_README()
    {
        foreach (string floor in Floors) Assert.True(File.Exists(Path.Combine(House.Root, floor, "README.md")), $"{floor}/README.md is missing");
    }

    [Fact]
    public void Every_project_is_in_the_solution_and_has_a_lock_file()
    {
        string solution = File.ReadAllText(Path.Combine(House.Root, "Federated.sln"));
        foreach (string project in House.ProjectFiles())
        {
            Assert.Contains(Path.GetFileName(project), solution, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json")), $"{project} has no packages.lock.json: restore once and commit it");
        }
    }

    [Fact]
    public void A_file_fits_in_the_head()
    {
        IEnumerable<string> rooms = House.Files("*.cs").Select(file => (file, lines: File.ReadLines(file).Count())).Where(f => f.lines > 450)
            .Select(f => $"{Path.GetRelativePath(House.Root, f.file)}: {f.lines} lines");
        Assert.Empty(rooms);
    }

    [Fact]
    public void Nothing_is_promised_or_left_out_in_code()
    {
        IEnumerable<string> promises =
            from file in House.Files("*.cs")
            where !file.EndsWith(nameof(LayoutTests) + ".cs", StringComparison.Ordinal)
            from line in File.ReadLines(file)
            where Promise().IsMatch(line)
            select $"{Path.GetRelativePath(House.Root, file)}: {line.Trim()}";
        Assert.Empty(promises);
    }

    [Fact]
    public void Files_named_in_READMEs_exist()
    {
        IEnumerable<string> broken =
            from readme in House.Files("README.md")
            from Match link in Link().Matches(File.ReadAllText(readme))
            let target = link.Groups[1].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
            where !Path.Exists(Path.Combine(Path.GetDirectoryName(readme)!, target))
            select $"{Path.GetRelativePath(House.Root, readme)} -> {target}";
        Assert.Empty(broken);
    }

    [Fact]
    public void Projects_named_in_README_commands_exist()
    {
        IEnumerable<string> broken =
            from readme in House.Files("README.md")
            from Match project in ProjectOption().Matches(File.ReadAllText(readme))
            where !Directory.Exists(Path.Combine(House.Root, project.Groups[1].Value))
            select $"{Path.GetRelativePath(House.Root, readme)}: {project.Value}";
        Assert.Empty(broken);
    }

    [GeneratedRegex(@"NotImplementedException|\bTODO\b|\bFIXME\b|\bHACK\b|Skip\s*=\s*""")]
    private static partial Regex Promise();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"--project ([\w./-]+)")]
    private static partial Regex ProjectOption();
}
