using System.Globalization;
using Federated.Imaging.Dicom;

namespace Federated.Imaging.Reports;

/// <summary>Items of a structured report's tree (PS3.3, C.17.3), one method per value type.</summary>
internal static class ContentItem
{
    public const string Contains = "CONTAINS";
    public const string Modifier = "HAS CONCEPT MOD";
    public const string Observation = "HAS OBS CONTEXT";
    public const string Acquisition = "HAS ACQ CONTEXT";

    /// <summary>A container of items, which is separate of its neighbours; a template's number where it is a template's root.</summary>
    public static DicomDataset Container(string? relationship, DicomCode name, IEnumerable<DicomDataset> items, string? template = null)
    {
        DicomDataset container = Item(relationship, "CONTAINER", name).AddOrUpdate(DicomTag.ContinuityOfContent, "SEPARATE").AddOrUpdate(DicomTag.ContentSequence, [.. items]);
        if (template is not null)
            container.AddOrUpdate(DicomTag.ContentTemplateSequence, DicomCode.Dataset().AddOrUpdate(DicomTag.MappingResource, "DCMR").AddOrUpdate(DicomTag.TemplateIdentifier, template));
        return container;
    }

    public static DicomDataset Code(string relationship, DicomCode name, DicomCode value) => Item(relationship, "CODE", name).AddOrUpdate(DicomTag.ConceptCodeSequence, value.ToDataset());

    public static DicomDataset Text(string relationship, DicomCode name, string value) => Item(relationship, "TEXT", name).AddOrUpdate(DicomTag.TextValue, value);

    public static DicomDataset Uid(string relationship, DicomCode name, string value) => Item(relationship, "UIDREF", name).AddOrUpdate(DicomTag.UID, value);

    public static DicomDataset Image(string relationship, DicomCode? name, string sopClass, string instance, int? segment = null) =>
        Reference(Item(relationship, "IMAGE", name), sopClass, instance, segment);

    public static DicomDataset Composite(string relationship, DicomCode name, string sopClass, string instance) => Reference(Item(relationship, "COMPOSITE", name), sopClass, instance, null);

    /// <summary>A number with its unit. What is not a number says so instead.</summary>
    public static DicomDataset Number(DicomCode name, double value, DicomCode unit, IEnumerable<DicomDataset> modifiers)
    {
        DicomDataset item = Item(Contains, "NUM", name);
        if (double.IsNaN(value))
        {
            item.AddOrUpdate(new DicomSequence(DicomTag.MeasuredValueSequence));
            item.AddOrUpdate(DicomTag.NumericValueQualifierCodeSequence, new DicomCode("114000", "DCM", "Not a number").ToDataset());
        }
        else
        {
            DicomDataset measured = DicomCode.Dataset().AddOrUpdate(DicomTag.MeasurementUnitsCodeSequence, unit.ToDataset()).AddOrUpdate(DicomVR.DS, DicomTag.NumericValue, Decimal(value));
            // A decimal string has 16 characters; the bits are kept beside it where these are too few.
            if (double.Parse(Decimal(value), CultureInfo.InvariantCulture) != value) measured.AddOrUpdate(DicomVR.FD, DicomTag.FloatingPointValue, value);
            item.AddOrUpdate(DicomTag.MeasuredValueSequence, measured);
        }
        DicomDataset[] children = [.. modifiers];
        return children.Length == 0 ? item : item.AddOrUpdate(DicomTag.ContentSequence, children);
    }

    private static string Decimal(double value)
    {
        for (int digits = 17; ; digits--)
        {
            string text = value.ToString("G" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (text.Length <= 16) return text;
        }
    }

    private static DicomDataset Item(string? relationship, string type, DicomCode? name)
    {
        DicomDataset item = DicomCode.Dataset().AddOrUpdate(DicomTag.ValueType, type);
        if (relationship is not null) item.AddOrUpdate(DicomTag.RelationshipType, relationship);
        if (name is not null) item.AddOrUpdate(DicomTag.ConceptNameCodeSequence, name.ToDataset());
        return item;
    }

    private static DicomDataset Reference(DicomDataset item, string sopClass, string instance, int? segment)
    {
        DicomDataset reference = DicomCode.Dataset().AddOrUpdate(DicomTag.ReferencedSOPClassUID, sopClass).AddOrUpdate(DicomTag.ReferencedSOPInstanceUID, instance);
        if (segment is { } number) reference.AddOrUpdate(DicomTag.ReferencedSegmentNumber, number);
        return item.AddOrUpdate(DicomTag.ReferencedSOPSequence, reference);
    }
}
