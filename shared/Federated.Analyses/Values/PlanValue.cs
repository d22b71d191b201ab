using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;

namespace Federated.Analyses.Values;

/// <summary>Where a value of a row is found.</summary>
public enum ValueSource
{
    /// <summary>A feature as measured.</summary>
    Feature,

    /// <summary>A feature as an earlier `combat` left it.</summary>
    Harmonized,

    /// <summary>A covariate of the plan.</summary>
    Covariate,

    /// <summary>A column of the cohort (<see cref="StudyPlan.Columns"/>).</summary>
    Column,
}

/// <summary>What a name in an analysis' options stands for under a plan.</summary>
/// <param name="Name">The name.</param>
/// <param name="Source">Where it is found.</param>
/// <param name="Index">Its position there.</param>
/// <param name="Levels">The levels of a category, the reference first; empty for a number.</param>
public sealed record PlanValue(string Name, ValueSource Source, int Index, ImmutableArray<string> Levels)
{
    /// <summary>Whether it is one of a few levels.</summary>
    public bool IsCategory => !Levels.IsEmpty;

    /// <summary>The value of that name: a column of the plan before a covariate before a feature; null if there is none.</summary>
    public static PlanValue? Find(StudyPlan plan, string name)
    {
        for (int i = 0; i < plan.Columns.Length; i++)
            if (Is(plan.Columns[i].Name, name)) return new PlanValue(name, ValueSource.Column, i, plan.Columns[i].Levels);
        for (int i = 0; i < plan.Covariates.Length; i++)
            if (Is(plan.Covariates[i].Name, name)) return new PlanValue(name, ValueSource.Covariate, i, plan.Covariates[i].Levels);
        int feature = plan.Features.IndexOf(name, StringComparer.Ordinal);
        return feature < 0 ? null : new PlanValue(name, ValueSource.Feature, feature, []);
    }

    /// <summary>Every feature of the plan as harmonized.</summary>
    public static ImmutableArray<PlanValue> Harmonized(StudyPlan plan) =>
        [.. plan.Features.Select((name, f) => new PlanValue(name, ValueSource.Harmonized, f, []))];

    /// <summary>Its value in every row of a site: the number on the scale on which it was measured, or the index of the level; NaN = missing, -1 = a level not in the plan.</summary>
    /// <param name="context">The site.</param>
    /// <param name="from">Id of the combat whose outcome harmonized values are.</param>
    /// <exception cref="BroadcastInvalidException">That combat has not been run here on these rows.</exception>
    public double[] Read(SiteContext context, string? from)
    {
        StudyTable table = context.Table;
        return Source switch
        {
            ValueSource.Column => table.Columns[Index],
            ValueSource.Covariate => Covariate(context.Plan, table),
            ValueSource.Feature => Feature(table.Features, table.Rows, context.Plan),
            _ => Taken(HarmonizedRows(context, from), table.Rows, context.Plan.Features.Length),
        };
    }

    private double[] Covariate(StudyPlan plan, StudyTable table)
    {
        int k = plan.DesignColumns.Length;
        int first = 0;
        while (plan.DesignColumns.Length > first && plan.DesignColumns[first].Covariate < Index) first++;
        double[] values = new double[table.Rows];
        for (int row = 0; row < values.Length; row++)
        {
            ReadOnlySpan<double> design = table.Design.AsSpan(row * k, k);
            values[row] = IsCategory ? 1 + design.Slice(first, Levels.Length - 1).IndexOf(1.0) : design[first];
        }

        return values;
    }

    private double[] Feature(double[] features, int rows, StudyPlan plan)
    {
        double[] values = Taken(features, rows, plan.Features.Length);
        if (plan.Scale == FeatureScale.Log)
            for (int i = 0; i < values.Length; i++) values[i] = Math.Exp(values[i]);
        return values;
    }

    private double[] Taken(double[] features, int rows, int count)
    {
        double[] values = new double[rows];
        for (int row = 0; row < rows; row++) values[row] = features[((long)row * count) + Index];
        return values;
    }

    private static double[] HarmonizedRows(SiteContext context, string? from)
    {
        if (from is null || !context.Harmonized.TryGetValue(from, out HarmonizedTable? harmonized))
            throw new BroadcastInvalidException($"The outcome of {from} is not at this site: it must be run first.");
        if (!harmonized.RowIds.AsSpan().SequenceEqual(context.Table.RowIds.AsSpan()))
            throw new BroadcastInvalidException($"The outcome of {from} is of other rows than the table: it must be run again.");
        return harmonized.Features;
    }

    private static bool Is(string a, string b) => string.Equals(a, b, StringComparison.Ordinal);
}
