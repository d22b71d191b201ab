namespace Federated.Coordinator.Server.Diagnosis;

/// <summary>How one check ended.</summary>
public enum Outcome
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, and should be looked at.</summary>
    Warning,

    /// <summary>This is what is wrong.</summary>
    Failed,
}

/// <summary>One check.</summary>
/// <param name="Check">What was looked at; of a closed list, shown to whoever asks for health.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Message">What was found; for the operator alone.</param>
/// <param name="Mend">How to mend it; empty where nothing needs mending.</param>
/// <param name="Code">The page of the README that says more; empty where nothing needs mending.</param>
public sealed record Finding(string Check, Outcome Outcome, string Message, string Mend = "", string Code = "");
