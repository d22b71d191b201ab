using static Federated.Imaging.Response.ResponseVerdict;

namespace Federated.Imaging.Response;

/// <summary>What PERCIST looks at in one scan; not a number: not measured.</summary>
/// <param name="Peak">SULpeak of the hottest lesion: highest mean of 1 ml, in SUV by lean body mass.</param>
/// <param name="LiverMean">SULmean of normal liver (a sphere of 3 cm in the right lobe).</param>
/// <param name="LiverDeviation">Standard deviation there.</param>
/// <param name="BloodMean">SULmean of the descending aorta.</param>
/// <param name="BloodDeviation">Standard deviation there.</param>
/// <param name="Glycolysis">Total lesion glycolysis.</param>
public sealed record PercistScan(double Peak, double LiverMean, double LiverDeviation, double BloodMean, double BloodDeviation, double Glycolysis);

/// <summary>
/// PET Response Criteria in Solid Tumors 1.0 (Wahl, Jacene, Kasamon, Lodge 2009, J Nucl Med 50 Suppl 1:122S). Where the paper leaves a limit open: a decrease of exactly 30 % and 0.8 is a
/// response, an increase must exceed 30 % and 0.8; the hottest lesions of both scans are compared, which need not be the same; "indistinguishable from blood pool" is a peak of at most its mean
/// + 2 standard deviations, or a reader's word; a reader's word on new lesions is needed, since no region can say that there are none.
/// </summary>
public static class Percist
{
    /// <summary>Uptake from which a lesion is measurable; not a number where the reference is not measured.</summary>
    /// <param name="scan">The baseline scan.</param>
    /// <param name="liverDiseased">Use blood pool: 2.0 x mean + 2 SD, in place of liver: 1.5 x mean + 2 SD.</param>
    public static double Measurable(PercistScan scan, bool liverDiseased) =>
        liverDiseased ? 2.0 * scan.BloodMean + 2 * scan.BloodDeviation : Regions.ThresholdRegions.PercistTargetThreshold(scan.LiverMean, scan.LiverDeviation);

    /// <summary>Whether two scans may be compared: means of the reference within 20 % of the first and less than 0.3 SUL apart.</summary>
    public static bool Comparable(double first, double second) => !Above(Math.Abs(PerCent(first, second)), 20) && Math.Abs(second - first) < 0.3;

    /// <summary>The response; its change is that of SULpeak in per cent.</summary>
    public static ResponseVerdict Assess(PercistScan baseline, PercistScan followUp, ReaderFindings reader)
    {
        bool blood = reader.LiverDiseased == true;
        string reference = blood ? "blood pool" : "liver";
        (double first, double second) = blood ? (baseline.BloodMean, followUp.BloodMean) : (baseline.LiverMean, followUp.LiverMean);
        double measurable = Measurable(baseline, blood), change = PerCent(baseline.Peak, followUp.Peak);
        if (double.IsNaN(baseline.Peak)) return NotAssessable("SULpeak of the baseline is not measured");
        if (double.IsNaN(measurable) || double.IsNaN(second)) return NotAssessable($"{reference} is not measured in both scans: draw it, or state liver-diseased and draw the aorta", change);
        if (!AtLeast(baseline.Peak, measurable)) return NotAssessable($"the target is not measurable: SULpeak {Text(baseline.Peak)} is below {Text(measurable)} of {reference}", change);
        if (!Comparable(first, second)) return NotAssessable($"the scans are not comparable: SULmean of {reference} was {Text(first)} and is {Text(second)}, further apart than 20 % or 0.3", change);
        if (reader.NewLesions is not { } isNew) return NotAssessable("whether there are new lesions is not stated", change);
        if (isNew) return Progressive(change, "new lesions");
        if (reader.Progression == true) return Progressive(change, "extent or other lesions grew");
        if (double.IsNaN(followUp.Peak))
            return reader.Resolved == true ? Complete(change, "no uptake is left to be measured") : NotAssessable("SULpeak of the follow-up is not measured, and resolved is not stated");
        if (reader.Resolved ?? IsAtBloodPool(followUp, blood))
            return Complete(change, reader.Resolved == true ? "resolved, as the reader stated" : $"SULpeak {Text(followUp.Peak)} is not above blood pool{(blood ? "" : " and below liver")}");
        string moved = $"SULpeak {Text(baseline.Peak)} to {Text(followUp.Peak)}, {Text(change)} %";
        if (Above(change, 30) && Above(followUp.Peak - baseline.Peak, 0.8)) return Progressive(change, moved);
        double glycolysis = PerCent(baseline.Glycolysis, followUp.Glycolysis);
        if (Above(glycolysis, 75) && AtLeast(followUp.Peak, baseline.Peak)) return Progressive(change, $"TLG +{Text(glycolysis)} % without decline of SULpeak");
        return AtLeast(-change, 30) && AtLeast(baseline.Peak - followUp.Peak, 0.8) ? Partial(change, moved) : Stable(change, moved);
    }

    private static bool IsAtBloodPool(PercistScan scan, bool liverDiseased) =>
        (liverDiseased || scan.Peak < scan.LiverMean) && scan.Peak <= scan.BloodMean + 2 * scan.BloodDeviation;
}
