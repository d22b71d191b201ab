namespace Federated.Imaging.Dicom;

public readonly partial record struct DicomTag
{
    /// <summary>(0002,0000) File Meta Information Group Length, UL.</summary>
    public static readonly DicomTag FileMetaInformationGroupLength = new(0x0002, 0x0000);
    /// <summary>(0002,0001) File Meta Information Version, OB.</summary>
    public static readonly DicomTag FileMetaInformationVersion = new(0x0002, 0x0001);
    /// <summary>(0002,0002) Media Storage SOP Class UID, UI.</summary>
    public static readonly DicomTag MediaStorageSOPClassUID = new(0x0002, 0x0002);
    /// <summary>(0002,0003) Media Storage SOP Instance UID, UI.</summary>
    public static readonly DicomTag MediaStorageSOPInstanceUID = new(0x0002, 0x0003);
    /// <summary>(0002,0010) Transfer Syntax UID, UI.</summary>
    public static readonly DicomTag TransferSyntaxUID = new(0x0002, 0x0010);
    /// <summary>(0002,0012) Implementation Class UID, UI.</summary>
    public static readonly DicomTag ImplementationClassUID = new(0x0002, 0x0012);
    /// <summary>(0002,0013) Implementation Version Name, SH.</summary>
    public static readonly DicomTag ImplementationVersionName = new(0x0002, 0x0013);
    /// <summary>(0008,0005) Specific Character Set, CS.</summary>
    public static readonly DicomTag SpecificCharacterSet = new(0x0008, 0x0005);
    /// <summary>(0008,0008) Image Type, CS.</summary>
    public static readonly DicomTag ImageType = new(0x0008, 0x0008);
    /// <summary>(0008,0012) Instance Creation Date, DA.</summary>
    public static readonly DicomTag InstanceCreationDate = new(0x0008, 0x0012);
    /// <summary>(0008,0013) Instance Creation Time, TM.</summary>
    public static readonly DicomTag InstanceCreationTime = new(0x0008, 0x0013);
    /// <summary>(0008,0016) SOP Class UID, UI.</summary>
    public static readonly DicomTag SOPClassUID = new(0x0008, 0x0016);
    /// <summary>(0008,0018) SOP Instance UID, UI.</summary>
    public static readonly DicomTag SOPInstanceUID = new(0x0008, 0x0018);
    /// <summary>(0008,0020) Study Date, DA.</summary>
    public static readonly DicomTag StudyDate = new(0x0008, 0x0020);
    /// <summary>(0008,0021) Series Date, DA.</summary>
    public static readonly DicomTag SeriesDate = new(0x0008, 0x0021);
    /// <summary>(0008,0022) Acquisition Date, DA.</summary>
    public static readonly DicomTag AcquisitionDate = new(0x0008, 0x0022);
    /// <summary>(0008,0023) Content Date, DA.</summary>
    public static readonly DicomTag ContentDate = new(0x0008, 0x0023);
    /// <summary>(0008,002A) Acquisition DateTime, DT.</summary>
    public static readonly DicomTag AcquisitionDateTime = new(0x0008, 0x002A);
    /// <summary>(0008,0030) Study Time, TM.</summary>
    public static readonly DicomTag StudyTime = new(0x0008, 0x0030);
    /// <summary>(0008,0031) Series Time, TM.</summary>
    public static readonly DicomTag SeriesTime = new(0x0008, 0x0031);
    /// <summary>(0008,0032) Acquisition Time, TM.</summary>
    public static readonly DicomTag AcquisitionTime = new(0x0008, 0x0032);
    /// <summary>(0008,0033) Content Time, TM.</summary>
    public static readonly DicomTag ContentTime = new(0x0008, 0x0033);
    /// <summary>(0008,0050) Accession Number, SH.</summary>
    public static readonly DicomTag AccessionNumber = new(0x0008, 0x0050);
    /// <summary>(0008,0060) Modality, CS.</summary>
    public static readonly DicomTag Modality = new(0x0008, 0x0060);
    /// <summary>(0008,0070) Manufacturer, LO.</summary>
    public static readonly DicomTag Manufacturer = new(0x0008, 0x0070);
    /// <summary>(0008,0080) Institution Name, LO.</summary>
    public static readonly DicomTag InstitutionName = new(0x0008, 0x0080);
    /// <summary>(0008,0100) Code Value, SH.</summary>
    public static readonly DicomTag CodeValue = new(0x0008, 0x0100);
    /// <summary>(0008,0102) Coding Scheme Designator, SH.</summary>
    public static readonly DicomTag CodingSchemeDesignator = new(0x0008, 0x0102);
    /// <summary>(0008,0104) Code Meaning, LO.</summary>
    public static readonly DicomTag CodeMeaning = new(0x0008, 0x0104);
    /// <summary>(0008,0105) Mapping Resource, CS.</summary>
    public static readonly DicomTag MappingResource = new(0x0008, 0x0105);
    /// <summary>(0008,0201) Timezone Offset From UTC, SH.</summary>
    public static readonly DicomTag TimezoneOffsetFromUTC = new(0x0008, 0x0201);
    /// <summary>(0008,1010) Station Name, SH.</summary>
    public static readonly DicomTag StationName = new(0x0008, 0x1010);
    /// <summary>(0008,1030) Study Description, LO.</summary>
    public static readonly DicomTag StudyDescription = new(0x0008, 0x1030);
    /// <summary>(0008,103E) Series Description, LO.</summary>
    public static readonly DicomTag SeriesDescription = new(0x0008, 0x103E);
    /// <summary>(0008,1090) Manufacturer's Model Name, LO.</summary>
    public static readonly DicomTag ManufacturerModelName = new(0x0008, 0x1090);
    /// <summary>(0008,1115) Referenced Series Sequence, SQ.</summary>
    public static readonly DicomTag ReferencedSeriesSequence = new(0x0008, 0x1115);
    /// <summary>(0008,1140) Referenced Image Sequence, SQ.</summary>
    public static readonly DicomTag ReferencedImageSequence = new(0x0008, 0x1140);
    /// <summary>(0008,1150) Referenced SOP Class UID, UI.</summary>
    public static readonly DicomTag ReferencedSOPClassUID = new(0x0008, 0x1150);
    /// <summary>(0008,1155) Referenced SOP Instance UID, UI.</summary>
    public static readonly DicomTag ReferencedSOPInstanceUID = new(0x0008, 0x1155);
    /// <summary>(0008,1160) Referenced Frame Number, IS.</summary>
    public static readonly DicomTag ReferencedFrameNumber = new(0x0008, 0x1160);
    /// <summary>(0008,1199) Referenced SOP Sequence, SQ.</summary>
    public static readonly DicomTag ReferencedSOPSequence = new(0x0008, 0x1199);
    /// <summary>(0008,2112) Source Image Sequence, SQ.</summary>
    public static readonly DicomTag SourceImageSequence = new(0x0008, 0x2112);
    /// <summary>(0008,9124) Derivation Image Sequence, SQ.</summary>
    public static readonly DicomTag DerivationImageSequence = new(0x0008, 0x9124);
    /// <summary>(0010,0010) Patient's Name, PN.</summary>
    public static readonly DicomTag PatientName = new(0x0010, 0x0010);
    /// <summary>(0010,0020) Patient ID, LO.</summary>
    public static readonly DicomTag PatientID = new(0x0010, 0x0020);
    /// <summary>(0010,0030) Patient's Birth Date, DA.</summary>
    public static readonly DicomTag PatientBirthDate = new(0x0010, 0x0030);
    /// <summary>(0010,0040) Patient's Sex, CS.</summary>
    public static readonly DicomTag PatientSex = new(0x0010, 0x0040);
    /// <summary>(0010,1010) Patient's Age, AS.</summary>
    public static readonly DicomTag PatientAge = new(0x0010, 0x1010);
    /// <summary>(0010,1020) Patient's Size, DS, m.</summary>
    public static readonly DicomTag PatientSize = new(0x0010, 0x1020);
    /// <summary>(0010,1030) Patient's Weight, DS, kg.</summary>
    public static readonly DicomTag PatientWeight = new(0x0010, 0x1030);
    /// <summary>(0012,0062) Patient Identity Removed, CS.</summary>
    public static readonly DicomTag PatientIdentityRemoved = new(0x0012, 0x0062);
    /// <summary>(0018,0015) Body Part Examined, CS.</summary>
    public static readonly DicomTag BodyPartExamined = new(0x0018, 0x0015);
    /// <summary>(0018,0031) Radiopharmaceutical, LO.</summary>
    public static readonly DicomTag Radiopharmaceutical = new(0x0018, 0x0031);
    /// <summary>(0018,0050) Slice Thickness, DS, mm.</summary>
    public static readonly DicomTag SliceThickness = new(0x0018, 0x0050);
    /// <summary>(0018,0060) KVP, DS.</summary>
    public static readonly DicomTag KVP = new(0x0018, 0x0060);
    /// <summary>(0018,0080) Repetition Time, DS.</summary>
    public static readonly DicomTag RepetitionTime = new(0x0018, 0x0080);
    /// <summary>(0018,0081) Echo Time, DS.</summary>
    public static readonly DicomTag EchoTime = new(0x0018, 0x0081);
    /// <summary>(0018,0088) Spacing Between Slices, DS, mm.</summary>
    public static readonly DicomTag SpacingBetweenSlices = new(0x0018, 0x0088);
    /// <summary>(0018,1000) Device Serial Number, LO.</summary>
    public static readonly DicomTag DeviceSerialNumber = new(0x0018, 0x1000);
    /// <summary>(0018,1020) Software Versions, LO.</summary>
    public static readonly DicomTag SoftwareVersions = new(0x0018, 0x1020);
    /// <summary>(0018,1030) Protocol Name, LO.</summary>
    public static readonly DicomTag ProtocolName = new(0x0018, 0x1030);
    /// <summary>(0018,1060) Trigger Time, DS.</summary>
    public static readonly DicomTag TriggerTime = new(0x0018, 0x1060);
    /// <summary>(0018,1072) Radiopharmaceutical Start Time, TM.</summary>
    public static readonly DicomTag RadiopharmaceuticalStartTime = new(0x0018, 0x1072);
    /// <summary>(0018,1073) Radiopharmaceutical Stop Time, TM.</summary>
    public static readonly DicomTag RadiopharmaceuticalStopTime = new(0x0018, 0x1073);
    /// <summary>(0018,1074) Radionuclide Total Dose, DS, Bq.</summary>
    public static readonly DicomTag RadionuclideTotalDose = new(0x0018, 0x1074);
    /// <summary>(0018,1075) Radionuclide Half Life, DS, s.</summary>
    public static readonly DicomTag RadionuclideHalfLife = new(0x0018, 0x1075);
    /// <summary>(0018,1076) Radionuclide Positron Fraction, DS.</summary>
    public static readonly DicomTag RadionuclidePositronFraction = new(0x0018, 0x1076);
    /// <summary>(0018,1078) Radiopharmaceutical Start DateTime, DT.</summary>
    public static readonly DicomTag RadiopharmaceuticalStartDateTime = new(0x0018, 0x1078);
    /// <summary>(0018,1079) Radiopharmaceutical Stop DateTime, DT.</summary>
    public static readonly DicomTag RadiopharmaceuticalStopDateTime = new(0x0018, 0x1079);
    /// <summary>(0018,1120) Gantry/Detector Tilt, DS.</summary>
    public static readonly DicomTag GantryDetectorTilt = new(0x0018, 0x1120);
    /// <summary>(0018,1210) Convolution Kernel, SH.</summary>
    public static readonly DicomTag ConvolutionKernel = new(0x0018, 0x1210);
    /// <summary>(0018,1242) Actual Frame Duration, IS, ms.</summary>
    public static readonly DicomTag ActualFrameDuration = new(0x0018, 0x1242);
    /// <summary>(0018,5100) Patient Position, CS.</summary>
    public static readonly DicomTag PatientPosition = new(0x0018, 0x5100);
    /// <summary>(0018,9074) Frame Acquisition DateTime, DT.</summary>
    public static readonly DicomTag FrameAcquisitionDateTime = new(0x0018, 0x9074);
    /// <summary>(0018,9151) Frame Reference DateTime, DT.</summary>
    public static readonly DicomTag FrameReferenceDateTime = new(0x0018, 0x9151);
    /// <summary>(0018,9220) Frame Acquisition Duration, FD.</summary>
    public static readonly DicomTag FrameAcquisitionDuration = new(0x0018, 0x9220);
    /// <summary>(0018,9701) Decay Correction DateTime, DT.</summary>
    public static readonly DicomTag DecayCorrectionDateTime = new(0x0018, 0x9701);
    /// <summary>(0018,9732) PET Frame Acquisition Sequence, SQ.</summary>
    public static readonly DicomTag PETFrameAcquisitionSequence = new(0x0018, 0x9732);
    /// <summary>(0018,9736) PET Frame Correction Factors Sequence, SQ.</summary>
    public static readonly DicomTag PETFrameCorrectionFactorsSequence = new(0x0018, 0x9736);
    /// <summary>(0018,9751) PET Frame Type Sequence, SQ.</summary>
    public static readonly DicomTag PETFrameTypeSequence = new(0x0018, 0x9751);
    /// <summary>(0018,9758) Decay Corrected, CS.</summary>
    public static readonly DicomTag DecayCorrected = new(0x0018, 0x9758);
    /// <summary>(0018,9759) Attenuation Corrected, CS.</summary>
    public static readonly DicomTag AttenuationCorrected = new(0x0018, 0x9759);
}
