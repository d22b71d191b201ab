namespace Federated.Simulator.Demo;

/// <summary>Between-scanner coefficients of variation on the travelling cohort.</summary>
public static class TravellingSpread
{
    /// <summary>Standard deviation over scanners divided by their mean, per patient (n - 1), averaged over patients; NaN when a patient lacks a value.</summary>
    /// <param name="values">Patient, and the value that one scanner measured.</param>
    public static double Of(IEnumerable<(string Patient, double Value)> values) => values.GroupBy(v => v.Patient, StringComparer.Ordinal).Average(patient =>
    {
        double[] scanners = [.. patient.Select(p => p.Value)];
        double mean = scanners.Average(), squares = scanners.Average(v => (v - mean) * (v - mean)) * scanners.Length / (scanners.Length - 1);
        return Math.Sqrt(squares) / mean;
    });
}
