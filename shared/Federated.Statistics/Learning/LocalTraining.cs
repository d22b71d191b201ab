namespace Federated.Statistics.Learning;

/// <summary>How a holder trains on its own rows before it tells how the model changed.</summary>
/// <param name="Epochs">Passes over its rows.</param>
/// <param name="Batch">Rows per step.</param>
/// <param name="Rate">Step length.</param>
/// <param name="Penalty">Half the squared weights times this is added to the mean loss.</param>
/// <param name="Proximal">Half the squared distance from the model it was given, times this, is added too (FedProx, Li et al. 2020); 0 = no.</param>
/// <param name="Clip">Longest change that is told; longer ones are shortened. Infinity = none.</param>
public sealed record LocalTraining(int Epochs, int Batch, double Rate, double Penalty, double Proximal, double Clip)
{
    /// <summary>Gradient descent in batches from the given model.</summary>
    /// <param name="network">The architecture.</param>
    /// <param name="start">The model that the holder was given.</param>
    /// <param name="rows">Rows, standardized.</param>
    /// <param name="outcome">0 or 1 per row.</param>
    /// <param name="correction">Added to every step's gradient (SCAFFOLD); null = none.</param>
    /// <param name="stream">Order of the rows.</param>
    /// <returns>The change of every parameter; not finite where training diverged.</returns>
    public double[] Change(Network network, double[] start, IReadOnlyList<double[]> rows, double[] outcome, double[]? correction, SeededStream stream)
    {
        double[] model = [.. start], gradient = new double[start.Length];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            int[] order = stream.Order(rows.Count);
            for (int first = 0, count; first < order.Length; first += count)
            {
                // A step on the last row alone would be that patient's own gradient: it joins the batch before it.
                count = order.Length - first <= Batch + 1 ? order.Length - first : Batch;
                Array.Clear(gradient);
                for (int i = first; i < first + count; i++) network.AddGradient(model, rows[order[i]], outcome[order[i]], gradient);
                for (int j = 0; j < model.Length; j++)
                {
                    double slope = (gradient[j] / count) + (Proximal * (model[j] - start[j])) + (correction?[j] ?? 0);
                    if (Penalty > 0 && network.IsWeight(j)) slope += Penalty * model[j];
                    gradient[j] = slope;
                }

                for (int j = 0; j < model.Length; j++) model[j] -= Rate * gradient[j];
            }
        }

        for (int j = 0; j < model.Length; j++) model[j] -= start[j];
        return Clipped(model);
    }

    /// <summary>The mean gradient over all rows, penalty included.</summary>
    public double[] Gradient(Network network, double[] model, IReadOnlyList<double[]> rows, double[] outcome)
    {
        double[] gradient = new double[model.Length];
        for (int i = 0; i < rows.Count; i++) network.AddGradient(model, rows[i], outcome[i], gradient);
        for (int j = 0; j < model.Length; j++)
        {
            gradient[j] /= Math.Max(rows.Count, 1);
            if (Penalty > 0 && network.IsWeight(j)) gradient[j] += Penalty * model[j];
        }

        return gradient;
    }

    private double[] Clipped(double[] change)
    {
        double squares = 0;
        foreach (double value in change) squares += value * value;
        double length = Math.Sqrt(squares);
        if (length > Clip)
            for (int j = 0; j < change.Length; j++) change[j] *= Clip / length;
        return change;
    }
}
