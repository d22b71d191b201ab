using Federated.ModelTool;

return await ModelProgram.RunAsync(args, Console.Out, Console.Error);
