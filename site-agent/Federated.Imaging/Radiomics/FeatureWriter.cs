namespace Federated.Imaging.Radiomics;

/// <summary>Collects values in the order in which they are measured.</summary>
internal sealed class FeatureWriter
{
    private readonly List<FeatureValue> values = [];

    public IReadOnlyList<FeatureValue> Values => values;

    public void Add(string tag, double value) => values.Add(new FeatureValue(tag, value));
}
