namespace Federated.Imaging.Dicom;

public readonly partial record struct DicomTag
{
    /// <summary>(0020,000D) Study Instance UID, UI.</summary>
    public static readonly DicomTag StudyInstanceUID = new(0x0020, 0x000D);
    /// <summary>(0020,000E) Series Instance UID, UI.</summary>
    public static readonly DicomTag SeriesInstanceUID = new(0x0020, 0x000E);
    /// <summary>(0020,0010) Study ID, SH.</summary>
    public static readonly DicomTag StudyID = new(0x0020, 0x0010);
    /// <summary>(0020,0011) Series Number, IS.</summary>
    public static readonly DicomTag SeriesNumber = new(0x0020, 0x0011);
    /// <summary>(0020,0012) Acquisition Number, IS.</summary>
    public static readonly DicomTag AcquisitionNumber = new(0x0020, 0x0012);
    /// <summary>(0020,0013) Instance Number, IS.</summary>
    public static readonly DicomTag InstanceNumber = new(0x0020, 0x0013);
    /// <summary>(0020,0032) Image Position (Patient), DS, mm.</summary>
    public static readonly DicomTag ImagePositionPatient = new(0x0020, 0x0032);
    /// <summary>(0020,0037) Image Orientation (Patient), DS.</summary>
    public static readonly DicomTag ImageOrientationPatient = new(0x0020, 0x0037);
    /// <summary>(0020,0052) Frame of Reference UID, UI.</summary>
    public static readonly DicomTag FrameOfReferenceUID = new(0x0020, 0x0052);
    /// <summary>(0020,0100) Temporal Position Identifier, IS.</summary>
    public static readonly DicomTag TemporalPositionIdentifier = new(0x0020, 0x0100);
    /// <summary>(0020,0105) Number of Temporal Positions, IS.</summary>
    public static readonly DicomTag NumberOfTemporalPositions = new(0x0020, 0x0105);
    /// <summary>(0020,1041) Slice Location, DS.</summary>
    public static readonly DicomTag SliceLocation = new(0x0020, 0x1041);
    /// <summary>(0020,9056) Stack ID, SH.</summary>
    public static readonly DicomTag StackID = new(0x0020, 0x9056);
    /// <summary>(0020,9057) In-Stack Position Number, UL.</summary>
    public static readonly DicomTag InStackPositionNumber = new(0x0020, 0x9057);
    /// <summary>(0020,9111) Frame Content Sequence, SQ.</summary>
    public static readonly DicomTag FrameContentSequence = new(0x0020, 0x9111);
    /// <summary>(0020,9113) Plane Position Sequence, SQ.</summary>
    public static readonly DicomTag PlanePositionSequence = new(0x0020, 0x9113);
    /// <summary>(0020,9116) Plane Orientation Sequence, SQ.</summary>
    public static readonly DicomTag PlaneOrientationSequence = new(0x0020, 0x9116);
    /// <summary>(0020,9128) Temporal Position Index, UL.</summary>
    public static readonly DicomTag TemporalPositionIndex = new(0x0020, 0x9128);
    /// <summary>(0020,9157) Dimension Index Values, UL.</summary>
    public static readonly DicomTag DimensionIndexValues = new(0x0020, 0x9157);
    /// <summary>(0028,0002) Samples per Pixel, US.</summary>
    public static readonly DicomTag SamplesPerPixel = new(0x0028, 0x0002);
    /// <summary>(0028,0004) Photometric Interpretation, CS.</summary>
    public static readonly DicomTag PhotometricInterpretation = new(0x0028, 0x0004);
    /// <summary>(0028,0006) Planar Configuration, US.</summary>
    public static readonly DicomTag PlanarConfiguration = new(0x0028, 0x0006);
    /// <summary>(0028,0008) Number of Frames, IS.</summary>
    public static readonly DicomTag NumberOfFrames = new(0x0028, 0x0008);
    /// <summary>(0028,0010) Rows, US.</summary>
    public static readonly DicomTag Rows = new(0x0028, 0x0010);
    /// <summary>(0028,0011) Columns, US.</summary>
    public static readonly DicomTag Columns = new(0x0028, 0x0011);
    /// <summary>(0028,0030) Pixel Spacing, DS, mm, between rows then between columns.</summary>
    public static readonly DicomTag PixelSpacing = new(0x0028, 0x0030);
    /// <summary>(0028,0051) Corrected Image, CS.</summary>
    public static readonly DicomTag CorrectedImage = new(0x0028, 0x0051);
    /// <summary>(0028,0100) Bits Allocated, US.</summary>
    public static readonly DicomTag BitsAllocated = new(0x0028, 0x0100);
    /// <summary>(0028,0101) Bits Stored, US.</summary>
    public static readonly DicomTag BitsStored = new(0x0028, 0x0101);
    /// <summary>(0028,0102) High Bit, US.</summary>
    public static readonly DicomTag HighBit = new(0x0028, 0x0102);
    /// <summary>(0028,0103) Pixel Representation, US.</summary>
    public static readonly DicomTag PixelRepresentation = new(0x0028, 0x0103);
    /// <summary>(0028,0106) Smallest Image Pixel Value, US or SS.</summary>
    public static readonly DicomTag SmallestImagePixelValue = new(0x0028, 0x0106);
    /// <summary>(0028,0107) Largest Image Pixel Value, US or SS.</summary>
    public static readonly DicomTag LargestImagePixelValue = new(0x0028, 0x0107);
    /// <summary>(0028,0120) Pixel Padding Value, US or SS.</summary>
    public static readonly DicomTag PixelPaddingValue = new(0x0028, 0x0120);
    /// <summary>(0028,1050) Window Center, DS.</summary>
    public static readonly DicomTag WindowCenter = new(0x0028, 0x1050);
    /// <summary>(0028,1051) Window Width, DS.</summary>
    public static readonly DicomTag WindowWidth = new(0x0028, 0x1051);
    /// <summary>(0028,1052) Rescale Intercept, DS.</summary>
    public static readonly DicomTag RescaleIntercept = new(0x0028, 0x1052);
    /// <summary>(0028,1053) Rescale Slope, DS.</summary>
    public static readonly DicomTag RescaleSlope = new(0x0028, 0x1053);
    /// <summary>(0028,1054) Rescale Type, LO.</summary>
    public static readonly DicomTag RescaleType = new(0x0028, 0x1054);
    /// <summary>(0028,2110) Lossy Image Compression, CS.</summary>
    public static readonly DicomTag LossyImageCompression = new(0x0028, 0x2110);
    /// <summary>(0028,9110) Pixel Measures Sequence, SQ.</summary>
    public static readonly DicomTag PixelMeasuresSequence = new(0x0028, 0x9110);
    /// <summary>(0028,9145) Pixel Value Transformation Sequence, SQ.</summary>
    public static readonly DicomTag PixelValueTransformationSequence = new(0x0028, 0x9145);
    /// <summary>(0040,08EA) Measurement Units Code Sequence, SQ.</summary>
    public static readonly DicomTag MeasurementUnitsCodeSequence = new(0x0040, 0x08EA);
    /// <summary>(0040,9096) Real World Value Mapping Sequence, SQ.</summary>
    public static readonly DicomTag RealWorldValueMappingSequence = new(0x0040, 0x9096);
    /// <summary>(0040,9211) Real World Value Last Value Mapped, US or SS.</summary>
    public static readonly DicomTag RealWorldValueLastValueMapped = new(0x0040, 0x9211);
    /// <summary>(0040,9216) Real World Value First Value Mapped, US or SS.</summary>
    public static readonly DicomTag RealWorldValueFirstValueMapped = new(0x0040, 0x9216);
    /// <summary>(0040,9224) Real World Value Intercept, FD.</summary>
    public static readonly DicomTag RealWorldValueIntercept = new(0x0040, 0x9224);
    /// <summary>(0040,9225) Real World Value Slope, FD.</summary>
    public static readonly DicomTag RealWorldValueSlope = new(0x0040, 0x9225);
    /// <summary>(0040,A010) Relationship Type, CS.</summary>
    public static readonly DicomTag RelationshipType = new(0x0040, 0xA010);
    /// <summary>(0040,A040) Value Type, CS.</summary>
    public static readonly DicomTag ValueType = new(0x0040, 0xA040);
    /// <summary>(0040,A043) Concept Name Code Sequence, SQ.</summary>
    public static readonly DicomTag ConceptNameCodeSequence = new(0x0040, 0xA043);
    /// <summary>(0040,A050) Continuity Of Content, CS.</summary>
    public static readonly DicomTag ContinuityOfContent = new(0x0040, 0xA050);
    /// <summary>(0040,A160) Text Value, UT.</summary>
    public static readonly DicomTag TextValue = new(0x0040, 0xA160);
    /// <summary>(0040,A300) Measured Value Sequence, SQ.</summary>
    public static readonly DicomTag MeasuredValueSequence = new(0x0040, 0xA300);
    /// <summary>(0040,A30A) Numeric Value, DS.</summary>
    public static readonly DicomTag NumericValue = new(0x0040, 0xA30A);
    /// <summary>(0040,A491) Completion Flag, CS.</summary>
    public static readonly DicomTag CompletionFlag = new(0x0040, 0xA491);
    /// <summary>(0040,A493) Verification Flag, CS.</summary>
    public static readonly DicomTag VerificationFlag = new(0x0040, 0xA493);
    /// <summary>(0040,A504) Content Template Sequence, SQ.</summary>
    public static readonly DicomTag ContentTemplateSequence = new(0x0040, 0xA504);
    /// <summary>(0040,A730) Content Sequence, SQ.</summary>
    public static readonly DicomTag ContentSequence = new(0x0040, 0xA730);
    /// <summary>(0040,DB00) Template Identifier, CS.</summary>
    public static readonly DicomTag TemplateIdentifier = new(0x0040, 0xDB00);
    /// <summary>(0054,0016) Radiopharmaceutical Information Sequence, SQ.</summary>
    public static readonly DicomTag RadiopharmaceuticalInformationSequence = new(0x0054, 0x0016);
    /// <summary>(0054,0081) Number of Slices, US.</summary>
    public static readonly DicomTag NumberOfSlices = new(0x0054, 0x0081);
    /// <summary>(0054,0101) Number of Time Slices, US.</summary>
    public static readonly DicomTag NumberOfTimeSlices = new(0x0054, 0x0101);
    /// <summary>(0054,0300) Radionuclide Code Sequence, SQ.</summary>
    public static readonly DicomTag RadionuclideCodeSequence = new(0x0054, 0x0300);
    /// <summary>(0054,0304) Radiopharmaceutical Code Sequence, SQ.</summary>
    public static readonly DicomTag RadiopharmaceuticalCodeSequence = new(0x0054, 0x0304);
    /// <summary>(0054,1000) Series Type, CS.</summary>
    public static readonly DicomTag SeriesType = new(0x0054, 0x1000);
    /// <summary>(0054,1001) Units, CS.</summary>
    public static readonly DicomTag Units = new(0x0054, 0x1001);
    /// <summary>(0054,1002) Counts Source, CS.</summary>
    public static readonly DicomTag CountsSource = new(0x0054, 0x1002);
    /// <summary>(0054,1004) Reprojection Method, CS.</summary>
    public static readonly DicomTag ReprojectionMethod = new(0x0054, 0x1004);
    /// <summary>(0054,1006) SUV Type, CS.</summary>
    public static readonly DicomTag SUVType = new(0x0054, 0x1006);
    /// <summary>(0054,1100) Randoms Correction Method, CS.</summary>
    public static readonly DicomTag RandomsCorrectionMethod = new(0x0054, 0x1100);
    /// <summary>(0054,1101) Attenuation Correction Method, LO.</summary>
    public static readonly DicomTag AttenuationCorrectionMethod = new(0x0054, 0x1101);
    /// <summary>(0054,1102) Decay Correction, CS.</summary>
    public static readonly DicomTag DecayCorrection = new(0x0054, 0x1102);
    /// <summary>(0054,1103) Reconstruction Method, LO.</summary>
    public static readonly DicomTag ReconstructionMethod = new(0x0054, 0x1103);
    /// <summary>(0054,1105) Scatter Correction Method, LO.</summary>
    public static readonly DicomTag ScatterCorrectionMethod = new(0x0054, 0x1105);
    /// <summary>(0054,1300) Frame Reference Time, DS, ms.</summary>
    public static readonly DicomTag FrameReferenceTime = new(0x0054, 0x1300);
    /// <summary>(0054,1321) Decay Factor, DS.</summary>
    public static readonly DicomTag DecayFactor = new(0x0054, 0x1321);
    /// <summary>(0054,1322) Dose Calibration Factor, DS.</summary>
    public static readonly DicomTag DoseCalibrationFactor = new(0x0054, 0x1322);
    /// <summary>(0054,1330) Image Index, US.</summary>
    public static readonly DicomTag ImageIndex = new(0x0054, 0x1330);
    /// <summary>(0062,0001) Segmentation Type, CS.</summary>
    public static readonly DicomTag SegmentationType = new(0x0062, 0x0001);
    /// <summary>(0062,0002) Segment Sequence, SQ.</summary>
    public static readonly DicomTag SegmentSequence = new(0x0062, 0x0002);
    /// <summary>(0062,0003) Segmented Property Category Code Sequence, SQ.</summary>
    public static readonly DicomTag SegmentedPropertyCategoryCodeSequence = new(0x0062, 0x0003);
    /// <summary>(0062,0004) Segment Number, US.</summary>
    public static readonly DicomTag SegmentNumber = new(0x0062, 0x0004);
    /// <summary>(0062,0005) Segment Label, LO.</summary>
    public static readonly DicomTag SegmentLabel = new(0x0062, 0x0005);
    /// <summary>(0062,0006) Segment Description, ST.</summary>
    public static readonly DicomTag SegmentDescription = new(0x0062, 0x0006);
    /// <summary>(0062,0008) Segment Algorithm Type, CS.</summary>
    public static readonly DicomTag SegmentAlgorithmType = new(0x0062, 0x0008);
    /// <summary>(0062,0009) Segment Algorithm Name, LO.</summary>
    public static readonly DicomTag SegmentAlgorithmName = new(0x0062, 0x0009);
    /// <summary>(0062,000A) Segment Identification Sequence, SQ.</summary>
    public static readonly DicomTag SegmentIdentificationSequence = new(0x0062, 0x000A);
    /// <summary>(0062,000B) Referenced Segment Number, US.</summary>
    public static readonly DicomTag ReferencedSegmentNumber = new(0x0062, 0x000B);
    /// <summary>(0062,000E) Maximum Fractional Value, US.</summary>
    public static readonly DicomTag MaximumFractionalValue = new(0x0062, 0x000E);
    /// <summary>(0062,000F) Segmented Property Type Code Sequence, SQ.</summary>
    public static readonly DicomTag SegmentedPropertyTypeCodeSequence = new(0x0062, 0x000F);
    /// <summary>(0062,0010) Segmentation Fractional Type, CS.</summary>
    public static readonly DicomTag SegmentationFractionalType = new(0x0062, 0x0010);
    /// <summary>(0062,0013) Segments Overlap, CS.</summary>
    public static readonly DicomTag SegmentsOverlap = new(0x0062, 0x0013);
    /// <summary>(3006,0002) Structure Set Label, SH.</summary>
    public static readonly DicomTag StructureSetLabel = new(0x3006, 0x0002);
    /// <summary>(3006,0016) Contour Image Sequence, SQ.</summary>
    public static readonly DicomTag ContourImageSequence = new(0x3006, 0x0016);
    /// <summary>(3006,0020) Structure Set ROI Sequence, SQ.</summary>
    public static readonly DicomTag StructureSetROISequence = new(0x3006, 0x0020);
    /// <summary>(3006,0022) ROI Number, IS.</summary>
    public static readonly DicomTag ROINumber = new(0x3006, 0x0022);
    /// <summary>(3006,0024) Referenced Frame of Reference UID, UI.</summary>
    public static readonly DicomTag ReferencedFrameOfReferenceUID = new(0x3006, 0x0024);
    /// <summary>(3006,0026) ROI Name, LO.</summary>
    public static readonly DicomTag ROIName = new(0x3006, 0x0026);
    /// <summary>(3006,0028) ROI Description, ST.</summary>
    public static readonly DicomTag ROIDescription = new(0x3006, 0x0028);
    /// <summary>(3006,0039) ROI Contour Sequence, SQ.</summary>
    public static readonly DicomTag ROIContourSequence = new(0x3006, 0x0039);
    /// <summary>(3006,0040) Contour Sequence, SQ.</summary>
    public static readonly DicomTag ContourSequence = new(0x3006, 0x0040);
    /// <summary>(3006,0042) Contour Geometric Type, CS.</summary>
    public static readonly DicomTag ContourGeometricType = new(0x3006, 0x0042);
    /// <summary>(3006,0046) Number of Contour Points, IS.</summary>
    public static readonly DicomTag NumberOfContourPoints = new(0x3006, 0x0046);
    /// <summary>(3006,0050) Contour Data, DS.</summary>
    public static readonly DicomTag ContourData = new(0x3006, 0x0050);
    /// <summary>(3006,0084) Referenced ROI Number, IS.</summary>
    public static readonly DicomTag ReferencedROINumber = new(0x3006, 0x0084);
    /// <summary>(5200,9229) Shared Functional Groups Sequence, SQ.</summary>
    public static readonly DicomTag SharedFunctionalGroupsSequence = new(0x5200, 0x9229);
    /// <summary>(5200,9230) Per-frame Functional Groups Sequence, SQ.</summary>
    public static readonly DicomTag PerFrameFunctionalGroupsSequence = new(0x5200, 0x9230);
    /// <summary>(7FE0,0001) Extended Offset Table, OV.</summary>
    public static readonly DicomTag ExtendedOffsetTable = new(0x7FE0, 0x0001);
    /// <summary>(7FE0,0002) Extended Offset Table Lengths, OV.</summary>
    public static readonly DicomTag ExtendedOffsetTableLengths = new(0x7FE0, 0x0002);
    /// <summary>(7FE0,0008) Float Pixel Data, OF.</summary>
    public static readonly DicomTag FloatPixelData = new(0x7FE0, 0x0008);
    /// <summary>(7FE0,0009) Double Float Pixel Data, OD.</summary>
    public static readonly DicomTag DoubleFloatPixelData = new(0x7FE0, 0x0009);
    /// <summary>(7FE0,0010) Pixel Data, OB or OW.</summary>
    public static readonly DicomTag PixelData = new(0x7FE0, 0x0010);
}
