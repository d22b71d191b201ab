using System.Collections.Immutable;

namespace Federated.Privacy.DifferentialPrivacy;

/// <summary>Whether a release fits into a budget, and what would have been spent after it.</summary>
/// <param name="Allowed">It fits.</param>
/// <param name="EpsilonAfter">Epsilon over everything released and this, at the budget's delta.</param>
/// <param name="Cap">The budget's epsilon.</param>
public sealed record BudgetDecision(bool Allowed, double EpsilonAfter, double Cap);

/// <summary>
/// What one site allows to be released about one data set in all, and what was. Counted with the Rényi accountant, an upper bound: the truth is never more.
/// </summary>
/// <param name="Epsilon">The cap.</param>
/// <param name="Delta">The delta at which it holds.</param>
/// <param name="Released">Everything released so far.</param>
public sealed record PrivacyBudget(double Epsilon, double Delta, ImmutableArray<GaussianReleases> Released)
{
    /// <summary>Epsilon spent so far.</summary>
    public double EpsilonSpent => Spent(Released);

    /// <summary>Whether a further release fits.</summary>
    public BudgetDecision Judge(GaussianReleases next)
    {
        double after = Spent(Released.Add(next));
        return new BudgetDecision(after <= Epsilon, after, Epsilon);
    }

    /// <summary>The budget after a release that fits.</summary>
    /// <exception cref="InvalidOperationException">It does not fit.</exception>
    public PrivacyBudget Spend(GaussianReleases next)
    {
        BudgetDecision decision = Judge(next);
        if (!decision.Allowed)
            throw new InvalidOperationException($"Epsilon would be {decision.EpsilonAfter:G4} at delta {Delta:G2}, above the cap of {Epsilon:G4}: ask the officer for a larger budget or add more noise.");
        return this with { Released = Released.Add(next) };
    }

    private double Spent(ImmutableArray<GaussianReleases> releases) =>
        releases.IsEmpty ? 0 : releases.Aggregate(RenyiAccountant.Empty, (accountant, release) => accountant.Add(release)).Epsilon(Delta).Epsilon;
}
