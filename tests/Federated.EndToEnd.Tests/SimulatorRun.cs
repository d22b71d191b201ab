using System.Text.Json;

namespace Federated.EndToEnd.Tests;

/// <summary>One run of the simulator through its own entry point, in a folder of its own.</summary>
internal sealed class SimulatorRun : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("federated-");

    public string Folder => _folder.FullName;

    public string Out => Path.Combine(Folder, "out");

    public string Harmonized => Path.Combine(Out, "harmonized.csv");

    public JsonElement Summary => JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "summary.json"))).RootElement;

    /// <summary>Writes a file into the run's folder; returns its path.</summary>
    public string Write(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public async Task<(int Code, string Output, string Error)> InvokeAsync(params string[] arguments)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = await Simulator.SimulatorProgram.RunAsync(arguments, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }

    public async Task TableAsync(string features, string cohort, string study, params string[] more)
    {
        (int code, string output, string error) = await InvokeAsync(["table", "--features", features, "--cohort", cohort, "--study", study, "--out", Out, .. more]);
        Assert.True(code == 0, $"exit code {code}\n{output}\n{error}");
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
