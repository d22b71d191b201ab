using static Federated.Imaging.Response.ResponseVerdict;

namespace Federated.Imaging.Response;

/// <summary>
/// Reduction of SUVmax between the hottest lesions of two scans (Lin 2007, J Nucl Med 48:1626). In diffuse large B-cell lymphoma it is good beyond 66 % after two cycles and beyond 70 % after
/// four (Casasnovas 2011, Blood 118:37); for anything else the study names its limit.
/// </summary>
public static class DeltaSuvMax
{
    /// <summary>The verdict, good or poor; its change is the reduction in per cent.</summary>
    /// <param name="baseline">SUVmax before therapy; not a number: not measured.</param>
    /// <param name="followUp">SUVmax at follow-up; where nothing is left, measured where the lesion was.</param>
    /// <param name="cycles">Cycles between; null: not stated.</param>
    /// <param name="limit">Reduction in per cent that must be exceeded; null: by the cycles.</param>
    public static ResponseVerdict Assess(double baseline, double followUp, int? cycles, double? limit = null)
    {
        if (!(baseline > 0)) return NotAssessable("SUVmax of the baseline is not measured");
        if (double.IsNaN(followUp)) return NotAssessable("SUVmax of the follow-up is not measured: where nothing is left, draw the place of the lesion");
        double reduction = 100 * (baseline - followUp) / baseline;
        string moved = $"SUVmax {Text(baseline)} to {Text(followUp)}, reduced by {Text(reduction)} %";
        return (limit ?? cycles switch { 2 => 66.0, 4 => 70.0, _ => null }) is { } needed
            ? new ResponseVerdict(Above(reduction, needed) ? "good" : "poor", Above(reduction, needed), reduction, $"{moved}; limit {Text(needed)} %")
            : NotAssessable($"{moved}: limits are published for 2 and 4 cycles; state cycles or a limit", reduction);
    }
}
