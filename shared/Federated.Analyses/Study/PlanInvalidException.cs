namespace Federated.Analyses.Study;

/// <summary>The bytes are no plan that this version knows: one line that says where and why. A site declines it.</summary>
public sealed class PlanInvalidException(string code, string message) : Exception(message)
{
    /// <summary>A numbered reason, E20xx or that of the analysis that refuses, explained in the README of Federated.Analyses.</summary>
    public string Code { get; } = code;
}
