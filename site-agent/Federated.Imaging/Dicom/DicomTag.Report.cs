namespace Federated.Imaging.Dicom;

public readonly partial record struct DicomTag
{
    /// <summary>(0008,0090) Referring Physician's Name, PN.</summary>
    public static readonly DicomTag ReferringPhysicianName = new(0x0008, 0x0090);
    /// <summary>(0008,0110) Coding Scheme Identification Sequence, SQ.</summary>
    public static readonly DicomTag CodingSchemeIdentificationSequence = new(0x0008, 0x0110);
    /// <summary>(0008,0115) Coding Scheme Name, ST.</summary>
    public static readonly DicomTag CodingSchemeName = new(0x0008, 0x0115);
    /// <summary>(0008,0119) Long Code Value, UC.</summary>
    public static readonly DicomTag LongCodeValue = new(0x0008, 0x0119);
    /// <summary>(0008,1111) Referenced Performed Procedure Step Sequence, SQ.</summary>
    public static readonly DicomTag ReferencedPerformedProcedureStepSequence = new(0x0008, 0x1111);
    /// <summary>(0040,A124) UID, UI.</summary>
    public static readonly DicomTag UID = new(0x0040, 0xA124);
    /// <summary>(0040,A168) Concept Code Sequence, SQ.</summary>
    public static readonly DicomTag ConceptCodeSequence = new(0x0040, 0xA168);
    /// <summary>(0040,A301) Numeric Value Qualifier Code Sequence, SQ.</summary>
    public static readonly DicomTag NumericValueQualifierCodeSequence = new(0x0040, 0xA301);
    /// <summary>(0040,A161) Floating Point Value, FD.</summary>
    public static readonly DicomTag FloatingPointValue = new(0x0040, 0xA161);
    /// <summary>(0040,A372) Performed Procedure Code Sequence, SQ.</summary>
    public static readonly DicomTag PerformedProcedureCodeSequence = new(0x0040, 0xA372);
    /// <summary>(0040,A375) Current Requested Procedure Evidence Sequence, SQ.</summary>
    public static readonly DicomTag CurrentRequestedProcedureEvidenceSequence = new(0x0040, 0xA375);
}
