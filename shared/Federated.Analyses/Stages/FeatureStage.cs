namespace Federated.Analyses.Stages;

/// <summary>Which values of a feature are looked at, always on the scale on which they were measured.</summary>
public enum FeatureStage
{
    /// <summary>As measured.</summary>
    Raw,

    /// <summary>As an earlier `combat` of the study left them.</summary>
    Harmonized,
}
