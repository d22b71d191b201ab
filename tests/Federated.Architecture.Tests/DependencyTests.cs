namespace Federated.Architecture.Tests;

/// <summary>Who may know whom. A line here is a decision: change it together with the commit that says why.</summary>
public class DependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Federated.Contracts"] = [],
        ["Federated.Statistics"] = [],
        ["Federated.Ledger"] = [],
        ["Federated.Models"] = [],
        ["Federated.Telemetry"] = [],
        ["Federated.Privacy"] = ["Federated.Statistics"],
        ["Federated.Analyses"] = ["Federated.Statistics", "Federated.Privacy"],
        ["Federated.Coordinator"] = ["Federated.Analyses", "Federated.Privacy", "Federated.Ledger"],
        ["Federated.Coordinator.Storage"] = ["Federated.Coordinator"],
        ["Federated.Coordinator.Pages"] = ["Federated.Coordinator"],
        ["Federated.Coordinator.Server"] = ["Federated.Coordinator", "Federated.Coordinator.Storage", "Federated.Coordinator.Pages", "Federated.Contracts", "Federated.Models", "Federated.Telemetry"],
        ["Federated.Imaging"] = [],
        ["Federated.SiteAgent"] = ["Federated.Analyses", "Federated.Privacy", "Federated.Ledger"],
        ["Federated.SiteAgent.Host"] = ["Federated.SiteAgent", "Federated.Imaging", "Federated.Contracts", "Federated.Models", "Federated.Telemetry"],
        ["Federated.ModelTool"] = ["Federated.Models", "Federated.SiteAgent"],
        ["Federated.Simulator"] = ["Federated.Coordinator.Server", "Federated.SiteAgent.Host"],
    };

    public static TheoryData<string> Products => [.. House.References.Keys.Where(name => !IsTest(name))];

    [Theory]
    [MemberData(nameof(Products))]
    public void A_project_references_only_whom_it_may_know(string project)
    {
        Assert.True(Allowed.TryGetValue(project, out string[]? allowed), $"{project} has no line in the table of who may know whom: add one");
        Assert.Empty(House.References[project].Except(allowed));
    }

    [Fact]
    public void The_table_names_no_project_that_is_gone() =>
        Assert.Empty(Allowed.Keys.Except(House.References.Keys));

    [Fact]
    public void Cores_touch_no_transport_no_SQL_and_no_files()
    {
        string[] forbidden = ["using Grpc", "using Google.Protobuf", "using Microsoft.AspNetCore", "using Microsoft.Data.Sqlite", "using Dapper", "File.", "Directory.", "TimeProvider.System"];
        string[] cores = ["shared/Federated.Statistics", "shared/Federated.Analyses", "shared/Federated.Privacy", "shared/Federated.Ledger", "coordinator/Federated.Coordinator", "site-agent/Federated.SiteAgent", "site-agent/Federated.Imaging"];
        var offences =
            from core in cores
            from file in House.Files("*.cs")
            where file.StartsWith(Path.Combine(House.Root, core) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            from line in File.ReadLines(file)
            let code = line.TrimStart()
            where !code.StartsWith("//", StringComparison.Ordinal)
            from word in forbidden // one exception below: File.Dataset is a property of a DICOM slice
            where word.StartsWith("using", StringComparison.Ordinal)
                ? code.StartsWith(word, StringComparison.Ordinal)
                : System.Text.RegularExpressions.Regex.IsMatch(code, @"(?<![\w.])" + System.Text.RegularExpressions.Regex.Escape(word) + (word == "File." ? "(?!Dataset\\b)" : ""))
            select $"{Path.GetRelativePath(House.Root, file)}: {code.Trim()}";
        Assert.Empty(offences);
    }

    [Fact]
    public void Site_agent_and_coordinator_never_reference_each_other()
    {
        foreach ((string project, IReadOnlyList<string> references) in House.References.Where(p => !IsTest(p.Key)))
        {
            if (project.StartsWith("Federated.SiteAgent", StringComparison.Ordinal))
                Assert.DoesNotContain(references, r => r.StartsWith("Federated.Coordinator", StringComparison.Ordinal));
            if (project.StartsWith("Federated.Coordinator", StringComparison.Ordinal))
                Assert.DoesNotContain(references, r => r.StartsWith("Federated.SiteAgent", StringComparison.Ordinal));
        }
    }

    private static bool IsTest(string project) => project.EndsWith(".Tests", StringComparison.Ordinal) || project is "Federated.Benchmarks" or "Federated.Fuzz";
}
