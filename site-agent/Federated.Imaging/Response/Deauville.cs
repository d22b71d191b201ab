using static Federated.Imaging.Response.ResponseVerdict;

namespace Federated.Imaging.Response;

/// <summary>
/// The Deauville five-point scale (Barrington 2014, J Clin Oncol 32:3048): 1 no uptake, 2 up to the mediastinum, 3 up to the liver, 4 above the liver, 5 two to three times the liver or new
/// lesions. The paper compares 4 and 5 with the maximum in a large region of liver; here every step compares SUVmax with SUVmax, and 5 begins at twice the liver unless told otherwise.
/// </summary>
public static class Deauville
{
    /// <summary>Scores 1 to 3 are a complete metabolic response.</summary>
    public const int Complete = 3;

    /// <summary>The score; its change is SUVmax over SUVmax of the liver.</summary>
    /// <param name="uptake">SUVmax of what is left; not a number: not measured.</param>
    /// <param name="liver">SUVmax of the liver.</param>
    /// <param name="mediastinum">SUVmax of the mediastinal blood pool.</param>
    /// <param name="reader">What was seen; resolved is score 1.</param>
    /// <param name="markedly">Times the liver above which uptake is marked: 2 to 3.</param>
    public static ResponseVerdict Score(double uptake, double liver, double mediastinum, ReaderFindings reader, double markedly = 2)
    {
        if (markedly is not (>= 2 and <= 3)) throw new ArgumentOutOfRangeException(nameof(markedly), markedly, "marked uptake begins at 2 to 3 times the liver");
        double ratio = uptake / liver;
        if (reader.NewLesions == true) return Of(5, ratio, "new lesions");
        if (uptake > markedly * liver) return Of(5, ratio, $"SUVmax {Text(uptake)} is above {Text(markedly)} times liver {Text(liver)}");
        if (reader.NewLesions is null) return NotAssessable("whether there are new lesions is not stated", ratio);
        if (reader.Resolved == true) return Of(1, ratio, "no uptake, as the reader stated");
        if (double.IsNaN(uptake)) return NotAssessable("SUVmax is not measured, and resolved is not stated");
        if (double.IsNaN(liver)) return NotAssessable("liver is not measured: draw it");
        if (uptake > liver && !(uptake <= mediastinum)) return Of(4, ratio, $"SUVmax {Text(uptake)} is above liver {Text(liver)}");
        if (double.IsNaN(mediastinum)) return NotAssessable("2 or 3: the mediastinum is not measured: draw it", ratio);
        return uptake <= mediastinum ? Of(2, ratio, $"SUVmax {Text(uptake)} is not above mediastinum {Text(mediastinum)}") : Of(3, ratio, $"SUVmax {Text(uptake)} is not above liver {Text(liver)}");
    }

    private static ResponseVerdict Of(int score, double ratio, string reason) => new(score.ToString(System.Globalization.CultureInfo.InvariantCulture), score <= Complete, ratio, reason);
}
