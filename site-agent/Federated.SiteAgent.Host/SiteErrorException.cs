namespace Federated.SiteAgent.Host;

/// <summary>What a command ends with. The numbers are part of the interface.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>A defect of ours.</summary>
    Defect = 1,

    /// <summary>Bad usage or input: the message says what, where and how to mend it.</summary>
    Input = 2,

    /// <summary>Refused by policy, by the officer's word or by the coordinator.</summary>
    Refused = 3,

    /// <summary>Could not reach the coordinator.</summary>
    Unreachable = 4,
}

/// <summary>
/// Something the person in front of the agent can mend: a numbered page in site-agent/README.md, one line that says what, where and how, and an exit code.
/// </summary>
public sealed class SiteErrorException(string code, ExitCode exit, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>E3xxx; site-agent/README.md has a section for each.</summary>
    public string Code { get; } = code;

    /// <summary>What the command ends with.</summary>
    public ExitCode Exit { get; } = exit;
}
