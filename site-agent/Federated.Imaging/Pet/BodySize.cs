using Federated.Imaging.Dicom;

namespace Federated.Imaging.Pet;

/// <summary>Body measures that uptake is normalised by; formulas as collected by the IBSI-SUV manual.</summary>
internal static class BodySize
{
    /// <summary>Kilograms of the measure, or square metres for the surface area.</summary>
    /// <param name="normalization">Which measure.</param>
    /// <param name="weight">Kilograms.</param>
    /// <param name="height">Metres; null when the object holds none.</param>
    /// <param name="sex">PatientSex (0010,0040).</param>
    /// <param name="adaptations">Receives a line when sex O makes it the mean of both formulas.</param>
    public static double Measure(SuvNormalization normalization, double weight, double? height, string? sex, ICollection<SuvAdaptation> adaptations)
    {
        if (normalization == SuvNormalization.BodyWeight) return weight;
        if (height is not > 0)
            throw new SuvException($"{DicomTag.PatientSize.Describe()} is missing, so {normalization} cannot be computed: complete it at the source or use body weight");
        if (height is < 0.2 or > 3)
            throw new SuvException($"{DicomTag.PatientSize.Describe()} is {height} where metres are expected: correct it at the source");
        double h = height.Value * 100;
        if (normalization == SuvNormalization.BodySurfaceArea) return 0.007184 * Math.Pow(h, 0.725) * Math.Pow(weight, 0.425);
        double value = sex switch
        {
            "M" => BySex(normalization, weight, h, isMale: true),
            "F" => BySex(normalization, weight, h, isMale: false),
            "O" => 0.5 * (BySex(normalization, weight, h, isMale: true) + BySex(normalization, weight, h, isMale: false)),
            null => throw new SuvException($"{DicomTag.PatientSex.Describe()} is missing, so {normalization} cannot be computed: complete it at the source or use body weight"),
            _ => throw new SuvException($"{DicomTag.PatientSex.Describe()} is '{sex}' where M, F or O is expected: correct it at the source"),
        };
        if (sex is "O")
        {
            SuvAdaptation mean = new("sex O: mean of the male and female measure", DicomTag.PatientSex.Describe(), "O", $"{normalization} {value:R} kg");
            if (!adaptations.Contains(mean)) adaptations.Add(mean);
        }
        return value > 0 ? value : throw new SuvException($"{normalization} of {weight} kg and {height} m is not positive: check weight and size at the source");
    }

    private static double BySex(SuvNormalization normalization, double w, double h, bool isMale)
    {
        double ratio = w / h * (w / h);
        double bmi = w / (h / 100 * (h / 100));
        return normalization switch
        {
            SuvNormalization.LeanBodyMassJames => isMale ? 1.10 * w - 128 * ratio : 1.07 * w - 148 * ratio,
            SuvNormalization.LeanBodyMassMorgan => isMale ? 1.10 * w - 120 * ratio : 1.07 * w - 148 * ratio,
            SuvNormalization.LeanBodyMassJanmahasatian => isMale ? 9270 * w / (6680 + 216 * bmi) : 9270 * w / (8780 + 244 * bmi),
            _ => isMale ? 48.0 + 1.06 * (h - 152) : 45.5 + 0.91 * (h - 152),
        };
    }
}
