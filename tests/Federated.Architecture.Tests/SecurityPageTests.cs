using System.Text.RegularExpressions;

namespace Federated.Architecture.Tests;

/// <summary>SECURITY.md promises nothing that no test holds.</summary>
public partial class SecurityPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(House.Root, "SECURITY.md"));

    [Fact]
    public void Every_test_it_names_exists()
    {
        Match[] named = [.. Named().Matches(Page).Cast<Match>()];
        Assert.NotEmpty(named);
        Assert.All(named, m => Assert.True(Exists(m.Groups["project"].Value, m.Groups["class"].Value, m.Groups["method"].Value), $"SECURITY.md names {m.Value}, which is no test"));
    }

    [Fact]
    public void Every_promise_names_a_test()
    {
        string promises = Page[Page.IndexOf("## What is promised", StringComparison.Ordinal)..Page.IndexOf("## What is not promised", StringComparison.Ordinal)];
        string[] rows = [.. promises.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.TrimEnd().EndsWith("| test |", StringComparison.Ordinal))];
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Matches(Named(), row));
    }

    // A test is a method of that name with a [Fact] or [Theory] somewhere above it in a file of its class.
    private static bool Exists(string project, string type, string method)
    {
        string folder = Path.Combine(House.Root, "tests", project);
        return Directory.Exists(folder) && Directory.EnumerateFiles(folder, type + ".cs", SearchOption.AllDirectories).Any(file =>
            Regex.IsMatch(File.ReadAllText(file), $@"\[(Fact|Theory)[^\n]*\]\s*(\[[^\n]*\]\s*)*public (async )?(void|Task) {Regex.Escape(method)}\("));
    }

    [GeneratedRegex(@"`(?<project>Federated\.[A-Za-z.]+\.Tests)/(?<class>\w+)\.(?<method>\w+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Named();
}
