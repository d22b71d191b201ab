using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Federated.Models;

/// <summary>What a reader must know of a model before using it, after Mitchell et al. 2019 (Model cards for model reporting), as Markdown.</summary>
public static class ModelCard
{
    /// <summary>The card.</summary>
    /// <param name="model">The model.</param>
    /// <param name="resultJson">The result it came from.</param>
    /// <param name="purpose">The study's purpose, as its plan says it; empty = it says none.</param>
    public static string Write(TrainedModel model, string resultJson, string purpose)
    {
        JsonNode result = JsonNode.Parse(resultJson)!;
        var card = new StringBuilder();
        card.Append(CultureInfo.InvariantCulture, $"# Model {Text(result["analysis"])} of study {Text(result["study"])}\n\n");
        card.Append(CultureInfo.InvariantCulture, $"Plan SHA-256 `{Text(result["plan"])}`, coordinator {Text(result["versions"]?["coordinator"])}.\n\n");
        card.Append("## What it is\n");
        card.Append(CultureInfo.InvariantCulture, $"{(model.Layers.Length == 1 ? "A logistic model" : $"A multilayer perceptron with {string.Join(", ", model.Layers.SkipLast(1).Select(l => l.Units))} hidden units")} of {model.Inputs.Length} inputs. Its output is the log odds and the probability of the event{(result["event"] is { } e ? $" ({Text(e)})" : "")}{(result["outcome"] is { } o ? $" of {Text(o)}" : "")}.\n\n");
        card.Append("| input | centre | divided by |\n|---|---|---|\n");
        for (int i = 0; i < model.Inputs.Length; i++) card.Append(CultureInfo.InvariantCulture, $"| {model.Inputs[i].Replace("|", "\\|", StringComparison.Ordinal)} | {model.Centre[i]:G6} | {model.Deviation[i]:G6} |\n");
        card.Append("\n## Data\n");
        card.Append(CultureInfo.InvariantCulture, $"About {Rounded((double?)result["n"])} rows at {Hospitals(result)} hospitals; {(long?)(double?)result["missing"] ?? 0} left out for a missing value. Rows and images stayed at the hospitals.\n\n");
        card.Append("## Validation\n");
        card.Append(Validation(result));
        card.Append("\n## Intended use\n");
        card.Append(purpose.Length > 0 ? purpose.Trim() + "\n\n" : "The study's plan states no purpose.\n\n");
        card.Append("Research only. It is no medical device, and no decision about a patient may rest on it alone.\n\n");
        card.Append("## Limits\n");
        card.Append("- It speaks of patients like those of the study: other scanners, protocols, populations or treatments need a validation of their own.\n");
        card.Append("- Inputs must be measured under the study's measurement protocol. Harmonized inputs must be harmonized with the study's estimates for the scanner; a new scanner needs its own.\n");
        card.Append("- Where an input lies far outside what the study saw (several times its divisor from its centre), the output is an extrapolation.\n\n");
        card.Append("## Evidence\n");
        card.Append(Evidence(result));
        return card.ToString();
    }

    private static string Validation(JsonNode result)
    {
        var text = new StringBuilder();
        if (result["validation"] is JsonObject validation && validation["auc"] is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"On {Number(validation["n"])} rows kept from training: AUC {Number(validation["auc"])} (at most {Number(validation["auc_error"])} off by binning), mean loss {Number(validation["loss"])}.\n");
        }
        else if (result["validation"] is JsonObject parts)
        {
            foreach ((string name, string words) in ((string, string)[])[("apparent", "On the rows it was fitted to"), ("folds", "Cross-validated"), ("leave_one_site_out", "On hospitals left out in turn")])
            {
                if (parts[name] is JsonObject part)
                    text.Append(CultureInfo.InvariantCulture, $"- {words}: AUC {Number(part["auc"])}, calibration slope {Number(part["calibration_slope"])}, intercept {Number(part["calibration_intercept"])}, Brier score {Number(part["brier"])}.\n");
            }
        }

        return text.Length > 0 ? text.ToString() : "None: the plan asked for no validation, so how it does on other patients is not known.\n";
    }

    // What the study itself can show; nothing here is a claim about the world outside.
    private static string Evidence(JsonNode result) =>
        result["validation"] is JsonObject parts && parts["leave_one_site_out"] is not null ? "External within the consortium: validated on hospitals that took no part in fitting.\n"
        : result["validation"] is JsonObject ? "Internal: validated on held-out patients of the same hospitals.\n"
        : "Development only.\n";

    private static string Hospitals(JsonNode result) => result["sites"] switch
    {
        JsonArray names => names.Count.ToString(CultureInfo.InvariantCulture),
        JsonValue count => count.ToString(),
        _ => Text(result["sites_with_rows"]),
    };

    // To ten: a model travels further than the study, and exact counts need not.
    private static string Rounded(double? n) => n is { } known ? (Math.Max(1, Math.Round(known / 10)) * 10).ToString("N0", CultureInfo.InvariantCulture) : "an unknown number of";

    private static string Number(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? ((double)value).ToString("G4", CultureInfo.InvariantCulture) : "–";

    private static string Text(JsonNode? node) => node?.ToString() ?? "–";
}
