using System.Collections.Immutable;

namespace Federated.Imaging.Measurement;

/// <summary>Tissue drawn beside the lesions, which they are compared with.</summary>
public enum ReferenceTissue
{
    /// <summary>Normal liver: for PERCIST a sphere of 3 cm in its right lobe (Wahl 2009, J Nucl Med 50 Suppl 122S).</summary>
    Liver,

    /// <summary>Blood in the descending aorta (PERCIST: 1 cm across, 2 cm along it), or the mediastinum of the Deauville score.</summary>
    BloodPool,

    /// <summary>Any other tissue, such as contralateral brain or healthy muscle.</summary>
    Background,
}

/// <summary>The tissues by the words that studies and names of features use.</summary>
public static class ReferenceTissues
{
    /// <summary>Every tissue: its key in a study, and its word in names.</summary>
    public static ImmutableArray<(ReferenceTissue Tissue, string Key, string Word)> All { get; } =
        [(ReferenceTissue.Liver, "liver", "liver"), (ReferenceTissue.BloodPool, "blood-pool", "bloodpool"), (ReferenceTissue.Background, "background", "background")];

    /// <summary>A tissue's word in names.</summary>
    public static string Word(ReferenceTissue tissue) => All[(int)tissue].Word;
}
