using Federated.Imaging.Dicom;

namespace Federated.Imaging.Pet;

/// <summary>Units and scale of a PET image, from the attributes of single slices or the functional groups of enhanced objects.</summary>
internal static class PetUnits
{
    /// <summary>Units (0054,1001), or the same word for the unit code of an enhanced object; null when neither is stated.</summary>
    public static string? Units(DicomDataset dataset, int frame)
    {
        if (dataset.GetStringOrNull(DicomTag.Units) is { } units) return units;
        return Code(dataset, frame) switch
        {
            null => null,
            "Bq/ml" or "Bq/mL" => "BQML",
            "g/ml" or "g/mL" => "GML",
            "cm2/ml" or "cm2/mL" => "CM2ML",
            string code when code.StartsWith("g/ml{SUV", StringComparison.OrdinalIgnoreCase) => "GML",
            string code when code.StartsWith("cm2/ml{SUV", StringComparison.OrdinalIgnoreCase) => "CM2ML",
            string code => code,
        };
    }

    /// <summary>SUVType (0054,1006), or what the unit code of an enhanced object says; null when neither is stated.</summary>
    public static string? SuvType(DicomDataset dataset, int frame)
    {
        if (dataset.GetStringOrNull(DicomTag.SUVType) is { } type) return type;
        string code = Code(dataset, frame) ?? "";
        int open = code.IndexOf("{SUV", StringComparison.OrdinalIgnoreCase);
        if (open < 0) return null;
        return code[(open + 4)..].TrimEnd('}').ToUpperInvariant() switch
        {
            "LBM(JAMES128)" => "LBMJAMES128",
            "LBM(JANMA)" => "LBMJANMA",
            string other => other,
        };
    }

    /// <summary>Slope (null when missing) and intercept of a frame, from its real world value mapping when the object has one, else from its rescale.</summary>
    public static (double? Slope, double Intercept) Scale(DicomDataset dataset, int frame)
    {
        DicomDataset place = DicomFunctionalGroups.MacroOrTopLevel(dataset, frame, DicomTag.PixelValueTransformationSequence);
        double? rescaleSlope = PetSlice.Number(place, DicomTag.RescaleSlope);
        double rescaleIntercept = PetSlice.Number(place, DicomTag.RescaleIntercept) ?? 0;
        if (!DicomFunctionalGroups.TryGetMacro(dataset, frame, DicomTag.RealWorldValueMappingSequence, out DicomDataset? mapping)) return (rescaleSlope, rescaleIntercept);
        double? mappedSlope = PetSlice.Number(mapping, DicomTag.RealWorldValueSlope);
        // A mapping of slope 1 beside a true rescale only names the unit.
        if (mappedSlope is null || (mappedSlope == 1 && rescaleSlope is not null)) return (rescaleSlope, rescaleIntercept);
        return (mappedSlope, PetSlice.Number(mapping, DicomTag.RealWorldValueIntercept) ?? 0);
    }

    private static string? Code(DicomDataset dataset, int frame) =>
        DicomFunctionalGroups.TryGetMacro(dataset, frame, DicomTag.RealWorldValueMappingSequence, out DicomDataset? mapping)
        && mapping.TryGetSequence(DicomTag.MeasurementUnitsCodeSequence, out DicomSequence? codes) && codes.Items.Count > 0
            ? codes.Items[0].GetStringOrNull(DicomTag.CodeValue)
            : null;
}
