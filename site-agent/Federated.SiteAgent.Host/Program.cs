using Federated.SiteAgent.Host.Commands;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true; // end in order: what is written is whole
    stop.Cancel();
};
var console = new SiteConsole(Console.Out, Console.Error, Console.In, Environment.GetEnvironmentVariable) { IsTerminal = !Console.IsErrorRedirected };
return await SiteProgram.RunAsync(args, console, TimeProvider.System, stop.Token);
