namespace Federated.Imaging.Measurement;

/// <summary>What the scanner's phantoms correct before a scan is measured.</summary>
/// <param name="Standard">EARL1 or EARL2: the standard that the scanner's filter brings it to; null: the calibration factor alone.</param>
/// <param name="ExcludesOthers">Whether a scan without a calibration that holds on its day is left out; otherwise it is measured as far as one goes, and flagged.</param>
public sealed record CalibrationRule(string? Standard, bool ExcludesOthers)
{
    /// <summary>As it stands in the names of features.</summary>
    public string Word => Standard switch { "EARL1" => "_earl1", "EARL2" => "_earl2", _ => "_cal" };

    internal static CalibrationRule Of(CalibrationDocument calibration, ImageModality modality, double filter)
    {
        if (modality != ImageModality.PT) throw new MeasurementException($"calibration speaks of phantoms of PET, and this is {modality}: remove calibration");
        string? standard = MeasurementProtocol.Word<string?>(calibration.Target, "calibration target", ("earl1", "EARL1"), ("earl2", "EARL2"), ("none", null));
        if (standard is not null && filter > 0)
            throw new MeasurementException($"calibration target {calibration.Target} blurs each scanner by its own filter, and filter blurs all alike: keep one of them");
        return new CalibrationRule(standard, MeasurementProtocol.Word(calibration.Without, "calibration without", ("exclude", true), ("flag", false)));
    }
}
