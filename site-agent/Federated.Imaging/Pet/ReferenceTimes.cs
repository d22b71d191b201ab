namespace Federated.Imaging.Pet;

/// <summary>Every instant to which a series' activity may have been decay corrected, in the order in which the IBSI-SUV rules ask for them.</summary>
internal static class ReferenceTimes
{
    /// <summary>The candidates that the headers allow; the first is the one to use.</summary>
    public static List<(ReferenceTimeRule Rule, DateTime Instant)> Candidates(PetHeader header, IReadOnlyList<PetSlice> slices, double decayConstant)
    {
        List<(ReferenceTimeRule, DateTime)> candidates = [];
        if (header.DecayCorrectionDateTime is { } stated) candidates.Add((ReferenceTimeRule.DecayCorrectionDateTime, stated));
        DateTime[] privates = [.. slices.Where(s => s.PrivateDecayTime is not null).Select(s => s.PrivateDecayTime!.Value).Distinct()];
        if (privates.Length > 1) throw new SuvException($"the vendor's private decay time has {privates.Length} values in one series: give one acquisition at a time");
        if (privates.Length == 1) candidates.Add((ReferenceTimeRule.PrivateDateTime, privates[0]));
        // Where every slice carries the start of the whole acquisition, FrameReferenceTime alone tells which frame was the first.
        PetSlice? first = slices.Where(s => s.Acquired is not null).OrderBy(s => s.Acquired).ThenBy(s => s.FrameReferenceSeconds ?? double.MaxValue).FirstOrDefault();
        if (first?.Acquired is not { } acquired)
        {
            if (header.SeriesStart is { } only) candidates.Add((ReferenceTimeRule.SeriesTime, only));
            return candidates;
        }
        if (header.SeriesStart == acquired) candidates.Add((ReferenceTimeRule.AcquisitionEqualsSeries, acquired));
        if (first.FrameReferenceSeconds is { } reference)
        {
            if (header.IsGe) candidates.Add((ReferenceTimeRule.FrameStart, PetSlice.After(acquired, -reference)));
            else if (first.FrameSeconds is > 0 and double length)
                candidates.Add((ReferenceTimeRule.AverageCountRate, PetSlice.After(acquired, AverageCountRateTime(decayConstant, length) - reference)));
        }
        // START is the start of acquisition (PS3.3, C.8.9.1). A SeriesTime after it was rewritten by processing, and a FrameReferenceTime that is written as 0 places the first frame at the start.
        if (!header.IsGe && first.FrameReferenceSeconds is null && first.StatesNoOffset && header.SeriesStart > acquired) candidates.Add((ReferenceTimeRule.StatedStart, acquired));
        if (header.SeriesStart is { } series) candidates.Add((ReferenceTimeRule.SeriesTime, series));
        candidates.Add((ReferenceTimeRule.FirstAcquisition, acquired));
        return candidates;
    }

    /// <summary>Seconds after the start of a frame at which the decaying rate equals its mean over the frame: ln(lT / (1 - exp(-lT))) / l.</summary>
    public static double AverageCountRateTime(double decayConstant, double frameSeconds) => Math.Log(FrameDecay(decayConstant, frameSeconds)) / decayConstant;

    /// <summary>Rate at the start of a frame divided by its mean over the frame: lT / (1 - exp(-lT)).</summary>
    public static double FrameDecay(double decayConstant, double frameSeconds)
    {
        double x = decayConstant * frameSeconds;
        return x < 1e-5 ? 1 + x / 2 : x / (1 - Math.Exp(-x)); // The series avoids cancellation for short frames of long-lived tracers.
    }
}
