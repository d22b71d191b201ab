using static Federated.Imaging.Response.ResponseVerdict;

namespace Federated.Imaging.Response;

/// <summary>
/// The recommendations of the EORTC PET study group (Young 1999, Eur J Cancer 35:1773): progression above +25 %, response from -15 % after one cycle and beyond -25 % after more. What they leave
/// open: decreases from 15 to 25 % after more than one cycle are stable; without the number of cycles, these alone are not assessed.
/// </summary>
public static class Eortc1999
{
    /// <summary>The response; its change is that of uptake in per cent.</summary>
    /// <param name="baseline">Uptake of the tumour before therapy; not a number: not measured.</param>
    /// <param name="followUp">Uptake at follow-up.</param>
    /// <param name="reader">What was seen.</param>
    public static ResponseVerdict Assess(double baseline, double followUp, ReaderFindings reader)
    {
        double change = PerCent(baseline, followUp);
        if (!(baseline > 0)) return NotAssessable("uptake of the baseline is not measured");
        if (reader.NewLesions is not { } isNew) return NotAssessable("whether there are new lesions is not stated", change);
        if (isNew) return Progressive(change, "new lesions");
        if (reader.Progression == true) return Progressive(change, "extent grew by more than 20 %");
        if (reader.Resolved == true) return Complete(change, "resolved, as the reader stated");
        if (double.IsNaN(followUp)) return NotAssessable("uptake of the follow-up is not measured, and resolved is not stated");
        string moved = $"{Text(baseline)} to {Text(followUp)}, {Text(change)} %";
        if (Above(change, 25)) return Progressive(change, moved);
        if (Above(-change, 25)) return Partial(change, moved);
        if (!AtLeast(-change, 15)) return Stable(change, moved);
        return reader.Cycles switch
        {
            1 => Partial(change, moved + " after one cycle"),
            > 1 => Stable(change, moved + " after more than one cycle"),
            _ => NotAssessable($"{moved}: a response after one cycle, none after more; state cycles", change),
        };
    }
}
