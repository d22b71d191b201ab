namespace Federated.Imaging.Radiomics;

/// <summary>Collects values in the order in which they are measured.</summary>
internal sealed class FeatureWriter
{
    private readonly List<FeatureValue> values = [];

    public IReadOnlyList<FeatureValue> Values => values;

    /// <summary>Adds a value; a quotient by zero (the density in an ellipsoid without thickness) is undefined like any other.</summary>
    public void Add(string tag, double value) => values.Add(new FeatureValue(tag, double.IsFinite(value) ? value : double.NaN));
}
