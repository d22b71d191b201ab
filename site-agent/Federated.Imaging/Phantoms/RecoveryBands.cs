using System.Globalization;

namespace Federated.Imaging.Phantoms;

/// <summary>Which recovery a band limits.</summary>
public enum RecoveryMetric
{
    /// <summary>RCmean(A50).</summary>
    Mean,

    /// <summary>RCmax.</summary>
    Max,

    /// <summary>RCpeak.</summary>
    Peak,
}

/// <summary>Limits of one recovery of one sphere.</summary>
/// <param name="Metric">Which recovery.</param>
/// <param name="DiameterMillimetres">Which sphere.</param>
/// <param name="Minimum">Lowest accepted value, inclusive.</param>
/// <param name="Maximum">Highest accepted value, inclusive.</param>
/// <param name="Source">Where the numbers were published.</param>
public sealed record RecoveryBand(RecoveryMetric Metric, double DiameterMillimetres, double Minimum, double Maximum, string Source)
{
    /// <summary>Middle of the band, to which a filter is chosen.</summary>
    public double Centre => 0.5 * (Minimum + Maximum);
}

/// <summary>A recovery held against its band.</summary>
/// <param name="Band">The limits.</param>
/// <param name="Value">What was measured.</param>
public sealed record BandCheck(RecoveryBand Band, double Value)
{
    /// <summary>True within the limits.</summary>
    public bool IsWithin => Value >= Band.Minimum && Value <= Band.Maximum;

    /// <summary>For people: sphere, recovery, value and limits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Band.DiameterMillimetres} mm RC{Band.Metric.ToString().ToLowerInvariant()} {Value:0.000} {(IsWithin ? "in" : "outside")} {Band.Minimum:0.00}-{Band.Maximum:0.00}");
}

/// <summary>A standard of recoveries. The bands are data: RecoveryBands.csv holds EARL's; a study may bring its own, with RCpeak, which EARL's published tables known here lack.</summary>
/// <param name="Standard">Name.</param>
/// <param name="Bands">Limits, by recovery and sphere.</param>
public sealed record RecoveryBands(string Standard, IReadOnlyList<RecoveryBand> Bands)
{
    private static readonly Lazy<IReadOnlyList<RecoveryBands>> Known = new(() =>
    {
        using Stream stream = typeof(RecoveryBands).Assembly.GetManifestResourceStream("RecoveryBands.csv")!;
        using StreamReader reader = new(stream);
        return Parse(reader.ReadToEnd());
    });

    /// <summary>EARL standard 1.</summary>
    public static RecoveryBands Earl1 => Known.Value.Single(bands => bands.Standard is "EARL1");

    /// <summary>EARL standard 2, without its RCpeak.</summary>
    public static RecoveryBands Earl2 => Known.Value.Single(bands => bands.Standard is "EARL2");

    /// <summary>All spheres of a curve against their bands.</summary>
    public IReadOnlyList<BandCheck> Check(IReadOnlyList<SphereRecovery> spheres) =>
        [.. from band in Bands from sphere in spheres where sphere.DiameterMillimetres == band.DiameterMillimetres select new BandCheck(band, Value(sphere, band.Metric))];

    /// <summary>Root of the mean squared distance of a curve from the middles of the bands.</summary>
    public double Distance(IReadOnlyList<SphereRecovery> spheres)
    {
        double squares = 0;
        IReadOnlyList<BandCheck> checks = Check(spheres);
        foreach (BandCheck check in checks) squares += Math.Pow(check.Value - check.Band.Centre, 2);
        return Math.Sqrt(squares / checks.Count);
    }

    /// <summary>Standards of a text of lines: standard, metric (RCmean_A50, RCmax, RCpeak), sphere_mm, minimum, maximum, source; with a header.</summary>
    /// <exception cref="FormatException">A line is not a band.</exception>
    public static IReadOnlyList<RecoveryBands> Parse(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        List<(string Standard, RecoveryBand Band)> rows = [];
        for (int i = 1; i < lines.Length; i++) rows.Add(Row(lines[i], i + 1));
        if (rows.Count == 0) throw new FormatException("the table of recovery bands has no rows: give standard,metric,sphere_mm,minimum,maximum,source");
        foreach (var twice in rows.GroupBy(row => (row.Standard, row.Band.Metric, row.Band.DiameterMillimetres)).Where(group => group.Count() > 1))
            throw new FormatException($"{twice.Key.Standard} limits {twice.Key.Metric} of the {twice.Key.DiameterMillimetres} mm sphere twice: keep one line");
        return [.. rows.GroupBy(row => row.Standard, StringComparer.Ordinal).Select(group => new RecoveryBands(group.Key, [.. group.Select(row => row.Band)]))];
    }

    private static (string, RecoveryBand) Row(string line, int number)
    {
        string[] cells = line.Split(',', 6);
        if (cells.Length >= 5
            && cells[1] switch { "RCmean_A50" => RecoveryMetric.Mean, "RCmax" => RecoveryMetric.Max, "RCpeak" => RecoveryMetric.Peak, _ => (RecoveryMetric?)null } is { } metric
            && double.TryParse(cells[2], NumberStyles.Float, CultureInfo.InvariantCulture, out double sphere) && NemaGeometry.Diameters.Contains(sphere)
            && double.TryParse(cells[3], NumberStyles.Float, CultureInfo.InvariantCulture, out double minimum)
            && double.TryParse(cells[4], NumberStyles.Float, CultureInfo.InvariantCulture, out double maximum)
            && minimum >= 0 && maximum > minimum && double.IsFinite(maximum))
            return (cells[0], new RecoveryBand(metric, sphere, minimum, maximum, cells.Length == 6 ? cells[5] : ""));
        throw new FormatException($"line {number} of the recovery bands is not standard,metric,sphere_mm,minimum,maximum,source: metric is RCmean_A50, RCmax or RCpeak, sphere_mm one of {string.Join(' ', NemaGeometry.Diameters)}");
    }

    private static double Value(SphereRecovery sphere, RecoveryMetric metric) => metric switch
    {
        RecoveryMetric.Mean => sphere.Mean,
        RecoveryMetric.Max => sphere.Max,
        _ => sphere.Peak,
    };
}
