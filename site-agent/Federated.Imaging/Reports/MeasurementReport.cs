using System.Globalization;
using Federated.Imaging.Dicom;
using Federated.Imaging.Measurement;
using static Federated.Imaging.Reports.ContentItem;

namespace Federated.Imaging.Reports;

/// <summary>What a report is about.</summary>
public sealed record ReportSubject
{
    /// <summary>Headers of an image of the series: patient, study and series are taken from it.</summary>
    public required DicomDataset Image { get; init; }

    /// <summary>SOP class and instance of every image measured.</summary>
    public required IReadOnlyList<(string Class, string Instance)> Slices { get; init; }

    /// <summary>Where it was measured; null for a threshold in the whole image.</summary>
    public RegionObject? Region { get; init; }

    /// <summary>The values.</summary>
    public required ScanMeasurement Measurement { get; init; }

    /// <summary>What and how.</summary>
    public required MeasurementProtocol Protocol { get; init; }

    /// <summary>Release of the program that measured.</summary>
    public required string Version { get; init; }

    /// <summary>When the report is made, on the clock of the site.</summary>
    public required DateTime Made { get; init; }
}

/// <summary>
/// The measurements of a scan as a DICOM structured report: Comprehensive SR after template 1500, one measurement group (1411 for a segment, 1501 otherwise) with a number per
/// feature. Each number carries the feature's own name as its equivalent meaning, and the group the protocol's digest, so that nothing is lost on the way.
/// </summary>
public static class MeasurementReport
{
    private static readonly DicomCode MeasurementMethod = new("370129005", "SCT", "Measurement Method");

    /// <summary>The report. The same subject gives the same bytes, its identifiers included.</summary>
    public static DicomFile Of(ReportSubject subject)
    {
        DicomDataset image = subject.Image;
        string series = image.GetString(DicomTag.SeriesInstanceUID);
        string moment = subject.Made.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
        string identity = $"{series} {subject.Region?.Uid} {string.Join('|', Names(subject))} {subject.Protocol.Digest} {subject.Version}";
        DicomDataset report = Container(null, new DicomCode("126000", "DCM", "Imaging Measurement Report"), Content(subject), "1500");
        report.AddOrUpdate(DicomTag.SpecificCharacterSet, "ISO_IR 192");
        report.AddOrUpdate(DicomTag.SOPClassUID, DicomUID.ComprehensiveSRStorage.UID).AddOrUpdate(DicomTag.SOPInstanceUID, DicomUID.FromName($"report {identity} {moment}").UID);
        foreach (DicomTag tag in (ReadOnlySpan<DicomTag>)[DicomTag.PatientName, DicomTag.PatientID, DicomTag.PatientBirthDate, DicomTag.PatientSex, DicomTag.StudyDate, DicomTag.StudyTime, DicomTag.StudyID, DicomTag.AccessionNumber, DicomTag.ReferringPhysicianName])
            Copy(image, tag, report); // type 2: empty when the image has none
        report.AddOrUpdate(DicomTag.StudyInstanceUID, image.GetString(DicomTag.StudyInstanceUID))
            .AddOrUpdate(DicomTag.SeriesInstanceUID, DicomUID.FromName($"report series {series} {subject.Protocol.Digest}").UID).AddOrUpdate(DicomTag.Modality, "SR")
            .AddOrUpdate(DicomTag.SeriesNumber, 9900).AddOrUpdate(DicomTag.InstanceNumber, 1).AddOrUpdate(DicomTag.Manufacturer, "Federated")
            .AddOrUpdate(DicomTag.ManufacturerModelName, "federated-site").AddOrUpdate(DicomTag.DeviceSerialNumber, "0").AddOrUpdate(DicomTag.SoftwareVersions, subject.Version)
            .AddOrUpdate(DicomTag.CompletionFlag, "COMPLETE").AddOrUpdate(DicomTag.VerificationFlag, "UNVERIFIED")
            .AddOrUpdate(DicomTag.ContentDate, moment[..8]).AddOrUpdate(DicomTag.ContentTime, moment[8..])
            .AddOrUpdate(new DicomSequence(DicomTag.ReferencedPerformedProcedureStepSequence)).AddOrUpdate(new DicomSequence(DicomTag.PerformedProcedureCodeSequence))
            .AddOrUpdate(DicomTag.CurrentRequestedProcedureEvidenceSequence, Evidence(subject, series))
            .AddOrUpdate(DicomTag.CodingSchemeIdentificationSequence, Scheme(DicomCode.PrivateScheme, "Federated: concepts without a public code"), Scheme("IBSI", "Image Biomarker Standardisation Initiative"));
        return new DicomFile(report);
    }

    private static IEnumerable<DicomDataset> Content(ReportSubject subject)
    {
        MeasurementProtocol protocol = subject.Protocol;
        yield return Code(Modifier, new DicomCode("121049", "DCM", "Language of Content Item and Descendants"), new DicomCode("en", "RFC5646", "English"));
        yield return Code(Observation, new DicomCode("121005", "DCM", "Observer Type"), new DicomCode("121007", "DCM", "Device"));
        yield return Uid(Observation, new DicomCode("121012", "DCM", "Device Observer UID"), DicomUID.FromName($"federated-site {subject.Version}").UID);
        yield return Text(Observation, new DicomCode("121013", "DCM", "Device Observer Name"), $"federated-site {subject.Version}");
        yield return Code(Modifier, new DicomCode("121058", "DCM", "Procedure reported"), protocol.Modality switch
        {
            ImageModality.PT => new DicomCode("44136-0", "LN", "PET unspecified body region"),
            ImageModality.CT => new DicomCode("25045-6", "LN", "CT unspecified body region"),
            _ => new DicomCode("25056-3", "LN", "MRI unspecified body region"),
        });
        yield return Container(Contains, new DicomCode("111028", "DCM", "Image Library"), [Container(Contains, new DicomCode("126200", "DCM", "Image Library Group"), Library(subject))]);
        yield return Container(Contains, new DicomCode("126010", "DCM", "Imaging Measurements"), [Group(subject)]);
    }

    private static IEnumerable<DicomDataset> Library(ReportSubject subject)
    {
        yield return Code(Acquisition, new DicomCode("121139", "DCM", "Modality"), subject.Protocol.Modality switch
        {
            ImageModality.PT => new DicomCode("PT", "DCM", "Positron emission tomography"),
            ImageModality.CT => new DicomCode("CT", "DCM", "Computed Tomography"),
            _ => new DicomCode("MR", "DCM", "Magnetic Resonance"),
        });
        if (subject.Image.GetStringOrNull(DicomTag.FrameOfReferenceUID) is { } frame) yield return Uid(Acquisition, new DicomCode("112227", "DCM", "Frame of Reference UID"), frame);
        foreach ((string sopClass, string instance) in subject.Slices) yield return Image(Contains, null, sopClass, instance);
    }

    private static DicomDataset Group(ReportSubject subject)
    {
        MeasurementProtocol protocol = subject.Protocol;
        string names = string.Join(", ", Names(subject));
        List<DicomDataset> items =
        [
            Text(Observation, new DicomCode("112039", "DCM", "Tracking Identifier"), names.Length == 0 ? "lesions" : names),
            Uid(Observation, new DicomCode("112040", "DCM", "Tracking Unique Identifier"), DicomUID.FromName($"lesion {subject.Region?.Uid ?? subject.Image.GetString(DicomTag.SeriesInstanceUID)} {names}").UID),
            Code(Contains, new DicomCode("121071", "DCM", "Finding"), new DicomCode("52988006", "SCT", "Lesion")),
        ];
        bool isSegment = protocol.Region.Source != RegionSource.Threshold && subject.Region is { SopClass: { } regionClass } region && IsSegmentation(regionClass) && Measured(subject).Count == 1;
        if (isSegment)
        {
            items.Add(Image(Contains, new DicomCode("121191", "DCM", "Referenced Segment"), subject.Region!.SopClass!, subject.Region.Uid!, Measured(subject)[0].Number));
            items.Add(Uid(Contains, new DicomCode("121232", "DCM", "Source series for segmentation"), subject.Image.GetString(DicomTag.SeriesInstanceUID)));
        }
        else if (subject.Region is { SopClass: { } sopClass, Uid: { } uid })
        {
            DicomCode source = new("121112", "DCM", "Source of Measurement");
            items.Add(IsSegmentation(sopClass) ? Image(Contains, source, sopClass, uid) : Composite(Contains, source, sopClass, uid));
        }
        if (protocol.Modality == ImageModality.PT) items.Add(Code(Modifier, MeasurementMethod, FeatureCodes.UptakeMethod(protocol.Uptake.Normalization)));
        items.Add(Text(Modifier, new DicomCode("111001", "DCM", "Algorithm Name"), "federated-site"));
        items.Add(Text(Modifier, new DicomCode("111003", "DCM", "Algorithm Version"), subject.Version));
        items.Add(Text(Modifier, new DicomCode("111002", "DCM", "Algorithm Parameters"), $"measurement protocol SHA-256 {protocol.Digest}"));
        IReadOnlyList<FeatureCodes> codes = FeatureCodes.Of(protocol);
        for (int f = 0; f < codes.Count; f++) items.Add(Number(codes[f].Concept, subject.Measurement.Values[f], codes[f].Unit, Modifiers(codes[f], protocol.Features[f])));
        return Container(Contains, new DicomCode("125007", "DCM", "Measurement Group"), items, isSegment ? "1411" : "1501");
    }

    private static IEnumerable<DicomDataset> Modifiers(FeatureCodes codes, string name)
    {
        if (codes.Derivation is { } derivation) yield return Code(Modifier, new DicomCode("121401", "DCM", "Derivation"), derivation);
        if (codes.Method is { } method) yield return Code(Modifier, MeasurementMethod, method);
        yield return Text(Modifier, new DicomCode("121050", "DCM", "Equivalent Meaning of Concept Name"), name);
    }

    // A threshold's lesions are found, not drawn: the drawn region only says where it was looked.
    private static IReadOnlyList<DrawnRegion> Measured(ReportSubject subject) => subject.Region is null ? []
        : subject.Protocol.Region.Source == RegionSource.Threshold ? subject.Region.Regions : [.. subject.Measurement.Measured.Select(i => subject.Region.Regions[i])];

    private static IEnumerable<string> Names(ReportSubject subject) => Measured(subject).Select(r => r.Name.Length > 0 ? r.Name : r.Number.ToString(CultureInfo.InvariantCulture));

    private static bool IsSegmentation(string sopClass) =>
        string.Equals(sopClass, DicomUID.SegmentationStorage.UID, StringComparison.Ordinal) || string.Equals(sopClass, DicomUID.LabelMapSegmentationStorage.UID, StringComparison.Ordinal);

    private static DicomDataset Evidence(ReportSubject subject, string series)
    {
        List<DicomDataset> all = [Referenced(series, subject.Slices)];
        if (subject.Region is { Uid: { } uid, SopClass: { } sopClass, SeriesUid: { } own }) all.Add(Referenced(own, [(sopClass, uid)]));
        return new DicomDataset().AddOrUpdate(DicomTag.StudyInstanceUID, subject.Image.GetString(DicomTag.StudyInstanceUID)).AddOrUpdate(DicomTag.ReferencedSeriesSequence, [.. all]);
    }

    private static DicomDataset Referenced(string series, IReadOnlyList<(string Class, string Instance)> instances) => new DicomDataset().AddOrUpdate(DicomTag.SeriesInstanceUID, series)
        .AddOrUpdate(DicomTag.ReferencedSOPSequence, [.. instances.Select(i => new DicomDataset().AddOrUpdate(DicomTag.ReferencedSOPClassUID, i.Class).AddOrUpdate(DicomTag.ReferencedSOPInstanceUID, i.Instance))]);

    private static DicomDataset Scheme(string designator, string name) => DicomCode.Dataset().AddOrUpdate(DicomTag.CodingSchemeDesignator, designator).AddOrUpdate(DicomTag.CodingSchemeName, name);

    private static void Copy(DicomDataset from, DicomTag tag, DicomDataset to)
    {
        if (from.GetStringOrNull(tag) is { } text) to.AddOrUpdate(tag, text);
        else to.AddOrUpdate(new DicomElement(tag, DicomDictionary.FindVR(tag, 0)!, default));
    }
}
