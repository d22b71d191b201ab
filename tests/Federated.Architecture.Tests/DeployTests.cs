using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Federated.Architecture.Tests;

/// <summary>What is handed to an operator fits the programs: units, package script, container files.</summary>
public partial class DeployTests
{
    public static TheoryData<string> Daemons => ["coordinator", "site"];

    [Theory]
    [MemberData(nameof(Daemons))]
    public void A_unit_is_one_that_systemd_understands(string daemon)
    {
        string unit = Path.Combine(House.Root, "deploy", "systemd", $"federated-{daemon}.service");
        string[] lines = File.ReadAllLines(unit);
        foreach (string line in (string[])["Type=notify", $"User=federated-{daemon}", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "StateDirectoryMode=0700", "RestartPreventExitStatus=2 3"])
            Assert.Contains(line, lines);
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "systemd-analyze is not installed");
        string copy = Path.Combine(Directory.CreateTempSubdirectory("federated-unit-").FullName, $"federated-{daemon}.service");
        File.WriteAllText(copy, string.Join('\n', lines).Replace($"/usr/bin/federated-{daemon}", "/bin/true", StringComparison.Ordinal)); // not installed here
        (int exit, string said) = Run("systemd-analyze", "verify", "--man=no", copy);
        Directory.Delete(Path.GetDirectoryName(copy)!, recursive: true);
        Assert.True(exit == 0 && !said.Contains(".service:", StringComparison.Ordinal), said);
    }

    [Theory]
    [MemberData(nameof(Daemons))]
    public void A_container_file_names_what_there_is_and_does_not_end_as_root(string daemon)
    {
        string[] lines = File.ReadAllLines(Path.Combine(House.Root, "deploy", "container", $"Containerfile.{daemon}"));
        string project = PublishedProject().Match(string.Join('\n', lines)).Groups[1].Value;
        Assert.True(Directory.Exists(Path.Combine(House.Root, project)), project);
        string program = File.ReadLines(Directory.EnumerateFiles(Path.Combine(House.Root, project), "*.csproj").Single()).Select(l => AssemblyName().Match(l).Groups[1].Value).First(n => n.Length > 0);
        Assert.Contains(lines, l => l.StartsWith("ENTRYPOINT", StringComparison.Ordinal) && l.Contains($"/{program}.dll", StringComparison.Ordinal));
        Assert.Equal("USER app", lines.Last(l => l.StartsWith("USER", StringComparison.Ordinal)));
        Assert.All(lines.Where(l => l.StartsWith("FROM", StringComparison.Ordinal)), l => Assert.DoesNotContain("latest", l, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData]
    [InlineData("hospital")]
    public void The_package_script_refuses_what_it_cannot_build(params string[] arguments)
    {
        (int exit, string said) = Run("bash", [Path.Combine(House.Root, "deploy", "debian", "build.sh"), .. arguments]);
        Assert.Equal((2, "usage: build.sh coordinator|site [OUT]"), (exit, said.Trim()));
    }

    private static (int Exit, string Said) Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        string said = process.StandardError.ReadToEnd() + process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }

    [GeneratedRegex(@"dotnet publish ([\w./-]+)")]
    private static partial Regex PublishedProject();

    [GeneratedRegex("<AssemblyName>([^<]+)<")]
    private static partial Regex AssemblyName();
}
