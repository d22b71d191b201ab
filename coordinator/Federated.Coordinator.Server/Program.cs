using System.Runtime.InteropServices;
using Federated.Coordinator.Server.Commands;

using var stop = new CancellationTokenSource();
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
var console = new CommandConsole(Console.Out, Console.Error, Environment.GetEnvironmentVariable, !Console.IsOutputRedirected);
return await CoordinatorProgram.RunAsync(args, console, TimeProvider.System, stop.Token);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true; // end in order: what is written is whole
    stop.Cancel();
}
