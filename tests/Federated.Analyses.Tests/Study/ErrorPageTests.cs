using System.Text.RegularExpressions;

namespace Federated.Analyses.Tests.Study;

public sealed partial class ErrorPageTests
{
    [Fact]
    public void Every_numbered_error_has_its_page_and_every_page_its_error()
    {
        string root = Checkout.Root;
        string[] raised =
        [
            .. ((string[])["shared/Federated.Analyses", "site-agent/Federated.SiteAgent/Tables"])
                .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
                .SelectMany(file => Raised().Matches(File.ReadAllText(file)).Select(m => m.Groups["code"].Value)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
        string[] explained = [.. Page().Matches(File.ReadAllText(Path.Combine(root, "shared/Federated.Analyses/README.md"))).Select(m => m.Groups["code"].Value)];
        Assert.NotEmpty(raised);
        Assert.Equal(raised, explained);
    }

    [GeneratedRegex("\"(?<code>E[0-9]{4})\"", RegexOptions.None, 1000)]
    private static partial Regex Raised();

    [GeneratedRegex("^### (?<code>E[0-9]{4}): ", RegexOptions.Multiline, 1000)]
    private static partial Regex Page();
}
