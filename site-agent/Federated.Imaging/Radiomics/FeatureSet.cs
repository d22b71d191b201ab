using System.Runtime.InteropServices;

namespace Federated.Imaging.Radiomics;

/// <summary>One measured feature.</summary>
/// <param name="Tag">The IBSI tag, with the aggregation for textures: cm_joint_max_3D_comb.</param>
/// <param name="Value">The value; not a number where the region leaves the feature undefined (skewness of a constant, textures of one voxel).</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FeatureValue(string Tag, double Value);

/// <summary>The features of one region under one set of definitions.</summary>
public sealed class FeatureSet
{
    private readonly Dictionary<string, double> byTag;

    internal FeatureSet(string settingsDigest, IReadOnlyList<FeatureValue> values, int regionVoxels, int intensityVoxels)
    {
        SettingsDigest = settingsDigest;
        Values = values;
        RegionVoxels = regionVoxels;
        IntensityVoxels = intensityVoxels;
        byTag = values.ToDictionary(v => v.Tag, v => v.Value, StringComparer.Ordinal);
    }

    /// <summary>Digest of the settings; with a tag it identifies what a value means.</summary>
    public string SettingsDigest { get; }

    /// <summary>Values in the order of the reference manual's chapters.</summary>
    public IReadOnlyList<FeatureValue> Values { get; }

    /// <summary>Voxels of the region after interpolation.</summary>
    public int RegionVoxels { get; }

    /// <summary>Voxels left by re-segmentation.</summary>
    public int IntensityVoxels { get; }

    /// <summary>The value of a tag.</summary>
    /// <exception cref="KeyNotFoundException">The tag was not measured.</exception>
    public double this[string tag] => byTag.TryGetValue(tag, out double value) ? value : throw new KeyNotFoundException($"The feature {tag} was not measured: check its tag and the feature selection.");

    /// <summary>Whether a tag was measured.</summary>
    public bool Contains(string tag) => byTag.ContainsKey(tag);

    /// <summary>The name under which a value may be put beside other sites' values: the tag and the first 12 digits of the settings' digest.</summary>
    public string Identity(string tag) => $"{tag}@{SettingsDigest.AsSpan(0, 12)}";
}
