using Federated.Imaging.Dicom;

namespace Federated.Imaging.Pet;

/// <summary>When the tracer was given, on the clock of the reference instant.</summary>
internal static class AdministrationTime
{
    /// <summary>A longer-lived tracer may be imaged a day later or more, so its date cannot be rebuilt from a time of day.</summary>
    private const double LongestRebuiltHalfLife = 41_400;

    private const double ToleratedLead = -3600;

    /// <summary>The date-time as it stands when plausible, else its time of day on the reference's date or the day before.</summary>
    public static DateTime Find(PetHeader header, DateTime reference, double halfLife, ICollection<SuvAdaptation> adaptations)
    {
        if (header.AdministrationDateTime is { } stated)
        {
            double uptake = (reference - stated).TotalSeconds;
            if (uptake >= ToleratedLead && uptake < 2 * halfLife) return stated;
        }
        TimeSpan? timeOfDay = header.AdministrationDateTime?.TimeOfDay ?? header.AdministrationTime;
        if (timeOfDay is not { } time)
            throw new SuvException($"{DicomTag.RadiopharmaceuticalStartDateTime.Describe()} and {DicomTag.RadiopharmaceuticalStartTime.Describe()} are missing: complete the time of injection at the source");
        if (halfLife >= LongestRebuiltHalfLife)
            throw new SuvException($"the date of injection is missing or implausible and cannot be rebuilt for a half-life of {halfLife} s: complete {DicomTag.RadiopharmaceuticalStartDateTime.Describe()} at the source");
        DateTime given = PetSlice.After(reference.Date, time);
        if ((reference - given).TotalSeconds < ToleratedLead) given = PetSlice.After(given, TimeSpan.FromDays(-1));
        adaptations.Add(new SuvAdaptation(
            header.AdministrationDateTime is null ? "date of injection taken from the reference instant" : "implausible date of injection replaced by that of the reference instant",
            header.AdministrationDateTime is null ? DicomTag.RadiopharmaceuticalStartTime.Describe() : DicomTag.RadiopharmaceuticalStartDateTime.Describe(),
            header.AdministrationDateTime is { } old ? DicomValueText.Format(old) : DicomValueText.Format(time), DicomValueText.Format(given)));
        return given;
    }
}
