using System.Diagnostics;

namespace Federated.Benchmarks;

/// <summary>This program once more, as a process of its own whose memory and time are its own.</summary>
internal static class BenchmarkProcess
{
    public static Process Start(params string[] arguments)
    {
        bool shared = Environment.ProcessPath is not { } path || Path.GetFileNameWithoutExtension(path) == "dotnet";
        string[] whole = shared ? [typeof(BenchmarkProcess).Assembly.Location, .. arguments] : arguments;
        var start = new ProcessStartInfo(shared ? "dotnet" : Environment.ProcessPath!, whole) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        (start.Environment["DOTNET_GCRetainVM"], start.Environment["DOTNET_GCgen0size"]) = ("0", "0"); // the runtime's own defaults, as federated-coordinator has them
        return Process.Start(start)!;
    }
}
