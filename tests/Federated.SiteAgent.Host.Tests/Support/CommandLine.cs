using System.Text.Json.Nodes;
using Federated.SiteAgent.Host.Commands;

namespace Federated.SiteAgent.Host.Tests.Support;

/// <summary>What a command printed and ended with.</summary>
internal sealed record CommandOutcome(int Exit, string Out, string Error)
{
    public JsonNode Json => JsonNode.Parse(Out)!;
}

/// <summary>federated-site through its real entry point, in this process, over a data directory.</summary>
internal sealed class CommandLine(TemporaryDirectory directory, TimeProvider? time = null)
{
    /// <summary>Variables besides the data directory.</summary>
    public Func<string, string?> Environment { get; init; } = static _ => null;

    public Task<CommandOutcome> RunAsync(string[] arguments, string input = "") => ExecuteAsync(arguments, input, TestContext.Current.CancellationToken);

    /// <summary>Runs a command until it ends or is told to stop.</summary>
    public Task<CommandOutcome> UntilStoppedAsync(string[] arguments, CancellationToken stop) => ExecuteAsync(arguments, "", stop);

    private async Task<CommandOutcome> ExecuteAsync(string[] arguments, string input, CancellationToken cancellation)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var console = new SiteConsole(output, error, new StringReader(input), name => name is "FEDERATED_SITE_DATA" ? directory.Path : Environment(name));
        int exit = await SiteProgram.RunAsync(arguments, console, time ?? TimeProvider.System, cancellation);
        return new CommandOutcome(exit, output.ToString(), error.ToString());
    }

    public Task<CommandOutcome> RunAsync(params string[] arguments) => RunAsync(arguments, "");

    /// <summary>Runs a command that must succeed.</summary>
    public async Task<CommandOutcome> DoAsync(params string[] arguments)
    {
        CommandOutcome outcome = await RunAsync(arguments);
        Assert.True(outcome.Exit == 0, $"{string.Join(' ', arguments)} ended with {outcome.Exit}: {outcome.Error}");
        return outcome;
    }
}
