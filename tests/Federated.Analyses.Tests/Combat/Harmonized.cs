using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Analyses.Tests.Exchange;

namespace Federated.Analyses.Tests.Combat;

/// <summary>A run of ComBat over a consortium with every site's local outcome gathered, as only a test may.</summary>
public sealed class Harmonized
{
    public Harmonized(Consortium consortium, string analysis = ReferenceCase.AnalysisId)
    {
        Plan = consortium.Plan;
        Result = consortium.Run(analysis);
        foreach (Hospital hospital in consortium.Hospitals)
        {
            HarmonizedTable table = consortium.Harmonized(hospital.Name, analysis);
            for (int i = 0; i < table.RowIds.Length; i++)
                Rows.Add(table.RowIds[i], table.Features.AsSpan(i * Plan.Features.Length, Plan.Features.Length).ToArray());
            foreach (LocalScannerEstimates scanner in table.Scanners) Scanners[scanner.Scanner] = scanner;
        }
    }

    public StudyPlan Plan { get; }

    public AnalysisResult Result { get; }

    public Dictionary<string, double[]> Rows { get; } = new(StringComparer.Ordinal);

    public Dictionary<int, LocalScannerEstimates> Scanners { get; } = [];

    /// <summary>Largest difference of harmonized values from a table, in units of each feature's sample standard deviation there.</summary>
    public double DistanceFrom(ReferenceTable expected)
    {
        double most = 0;
        for (int f = 0; f < expected.Columns.Length; f++)
        {
            int column = Plan.Features.IndexOf(expected.Columns[f]);
            double sd = StandardDeviation([.. Enumerable.Range(0, expected.Ids.Length).Select(i => expected.Number(i, f)).Where(v => !double.IsNaN(v))]);
            for (int i = 0; i < expected.Ids.Length; i++)
            {
                double mine = Rows[expected.Ids[i]][column];
                double theirs = expected.Number(i, f);
                Assert.Equal(double.IsNaN(theirs), double.IsNaN(mine));
                if (!double.IsNaN(theirs)) most = Math.Max(most, Math.Abs(mine - theirs) / (sd > 0 ? sd : 1));
            }
        }

        return most;
    }

    /// <summary>Largest difference of a scanner table (scanner x feature) from the published one, relative above 1.</summary>
    public double DistanceFrom(ReferenceTable expected, Func<LocalScannerEstimates, double[]> part)
    {
        double most = 0;
        for (int i = 0; i < expected.Ids.Length; i++)
        {
            int scanner = Plan.Scanners.IndexOf(expected.Ids[i]);
            for (int f = 0; f < expected.Columns.Length; f++)
            {
                double theirs = expected.Number(i, f);
                if (double.IsNaN(theirs)) continue;
                double mine = part(Scanners[scanner])[Plan.Features.IndexOf(expected.Columns[f])];
                Assert.False(double.IsNaN(mine), $"{expected.Ids[i]} {expected.Columns[f]} was not estimated");
                most = Math.Max(most, Math.Abs(mine - theirs) / Math.Max(1, Math.Abs(theirs)));
            }
        }

        return most;
    }

    /// <summary>Largest difference of grand means, variances and covariate effects, relative above 1.</summary>
    public double FeaturesDistanceFrom(ReferenceTable expected)
    {
        ResultTable mine = Result.Tables[0];
        double most = 0;
        for (int column = 1; column < mine.Columns.Length; column++)
        {
            int theirs = expected.Column(PublishedName(mine.Columns[column]));
            if (theirs < 0)
            {
                Assert.DoesNotContain(expected.Columns, c => c.StartsWith("beta:", StringComparison.Ordinal)); // another tool's own names
                continue;
            }

            for (int i = 0; i < expected.Ids.Length; i++)
            {
                object? value = mine.Rows[Plan.Features.IndexOf(expected.Ids[i])][column];
                double number = Assert.IsType<double>(value);
                most = Math.Max(most, Math.Abs(number - expected.Number(i, theirs)) / Math.Max(1, Math.Abs(expected.Number(i, theirs))));
            }
        }

        return most;
    }

    public static double StandardDeviation(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Select(v => (v - mean) * (v - mean)).Average() * values.Length / (values.Length - 1));
    }

    private static string PublishedName(string column) => column.Replace("=", "", StringComparison.Ordinal);
}
