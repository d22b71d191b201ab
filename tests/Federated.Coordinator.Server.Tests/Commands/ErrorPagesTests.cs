using System.Text.RegularExpressions;

namespace Federated.Coordinator.Server.Tests.Commands;

/// <summary>Every number an operator can see has its page, and no page is left over.</summary>
public sealed partial class ErrorPagesTests
{
    [Fact]
    public void Every_code_has_a_section_and_every_section_a_code()
    {
        string coordinator = Path.Combine(Checkout.Root, "coordinator");
        IEnumerable<string> raised = Directory.EnumerateFiles(coordinator, "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Code().Matches(File.ReadAllText(file)).Select(m => m.Value));
        IEnumerable<string> explained = File.ReadLines(Path.Combine(coordinator, "README.md"))
            .Where(line => line.StartsWith("### E", StringComparison.Ordinal)).Select(line => line["### ".Length..]);
        Assert.Equal(new SortedSet<string>(explained, StringComparer.Ordinal), new SortedSet<string>(raised, StringComparer.Ordinal));
    }

    [GeneratedRegex(@"E1[0-9]{3}", RegexOptions.NonBacktracking)]
    private static partial Regex Code();
}
