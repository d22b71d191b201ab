using Federated.Simulator.Hospitals;
using MathNet.Numerics.LinearAlgebra;

namespace Federated.Simulator.Demo;

/// <summary>Difference of the logarithm of a feature between responders and others, adjusted for age, sex, proliferation and volume on CT by least squares.</summary>
/// <param name="Effect">Difference of logarithms; exp(effect) - 1 is the relative difference.</param>
/// <param name="StandardError">Of the effect.</param>
/// <param name="Patients">With all covariates.</param>
public sealed record ResponderEffect(double Effect, double StandardError, int Patients)
{
    /// <summary>Effect divided by its standard error.</summary>
    public double Statistic => Effect / StandardError;

    /// <summary>Fits it; patients with a missing covariate or value are left out.</summary>
    public static ResponderEffect Of(IEnumerable<(VirtualPatient Patient, double Value)> values)
    {
        (VirtualPatient Patient, double Value)[] used = [.. values.Where(v => v.Patient.Missing != "ki67" && v.Value > 0)];
        Matrix<double> design = Matrix<double>.Build.Dense(used.Length, 6, (row, column) => column switch
        {
            0 => 1,
            1 => used[row].Patient.IsResponder ? 1 : 0,
            2 => (used[row].Patient.Age - 60) / 10,
            3 => used[row].Patient.IsMale ? 1 : 0,
            4 => (used[row].Patient.Proliferation - 40) / 15,
            _ => used[row].Patient.TomographyLogVolume,
        });
        Vector<double> outcome = Vector<double>.Build.Dense(used.Length, row => Math.Log(used[row].Value));
        Matrix<double> products = design.TransposeThisAndMultiply(design);
        Vector<double> beta = products.Cholesky().Solve(design.TransposeThisAndMultiply(outcome));
        double residual = (outcome - design * beta).L2Norm();
        double variance = residual * residual / (used.Length - design.ColumnCount);
        return new ResponderEffect(beta[1], Math.Sqrt(variance * products.Inverse()[1, 1]), used.Length);
    }
}
