using Federated.Imaging.Dicom;

namespace Federated.Imaging.Reports;

/// <summary>A coded concept (PS3.3, 8.8).</summary>
/// <param name="Value">Code value; longer than 16 characters goes into LongCodeValue.</param>
/// <param name="Scheme">DCM, SCT, LN, UCUM, IBSI, or 99FEDERATED where no public scheme has the concept.</param>
/// <param name="Meaning">For people, at most 64 characters.</param>
public sealed record DicomCode(string Value, string Scheme, string Meaning)
{
    /// <summary>Scheme of concepts that no public scheme has.</summary>
    public const string PrivateScheme = "99FEDERATED";

    // Text is encoded when it is put in, before a nested dataset knows the one around it.
    internal static DicomDataset Dataset() => new() { InheritedCharacterSet = DicomCharacterSet.Parse("ISO_IR 192") };

    internal DicomDataset ToDataset() => Dataset().AddOrUpdate(Value.Length > 16 ? DicomTag.LongCodeValue : DicomTag.CodeValue, Value)
        .AddOrUpdate(DicomTag.CodingSchemeDesignator, Scheme).AddOrUpdate(DicomTag.CodeMeaning, Meaning);
}
