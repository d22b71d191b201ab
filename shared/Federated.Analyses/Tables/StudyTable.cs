using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;

namespace Federated.Analyses.Tables;

/// <summary>
/// A site's rows as the analyses see them: in canonical order (scanner as in the plan, then row id by code point), so that the same rows give the
/// same
/// bits however they were stored. Rows that cannot be used are already left out and counted.
/// </summary>
public sealed class StudyTable
{
    /// <summary>A table over these columns; lengths must agree.</summary>
    /// <param name="plan">The plan whose columns these are.</param>
    /// <param name="rowIds">Local row ids: never leave.</param>
    /// <param name="scanner">Index into <see cref="StudyPlan.Scanners"/> per row, ascending.</param>
    /// <param name="design">Row-major n x k covariate columns (<see cref="StudyPlan.DesignColumns"/>), no batch columns.</param>
    /// <param name="features">Row-major n x p, on the scale of the plan (log taken if `scale: log`); NaN = missing.</param>
    /// <param name="fit">Whether the row is used to estimate (`fit-on`).</param>
    /// <param name="excluded">Rows left out, by reason.</param>
    public StudyTable(
        StudyPlan plan, ImmutableArray<string> rowIds, int[] scanner, double[] design, double[] features, bool[] fit,
        ImmutableSortedDictionary<ExclusionReason, long> excluded)
    {
        int n = rowIds.Length;
        if (scanner.Length != n || fit.Length != n || design.LongLength != (long)n * plan.DesignColumns.Length || features.LongLength != (long)n * plan.Features.Length)
            throw new ArgumentException("The columns of a study table must have one entry per row.", nameof(rowIds));
        for (int i = 1; i < n; i++)
        {
            int order = scanner[i - 1].CompareTo(scanner[i]);
            if (order > 0 || (order == 0 && CodePointOrder.Instance.Compare(rowIds[i - 1], rowIds[i]) >= 0))
                throw new ArgumentException("The rows of a study table are in scanner order, then in code-point order of their ids.", nameof(rowIds));
        }

        Plan = plan;
        RowIds = rowIds;
        Scanner = scanner;
        Design = design;
        Features = features;
        Fit = fit;
        Excluded = excluded;
    }

    /// <summary>The plan whose columns these are.</summary>
    public StudyPlan Plan { get; }

    /// <summary>Local row ids.</summary>
    public ImmutableArray<string> RowIds { get; }

    /// <summary>Scanner index per row, ascending.</summary>
    public int[] Scanner { get; }

    /// <summary>Row-major n x k.</summary>
    public double[] Design { get; }

    /// <summary>Row-major n x p; NaN = missing.</summary>
    public double[] Features { get; }

    /// <summary>Row-major n x p, as the site measured them: what has not been moved is given back as it was, since exp(log(x)) is not always x. Null where no logarithm is taken.</summary>
    public double[]? Measured { get; init; }

    /// <summary>Whether a row is used to estimate.</summary>
    public bool[] Fit { get; }

    /// <summary>Rows left out, by reason.</summary>
    public ImmutableSortedDictionary<ExclusionReason, long> Excluded { get; }

    /// <summary>
    /// The plan's columns (<see cref="StudyPlan.Columns"/>), one array of n numbers each: the number itself, the index of the level, or for labels a number
    /// that two rows share if and only if their labels are the same. NaN = missing; -1 = a level that the plan does not list.
    /// </summary>
    public ImmutableArray<double[]> Columns
    {
        get;
        init => field = value.Length == Plan.Columns.Length && value.All(c => c.Length == RowIds.Length)
            ? value
            : throw new ArgumentException("A study table has one array per column of the plan, with one number per row.", nameof(value));
    } = [];

    /// <summary>Phantoms of the site's scanners, where the plan asks for them; none of them is a row.</summary>
    public ImmutableArray<ScannerPhantoms> Phantoms { get; private init; } = [];

    /// <summary>Rows.</summary>
    public int Rows => RowIds.Length;

    /// <summary>The same rows with the phantoms of their scanners.</summary>
    public StudyTable With(ImmutableArray<ScannerPhantoms> phantoms) => new(Plan, RowIds, Scanner, Design, Features, Fit, Excluded) { Columns = Columns, Phantoms = phantoms };
}

/// <summary>The harmonized features of a site's rows, on the original scale, and the scanner effects that were removed. Stays at the site.</summary>
/// <param name="RowIds">Row ids, in the study table's order.</param>
/// <param name="Features">Row-major n x p, original scale; NaN = missing.</param>
/// <param name="Scanners">Effects per scanner at this site.</param>
public sealed record HarmonizedTable(ImmutableArray<string> RowIds, double[] Features, ImmutableArray<LocalScannerEstimates> Scanners);

/// <summary>Everything estimated for one scanner, per feature; NaN where a feature was left untouched. delta are variances.</summary>
public sealed record LocalScannerEstimates(int Scanner, double[] GammaHat, double[] DeltaHat, double[] GammaStar, double[] DeltaStar);
