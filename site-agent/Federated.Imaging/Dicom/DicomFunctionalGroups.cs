using System.Diagnostics.CodeAnalysis;

namespace Federated.Imaging.Dicom;

/// <summary>How stored values become real ones: value = stored x <paramref name="Slope"/> + <paramref name="Intercept"/>.</summary>
/// <param name="Slope">RescaleSlope (0028,1053); 1 when absent.</param>
/// <param name="Intercept">RescaleIntercept (0028,1052); 0 when absent.</param>
/// <param name="IsStated">False when the object holds neither.</param>
public readonly record struct DicomRescale(double Slope, double Intercept, bool IsStated);

/// <summary>Attributes of one frame in enhanced multi-frame objects: its own functional group first, then the shared one (PS3.3, C.7.6.16).</summary>
public static class DicomFunctionalGroups
{
    /// <summary>The macro of a frame: the first item of <paramref name="macro"/> in the per-frame group, else in the shared group.</summary>
    /// <param name="dataset">The whole object.</param>
    /// <param name="frame">Zero-based.</param>
    /// <param name="macro">A functional group sequence such as PlanePositionSequence.</param>
    /// <param name="attributes">The item found.</param>
    public static bool TryGetMacro(DicomDataset dataset, int frame, DicomTag macro, [NotNullWhen(true)] out DicomDataset? attributes)
    {
        attributes = null;
        if (dataset.TryGetSequence(DicomTag.PerFrameFunctionalGroupsSequence, out DicomSequence? perFrame) && frame < perFrame.Items.Count
            && perFrame.Items[frame].TryGetSequence(macro, out DicomSequence? own) && own.Items.Count > 0)
        {
            attributes = own.Items[0];
            return true;
        }
        if (dataset.TryGetSequence(DicomTag.SharedFunctionalGroupsSequence, out DicomSequence? shared) && shared.Items.Count > 0
            && shared.Items[0].TryGetSequence(macro, out DicomSequence? common) && common.Items.Count > 0)
        {
            attributes = common.Items[0];
            return true;
        }
        return false;
    }

    /// <summary>Where a frame's attribute stands: in the macro if the object has it, else at the top level as in single-frame objects.</summary>
    public static DicomDataset MacroOrTopLevel(DicomDataset dataset, int frame, DicomTag macro) =>
        TryGetMacro(dataset, frame, macro, out DicomDataset? attributes) ? attributes : dataset;

    /// <summary>Slope and intercept of a frame.</summary>
    /// <exception cref="DicomDataException">The slope is written but unreadable or zero.</exception>
    public static DicomRescale Rescale(DicomDataset dataset, int frame)
    {
        DicomDataset place = MacroOrTopLevel(dataset, frame, DicomTag.PixelValueTransformationSequence);
        bool hasSlope = place.TryGetElement(DicomTag.RescaleSlope, out _);
        bool hasIntercept = place.TryGetElement(DicomTag.RescaleIntercept, out _);
        double slope = hasSlope ? place.GetSingleValue<double>(DicomTag.RescaleSlope) : 1;
        double intercept = hasIntercept ? place.GetSingleValue<double>(DicomTag.RescaleIntercept) : 0;
        if (slope == 0) throw new DicomDataException("RescaleSlope (0028,1053) is 0, which would erase the image: correct the object at its source");
        return new DicomRescale(slope, intercept, hasSlope || hasIntercept);
    }
}
