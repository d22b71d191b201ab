namespace Federated.SiteAgent.Host.Diagnosis;

/// <summary>How one check of the doctor ended.</summary>
public enum Outcome
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, and should be looked at.</summary>
    Warning,

    /// <summary>This is what is wrong.</summary>
    Failed,

    /// <summary>Cannot be checked because an earlier check failed.</summary>
    Skipped,
}

/// <summary>One check of the doctor.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Message">What was found.</param>
/// <param name="Mend">How to mend it; empty where nothing needs mending.</param>
/// <param name="Code">The page of the README that says more; empty where nothing needs mending.</param>
/// <param name="Exit">What the command ends with when this is the first failure.</param>
public sealed record Finding(string Check, Outcome Outcome, string Message, string Mend = "", string Code = "", ExitCode Exit = ExitCode.Done);
