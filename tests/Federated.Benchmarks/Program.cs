using Federated.Benchmarks;

return args switch
{
    ["combat"] => CombatBenchmark.RunAll(),
    ["combat", string scans, string features] => CombatBenchmark.RunShape(int.Parse(scans), int.Parse(features)),
    ["secure-aggregation"] => SecureAggregationCost.RunAll(),
    ["archive"] => await ArchiveBenchmark.RunAsync(),
    ["radiomics"] => RadiomicsBenchmark.Run(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Say what to measure: dotnet run -c Release --project tests/Federated.Benchmarks -- archive | combat | radiomics | secure-aggregation");
    return 2;
}
