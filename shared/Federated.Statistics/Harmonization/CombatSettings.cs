namespace Federated.Statistics.Harmonization;

/// <summary>How a scanner's effects are shrunk towards what its other features say.</summary>
public enum Shrinkage
{
    /// <summary>Normal and inverse gamma priors (Johnson, Li and Rabinovic 2007, section 3.2).</summary>
    Parametric,

    /// <summary>The empirical distribution over the other features as prior (same paper, appendix).</summary>
    Nonparametric,

    /// <summary>Not at all: location and scale as estimated.</summary>
    None,
}

/// <summary>When the parametric iteration ends.</summary>
public enum Stopping
{
    /// <summary>Each feature when it has converged to about 1e-13.</summary>
    Converged,

    /// <summary>
    /// As sva and neuroCombat: all features together when the largest change, divided by the SIGNED previous value, is at most 1e-4. Negative
    /// locations therefore never hold the iteration back; kept only to reproduce published results.
    /// </summary>
    Compatible,
}

/// <summary>How scanner effects are estimated.</summary>
public sealed record CombatSettings
{
    /// <summary>Parametric unless told otherwise.</summary>
    public Shrinkage Shrinkage { get; init; }

    /// <summary>Only locations are removed; every scale stays 1.</summary>
    public bool MeanOnly { get; init; }

    /// <summary>To convergence unless told otherwise.</summary>
    public Stopping Stopping { get; init; }
}
