using System.Text.RegularExpressions;

namespace Federated.SiteAgent.Host.Tests.Documentation;

/// <summary>The README explains exactly the errors that the code can raise.</summary>
public partial class ReadmeTests
{
    [Fact]
    public void Every_numbered_error_has_a_section_and_every_section_an_error()
    {
        string root = Path.Combine(Checkout.Root, "site-agent");
        var raised = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Code().Matches(File.ReadAllText(file)).Select(m => m.Groups["code"].Value)).ToHashSet(StringComparer.Ordinal);
        var explained = Section().Matches(File.ReadAllText(Path.Combine(root, "README.md"))).Select(m => m.Groups["code"].Value).ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(raised);
        Assert.Empty(raised.Except(explained, StringComparer.Ordinal));
        Assert.Empty(explained.Except(raised, StringComparer.Ordinal));
    }

    [GeneratedRegex("\"(?<code>E3[0-9]{3})\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();

    [GeneratedRegex("^### (?<code>E3[0-9]{3})$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Section();
}
