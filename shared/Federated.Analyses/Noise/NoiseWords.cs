using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Federated.Analyses.Study;

namespace Federated.Analyses.Noise;

/// <summary>What the manifest says of differential privacy: what holds, for whom, against whom, and what it costs.</summary>
internal static class NoiseWords
{
    private static readonly ImmutableArray<int> Examples = [3, 5, 10, 20];

    public static void Write(TextPage page, NoiseTerms noise, ImmutableArray<DeclaredAnalysis> analyses)
    {
        DifferentialTerms terms = noise.Terms;
        page.Bullet(
            $"Differential privacy: epsilon {Number(terms.Epsilon)} for one PATIENT of a hospital over this whole study, except with probability {Number(terms.Delta)} (delta). Whatever somebody knows, what the study's sums tell them "
            + $"makes it at most {Number(Math.Exp(terms.Epsilon), "0.#")} times as likely or unlikely that a certain patient is among the patients. Patients with scans at several hospitals are protected at each of them.");
        page.Bullet(
            $"Your hospital shortens each patient's part, adds the noise itself before anything leaves, and answers at most {noise.Releases.ToString("N0", CultureInfo.InvariantCulture)} sums of this study "
            + $"({terms.Repeats} of them in case a step fails). Your hospital's own ledger adds up what all such studies of the same patients spent, and refuses at your cap.");
        page.Bullet(!noise.Masked
            ? "Your hospital's own noise hides its patients by itself: the promise holds against the coordinator and against all other hospitals."
            : $"The sum over hospitals has the noise promised even if as many fall silent as the masking survives, and {terms.Colluding} of those that answer tell{(terms.Colluding == 1 ? "s" : "")} others their own noise. "
              + "If more side together, or with the coordinator, less noise is left than promised: with k beyond that number of s hospitals counted on, epsilon grows by about the square root of s / (s - k).");
        page.Bullet("Not covered: whether your hospital takes part, declines a step, or has too few patients for one; and results of other studies without noise.");
        page.Bullet("What it costs. With few hospitals the noise is large compared to what is measured. Predicted standard deviation of the noise in each number of a sum:");
        foreach (DeclaredAnalysis analysis in analyses)
        {
            foreach (StepDeclaration step in analysis.Steps.Where(s => s.PatientBound is not null))
            {
                page.Bullet(
                    $"{analysis.Specification.Id}, {step.Name}: " + string.Join(", ", Examples.Select(n => $"{Number(noise.InSum(step.PatientBound!.Value, n), "0.##")} with {n} hospitals"))
                    + $"; one patient adds at most {Number(step.PatientBound!.Value, "0.###")}. A mean over 200 patients in all then is off by about {Number(noise.InSum(step.PatientBound!.Value, 5) / 200, "0.####")} (5 hospitals), over 5,000 by {Number(noise.InSum(step.PatientBound!.Value, 5) / 5000, "0.####")}, "
                    + "in parts of half the distance between the bounds.",
                    4);
            }
        }

        page.Bullet("Results state, beside every number, how far the noise moves it. Harmonization (combat) is not offered with noise: for 3 to 20 hospitals it would be destroyed.");
    }

    public static JsonObject? Document(StudyPlan plan, ImmutableArray<DeclaredAnalysis> analyses) => NoiseTerms.Of(plan) is not { } noise ? null : new JsonObject
    {
        ["epsilon"] = noise.Terms.Epsilon,
        ["delta"] = noise.Terms.Delta,
        ["unit"] = "patient",
        ["over"] = "the whole study",
        ["clip"] = noise.Terms.Clip,
        ["sums"] = noise.Releases,
        ["noise-multiplier"] = Math.Round(noise.Multiplier, 6),
        ["colluding"] = noise.Terms.Colluding,
        ["predicted-noise"] = new JsonArray([.. analyses.SelectMany(a => a.Steps.Where(s => s.PatientBound is not null).Select(s => (JsonNode)new JsonObject
        {
            ["analysis"] = a.Specification.Id,
            ["step"] = s.Name,
            ["patient-bound"] = Math.Round(s.PatientBound!.Value, 6),
            ["standard-deviation"] = new JsonArray([.. Examples.Select(n => (JsonNode)new JsonObject { ["hospitals"] = n, ["of-each-number"] = Math.Round(noise.InSum(s.PatientBound!.Value, n), 3) })]),
        }))]),
    };

    private static string Number(double value, string format = "G3") => value.ToString(format, CultureInfo.InvariantCulture);
}
