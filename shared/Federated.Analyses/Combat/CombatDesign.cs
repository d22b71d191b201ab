using System.Collections.Immutable;
using Federated.Analyses.Study;
using Federated.Statistics.Harmonization.Smoothing;
using Federated.Statistics.Kernels;

namespace Federated.Analyses.Combat;

/// <summary>
/// The covariate columns of a ComBat: those of the plan, except that a smooth covariate's column gives way to its splines. Every site builds them from
/// its own values and the agreed knots.
/// </summary>
public sealed class CombatDesign
{
    private readonly ImmutableArray<(string Name, int Source, SmoothOptions? Smooth, int Function)> _columns;

    /// <summary>The design of a plan under these options.</summary>
    /// <exception cref="AnalysisRefusedException">E2103: a smooth covariate is none of the plan, or there are other strengths than features.</exception>
    public CombatDesign(StudyPlan plan, CombatOptions options)
    {
        var columns = ImmutableArray.CreateBuilder<(string, int, SmoothOptions?, int)>();
        var terms = ImmutableArray.CreateBuilder<SmoothTerm>();
        for (int source = 0; source < plan.DesignColumns.Length; source++)
        {
            DesignColumn column = plan.DesignColumns[source];
            SmoothOptions? smooth = column.Level is null ? options.Smooth.FirstOrDefault(s => string.Equals(s.Covariate, plan.Covariates[column.Covariate].Name, StringComparison.Ordinal)) : null;
            if (smooth is null)
            {
                columns.Add((column.Name, source, null, 0));
                continue;
            }

            terms.Add(new SmoothTerm(columns.Count, smooth.Spline.Columns, smooth.Spline.Roughness()) { Strength = Strengths(smooth, plan.Features.Length) });
            for (int i = 0; i < smooth.Spline.Columns; i++) columns.Add(($"{column.Name}:s{i + 1}", source, smooth, i));
        }

        foreach (SmoothOptions smooth in options.Smooth)
        {
            if (plan.Covariates.Any(c => c.Type == CovariateType.Continuous && string.Equals(c.Name, smooth.Covariate, StringComparison.Ordinal))) continue;
            throw new AnalysisRefusedException(CombatOptions.Unknown, $"combat: smooth names {PlainText.Shown(smooth.Covariate)}, which is no continuous covariate of the plan: correct it.");
        }

        _columns = columns.ToImmutable();
        Terms = terms.ToImmutable();
    }

    /// <summary>Columns, k.</summary>
    public int Columns => _columns.Length;

    /// <summary>Smooth terms among them, in order.</summary>
    public ImmutableArray<SmoothTerm> Terms { get; }

    /// <summary>A column's name.</summary>
    public string Name(int column) => _columns[column].Name;

    /// <summary>What an effect is called in a sentence: a spline stands for its covariate's whole curve.</summary>
    public string Effect(int column) => _columns[column].Smooth?.Covariate ?? _columns[column].Name;

    /// <summary>The covariate of a smooth term.</summary>
    public string Covariate(SmoothTerm term) => _columns[term.First].Smooth!.Covariate;

    /// <summary>Powers of two that columns are divided by, from those of the plan's columns; splines lie between 0 and 1 as they are.</summary>
    public ImmutableArray<int> Exponents(ImmutableArray<int> plan) => [.. _columns.Select(c => c.Smooth is null ? plan[c.Source] : 0)];

    /// <summary>The columns of a table, each divided by its power of two.</summary>
    /// <param name="planDesign">The plan's columns, row-major.</param>
    /// <param name="planColumns">How many these are.</param>
    /// <param name="exponents">As <see cref="Exponents"/>.</param>
    public double[] Build(double[] planDesign, int planColumns, ImmutableArray<int> exponents)
    {
        int rows = planColumns == 0 ? 0 : planDesign.Length / planColumns, k = Columns;
        double[] design = new double[rows * k];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < k; column++)
            {
                (_, int source, SmoothOptions? smooth, int function) = _columns[column];
                double value = planDesign[(row * planColumns) + source];
                if (smooth is null) design[(row * k) + column] = double.ScaleB(value, -exponents[column]);
                else if (function == 0) smooth.Spline.Evaluate(value, design.AsSpan((row * k) + column, smooth.Spline.Columns));
            }
        }

        return design;
    }

    /// <summary>The refusal for an effect that cannot be told from others.</summary>
    public AnalysisRefusedException Confounded(SingularDesignException singular)
    {
        string name = Effect(singular.Column);
        string earlier = string.Join(", ", Enumerable.Range(0, singular.Column).Select(Effect).Where(e => !string.Equals(e, name, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal));
        return new AnalysisRefusedException("E2108", singular.IsConstant || earlier.Length == 0
            ? $"combat: covariate {name} is constant within every scanner, so its effect cannot be told from the scanners': drop it."
            : $"combat: within scanners covariate {name} is a combination of {earlier}, so their effects cannot be told apart: drop one of them.");
    }

    private static double[]? Strengths(SmoothOptions smooth, int features)
    {
        if (smooth.Strength.IsEmpty) return null;
        if (smooth.Strength.Length == features) return [.. smooth.Strength];
        if (smooth.Strength.Length == 1) return [.. Enumerable.Repeat(smooth.Strength[0], features)];
        throw new AnalysisRefusedException(
            CombatOptions.Unknown, $"combat: smooth {smooth.Covariate} has {smooth.Strength.Length} strengths for {features} features: write one, or one for each feature.");
    }
}
