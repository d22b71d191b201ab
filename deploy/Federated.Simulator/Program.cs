using Federated.Simulator;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
return await SimulatorProgram.RunAsync(args, Console.Out, Console.Error, stop.Token);
