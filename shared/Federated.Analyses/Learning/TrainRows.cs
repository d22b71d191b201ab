using Federated.Analyses.Regression;

namespace Federated.Analyses.Learning;

/// <summary>A site's rows for training: standardized by public constants, and dealt to training or validation by seed and row id, wherever they are held.</summary>
internal sealed class TrainRows
{
    private TrainRows(IReadOnlyList<double[]> rows, double[] outcome, int[] tableRows) => (Rows, Outcome, TableRows) = (rows, outcome, tableRows);

    public IReadOnlyList<double[]> Rows { get; }

    public double[] Outcome { get; }

    /// <summary>Where they stand in the study table.</summary>
    public int[] TableRows { get; }

    /// <summary>Rows to train on and rows to validate with.</summary>
    public static (TrainRows Training, TrainRows Validation) Of(RegressionRows rows, TrainOptions options, double[] centre, double[] deviation)
    {
        var parts = (Training: (Rows: new List<double[]>(), Outcome: new List<double>(), Table: new List<int>()), Validation: (Rows: new List<double[]>(), Outcome: new List<double>(), Table: new List<int>()));
        for (int i = 0; i < rows.Count; i++)
        {
            double[] x = new double[rows.Columns];
            for (int j = 0; j < x.Length; j++) x[j] = deviation[j] > 0 ? (rows.Value(i, j) - centre[j]) / deviation[j] : 0;
            (List<double[]> held, List<double> outcome, List<int> table) = TrainingSplit.IsHeldOut(rows.RowId(i), options.Seed, options.Validation) ? parts.Validation : parts.Training;
            held.Add(x);
            outcome.Add(rows.Frame(i).Outcome);
            table.Add(rows.TableRow(i));
        }

        return (new TrainRows(parts.Training.Rows, [.. parts.Training.Outcome], [.. parts.Training.Table]), new TrainRows(parts.Validation.Rows, [.. parts.Validation.Outcome], [.. parts.Validation.Table]));
    }
}
