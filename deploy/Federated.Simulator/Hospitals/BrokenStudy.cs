using Federated.Imaging.Dicom;

namespace Federated.Simulator.Hospitals;

/// <summary>A way in which studies reach hospitals broken, and words of the reason for which they must be refused.</summary>
/// <param name="Name">What is wrong.</param>
/// <param name="Site">Hospital that has one.</param>
/// <param name="Scanner">Its scanner.</param>
/// <param name="Reason">Words that the refusal must hold.</param>
/// <param name="Break">Breaks the slices and the region, in place.</param>
public sealed record BrokenStudy(string Name, string Site, string Scanner, string Reason, Action<List<DicomDataset>, DicomDataset> Break)
{
    /// <summary>Bytes that the last slice's file loses; 0: none.</summary>
    public int BytesLost { get; init; }

    /// <summary>One of each kind, at least one at every hospital.</summary>
    public static IReadOnlyList<BrokenStudy> All { get; } =
    [
        new("weight not entered", "aalborg", "biograph-vision", "PatientWeight", EverySlice(s => s.Remove(DicomTag.PatientWeight))),
        new("slice lost on the way", "aalborg", "biograph-mct", "a slice is missing", (slices, _) => slices.RemoveAt(slices.Count / 2)),
        new("time of injection erased", "bologna", "discovery-690", "time of injection", EverySlice(s => s.GetSequence(DicomTag.RadiopharmaceuticalInformationSequence).Items[0]
            .Remove(DicomTag.RadiopharmaceuticalStartDateTime).Remove(DicomTag.RadiopharmaceuticalStartTime))),
        new("drawn on another image", "bologna", "discovery-mi", "another frame of reference", (_, region) =>
        {
            DicomUID other = DicomUID.FromName("another image");
            if (region.Contains(DicomTag.FrameOfReferenceUID)) region.AddOrUpdate(DicomTag.FrameOfReferenceUID, other);
            if (region.TryGetSequence(DicomTag.StructureSetROISequence, out DicomSequence? structures))
                foreach (DicomDataset structure in structures.Items) structure.AddOrUpdate(DicomTag.ReferencedFrameOfReferenceUID, other);
        }),
        new("private elements stripped", "coimbra", "gemini-tf", "neither Philips factor", EverySlice(s =>
        {
            foreach (DicomItem item in s.Where(i => i.Tag.IsPrivate).ToArray()) s.Remove(item.Tag);
        })),
        new("file cut short", "coimbra", "mobile-unit", "bytes", (_, _) => { }) { BytesLost = 900 },
        new("counts that are not quantitative", "dresden", "vereos", "PROPCNTS", EverySlice(s => s.AddOrUpdate(DicomTag.Units, "PROPCNTS"))),
        new("dose written as zero", "dresden", "ingenuity-tf", "RadionuclideTotalDose", EverySlice(s =>
            s.GetSequence(DicomTag.RadiopharmaceuticalInformationSequence).Items[0].AddOrUpdate(DicomTag.RadionuclideTotalDose, 0.0))),
        new("not corrected for attenuation", "evora", "discovery-st", "lacks ATTN", EverySlice(s => s.AddOrUpdate(DicomTag.CorrectedImage, "NORM", "DTIM", "DECY"))),
    ];

    private static Action<List<DicomDataset>, DicomDataset> EverySlice(Action<DicomDataset> spoil) => (slices, _) => slices.ForEach(spoil);
}
