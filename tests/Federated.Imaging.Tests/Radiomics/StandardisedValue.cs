using System.Globalization;
using Federated.Imaging.Radiomics;

namespace Federated.Imaging.Tests.Radiomics;

/// <summary>A value of the IBSI reference manual with its tolerance.</summary>
internal sealed record StandardisedValue(string DataSet, string Code, string Tag, double Value, double Tolerance)
{
    public static IReadOnlyList<StandardisedValue> All { get; } =
    [
        .. File.ReadLines(References.Copied("ibsi/ibsi1_reference.csv")).Skip(1).Select(line => line.Split(','))
            .Select(f => new StandardisedValue(f[0], f[1], f[2], Number(f[3]), Number(f[4]))),
    ];

    public static StandardisedValue[] Of(string dataSet) => [.. All.Where(v => string.Equals(v.DataSet, dataSet, StringComparison.Ordinal))];

    /// <summary>The official rule: the difference, cut towards zero at the reference's third significant digit, is at most the tolerance.</summary>
    public bool Accepts(double measured)
    {
        int digits = Value == 0 ? 3 : 3 - (1 + (int)Math.Floor(Math.Log10(Math.Abs(Value))));
        double unit = Math.Pow(10, digits);
        // Decimal fractions are not exact in binary: a difference a hair above a whole unit must not be cut to the unit below, nor one at the tolerance exceed it.
        double cut = Math.Truncate((Value - measured) * unit * (1 + 1e-12)) / unit;
        return double.IsFinite(measured) && Math.Abs(cut) <= Tolerance * (1 + 1e-9);
    }

    /// <summary>One line for each value that the features miss.</summary>
    public static string[] Missed(IEnumerable<StandardisedValue> expected, FeatureSet features) =>
        [.. expected.Where(v => !v.Accepts(features[v.Tag])).Select(v => $"{v.DataSet} {v.Tag}: {features[v.Tag]:G6} instead of {v.Value} +- {v.Tolerance}")];

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
