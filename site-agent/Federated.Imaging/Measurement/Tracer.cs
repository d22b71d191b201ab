using System.Collections.Immutable;
using System.Globalization;

namespace Federated.Imaging.Measurement;

/// <summary>A tracer, as data: Tracers.csv has one line each, with the origin of its numbers.</summary>
/// <param name="Name">How studies call it.</param>
/// <param name="Substance">What it is.</param>
/// <param name="Nuclide">Mass number and element.</param>
/// <param name="HalfLife">Seconds.</param>
/// <param name="FromMinutes">Earliest usual scan after injection.</param>
/// <param name="ToMinutes">Latest usual scan after injection.</param>
/// <param name="Evidence">guideline, multicentre, single-centre or experimental.</param>
/// <param name="Source">Where the window comes from.</param>
public sealed record Tracer(string Name, string Substance, string Nuclide, double HalfLife, double FromMinutes, double ToMinutes, string Evidence, string Source)
{
    /// <summary>Every tracer of the table.</summary>
    public static ImmutableArray<Tracer> All { get; } = Read();

    /// <summary>The tracer of a name, whatever its case.</summary>
    /// <exception cref="MeasurementException">The table has none of that name.</exception>
    public static Tracer Find(string name) => All.FirstOrDefault(t => string.Equals(t.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new MeasurementException($"tracer '{name}' is not in the table of tracers: write one of {string.Join(", ", All.Select(t => t.Name))}, or leave tracer out");

    private static ImmutableArray<Tracer> Read()
    {
        using Stream stream = typeof(Tracer).Assembly.GetManifestResourceStream("Tracers.csv") ?? throw new InvalidOperationException("Tracers.csv is not embedded in Federated.Imaging.");
        using StreamReader reader = new(stream);
        ImmutableArray<Tracer>.Builder tracers = ImmutableArray.CreateBuilder<Tracer>();
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            string[] cells = line.Split(',', 8); // the source is last and may hold commas
            tracers.Add(new Tracer(cells[0], cells[1], cells[2], Number(cells[3]), Number(cells[4]), Number(cells[5]), cells[6], cells[7]));
        }
        return tracers.ToImmutable();

        static double Number(string cell) => double.Parse(cell, NumberStyles.Float, CultureInfo.InvariantCulture);
    }
}
