using Federated.Analyses.Study;
using Federated.Benchmarks;

return args switch
{
    ["regression", string simulator] => RegressionBenchmark.Run(simulator),
    ["regression", string simulator, string models] => RegressionBenchmark.Run(simulator, models),
    ["combat"] => CombatBenchmark.RunAll(),
    ["combat", string scans, string features] => CombatBenchmark.RunShape(int.Parse(scans), int.Parse(features)),
    ["fedavg"] => await FedAvgTime.RunAllAsync(),
    ["fedavg", string sites, string parameters] => await FedAvgTime.RunAsync(int.Parse(sites), int.Parse(parameters), 2),
    [FedAvgTime.Child, string folder, string sites, string parameters, string aggregation] =>
        await FedAvgTime.ServeAsync(folder, int.Parse(sites), int.Parse(parameters), Enum.Parse<Aggregation>(aggregation)),
    ["secure-aggregation"] => SecureAggregationCost.RunAll() + await SecureRoundTime.RunAllAsync() + await CoordinatorMemory.RunAllAsync(),
    ["secure-aggregation", "cost"] => SecureAggregationCost.RunAll(),
    ["secure-aggregation", "rounds"] => await SecureRoundTime.RunAllAsync(),
    ["secure-aggregation", "rounds", string sites, string length] => await SecureRoundTime.RunAsync(int.Parse(sites), int.Parse(length)),
    ["secure-aggregation", "memory"] => await CoordinatorMemory.RunAllAsync(),
    ["secure-aggregation", "memory", string sites, string length] => await CoordinatorMemory.RunAsync(int.Parse(sites), int.Parse(length)),
    [CoordinatorMemory.Child, string folder, string sites, string length] => await CoordinatorMemory.ServeAsync(folder, int.Parse(sites), int.Parse(length)),
    ["archive"] => await ArchiveBenchmark.RunAsync(),
    ["extract"] => ExtractionBenchmark.RunAll(),
    ["extract", string folder, string workers] => ExtractionBenchmark.RunOne(folder, int.Parse(workers)),
    ["pages"] => await PageTimes.RunAsync() + await PageViewers.RunAllAsync(),
    ["pages", "times"] => await PageTimes.RunAsync(),
    ["pages", "viewers"] => await PageViewers.RunAllAsync(),
    ["pages", "viewers", string viewers] => await PageViewers.RunAsync(int.Parse(viewers)),
    [PageViewers.Child, string folder] => await PageViewers.ServeAsync(folder),
    ["radiomics"] => RadiomicsBenchmark.Run(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Say what to measure: dotnet run -c Release --project tests/Federated.Benchmarks -- archive | combat | extract | fedavg [SITES PARAMETERS] | pages [times | viewers] | radiomics | regression SIMULATOR [logistic | cox] | secure-aggregation [cost | rounds | memory]");
    return 2;
}
