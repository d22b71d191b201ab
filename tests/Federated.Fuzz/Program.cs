using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using SharpFuzz;

namespace Federated.Fuzz;

/// <summary>
/// Instruments a copy of Federated.Imaging and runs <see cref="Session"/> inside a load context that holds the copy, so that the ordinary build stays as it is.
/// Exit code 0: nothing found, 1: findings, 2: bad usage.
/// </summary>
internal static class Program
{
    private const string Usage = """
        Feeds damaged DICOM, RTSTRUCT, SEG and NIfTI bytes to the readers and looks for crashes, hangs and allocations out of proportion.

          dotnet run --project tests/Federated.Fuzz -c Release -- --minutes 30 --seed 1 --findings artifacts/fuzz
          dotnet run --project tests/Federated.Fuzz -c Release -- --replay artifacts/fuzz/crash-1.bin

        --target NAME   dicom, structures, segmentation or nifti; all in turn when left out
        --minutes N     how long (default 5)      --seed N  stream of mutations (default 1)
        --corpus DIR    more seeds                --findings DIR  where inputs that fail are kept (default artifacts/fuzz)
        --replay FILE   run one input through every target
        """;

    public static int Main(string[] arguments)
    {
        Dictionary<string, string> options = new(StringComparer.Ordinal);
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (arguments[i] is not ("--target" or "--minutes" or "--seed" or "--corpus" or "--findings" or "--replay") || i + 1 == arguments.Length)
            {
                Console.Error.WriteLine(arguments[i] is "--help" ? Usage : $"{arguments[i]} is not an option with a value: see --help");
                return 2;
            }
            options[arguments[i][2..]] = arguments[i + 1];
        }
        if (!double.TryParse(options.GetValueOrDefault("minutes", "5"), CultureInfo.InvariantCulture, out double minutes) || !int.TryParse(options.GetValueOrDefault("seed", "1"), CultureInfo.InvariantCulture, out int seed))
        {
            Console.Error.WriteLine("--minutes and --seed are numbers: see --help");
            return 2;
        }
        string copy = Directory.CreateTempSubdirectory("federated-fuzz-").FullName;
        try
        {
            string instrumented = Path.Combine(copy, "Federated.Imaging.dll");
            File.Copy(Path.Combine(AppContext.BaseDirectory, "Federated.Imaging.dll"), instrumented);
            _ = Fuzzer.Instrument(instrumented, _ => true, Options.Value).Count();
            MethodInfo session = new Instrumented(instrumented).LoadFromAssemblyPath(typeof(Program).Assembly.Location).GetType("Federated.Fuzz.Session")!.GetMethod("Run")!;
            return (int)session.Invoke(null, [options.GetValueOrDefault("target"), minutes, seed, options.GetValueOrDefault("corpus"), options.GetValueOrDefault("findings", "artifacts/fuzz"), options.GetValueOrDefault("replay")])!;
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private sealed class Instrumented(string imaging) : AssemblyLoadContext("instrumented")
    {
        protected override Assembly? Load(AssemblyName name) => name.Name is "Federated.Imaging" ? LoadFromAssemblyPath(imaging) : null;
    }
}
