using Federated.Benchmarks;

return args switch
{
    ["cox", string simulator] => CoxBenchmark.Run(simulator),
    ["combat"] => CombatBenchmark.RunAll(),
    ["combat", string scans, string features] => CombatBenchmark.RunShape(int.Parse(scans), int.Parse(features)),
    ["secure-aggregation"] => SecureAggregationCost.RunAll(),
    ["archive"] => await ArchiveBenchmark.RunAsync(),
    ["extract"] => ExtractionBenchmark.RunAll(),
    ["extract", string folder, string workers] => ExtractionBenchmark.RunOne(folder, int.Parse(workers)),
    ["radiomics"] => RadiomicsBenchmark.Run(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Say what to measure: dotnet run -c Release --project tests/Federated.Benchmarks -- archive | combat | cox SIMULATOR | extract | radiomics | secure-aggregation");
    return 2;
}
