namespace Federated.Privacy.Disclosure;

/// <summary>
/// A site's limits on what may leave it. The defaults are the floor for every site; an officer may only tighten them, so a policy is made by
/// <see cref="TightenedBy"/> and refuses to become weaker.
/// </summary>
public sealed record DisclosurePolicy
{
    private DisclosurePolicy()
    {
    }

    /// <summary>The floor: what holds where an officer says nothing.</summary>
    public static DisclosurePolicy Floor { get; } = new();

    /// <summary>Least number of rows per scanner batch and per level of a categorical covariate.</summary>
    public int LeastGroup { get; private init; } = 10;

    /// <summary>Most parameters per row.</summary>
    public double ParametersPerRow { get; private init; } = 0.33;

    /// <summary>Least number of rows between a quantile and either end; a minimum or maximum is never that far.</summary>
    public int LeastFromEnd { get; private init; } = 10;

    /// <summary>Least count of a histogram's bin that is not empty.</summary>
    public int LeastBin { get; private init; } = 10;

    /// <summary>Least number of patients behind a model update.</summary>
    public int LeastPatientsPerUpdate { get; private init; } = 10;

    /// <summary>Least number of records by which two released cohorts with the same variables differ, if they differ at all.</summary>
    public int LeastDifference { get; private init; } = 10;

    /// <summary>The same policy with limits that an officer made stricter; null leaves a limit as it is.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A limit is looser than it was.</exception>
    public DisclosurePolicy TightenedBy(
        int? leastGroup = null, double? parametersPerRow = null, int? leastFromEnd = null, int? leastBin = null, int? leastPatientsPerUpdate = null, int? leastDifference = null)
    {
        if (parametersPerRow is { } most && !(most > 0 && most <= ParametersPerRow)) throw Looser(nameof(parametersPerRow), most, $"above 0 and at most {ParametersPerRow}");
        return this with
        {
            LeastGroup = AtLeast(nameof(leastGroup), leastGroup, LeastGroup),
            ParametersPerRow = parametersPerRow ?? ParametersPerRow,
            LeastFromEnd = AtLeast(nameof(leastFromEnd), leastFromEnd, LeastFromEnd),
            LeastBin = AtLeast(nameof(leastBin), leastBin, LeastBin),
            LeastPatientsPerUpdate = AtLeast(nameof(leastPatientsPerUpdate), leastPatientsPerUpdate, LeastPatientsPerUpdate),
            LeastDifference = AtLeast(nameof(leastDifference), leastDifference, LeastDifference),
        };
    }

    private static int AtLeast(string name, int? asked, int present) =>
        asked is { } limit && limit < present ? throw Looser(name, limit, $"at least {present}") : asked ?? present;

    private static ArgumentOutOfRangeException Looser(string name, object asked, string need) =>
        new(name, asked, $"A disclosure limit may only be tightened: {name} must be {need}.");
}
