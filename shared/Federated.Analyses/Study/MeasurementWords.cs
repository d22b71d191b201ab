using System.Text.Json.Nodes;
using Federated.Analyses.Study.Documents;

namespace Federated.Analyses.Study;

/// <summary>A measurement section in plain language, for the manifest.</summary>
internal static class MeasurementWords
{
    public static void Write(TextPage page, MeasurementSection measurement)
    {
        JsonObject m = measurement.Document();
        page.Paragraph($"They are measured in this hospital's images, under measurement protocol SHA-256 {measurement.Digest}; features measured otherwise are refused:", 2);
        page.Bullet(Image(m) + ".", 4);
        if (m["calibration"] is JsonObject calibration) page.Bullet(Calibration(calibration) + ".", 4);
        page.Bullet(Region(m["region"]!.AsObject()) + ".", 4);
        if (m["references"] is JsonObject { Count: > 0 } references) page.Bullet($"compared with {string.Join(", ", references.Select(r => $"{r.Key.Replace('-', ' ')} ({Shown(r.Value!)})"))}.", 4);
        if (m["measures"] is JsonArray { Count: > 0 } measures) page.Bullet($"uptake: {Words(measures)}.", 4);
        foreach (JsonNode? extraction in m["radiomics"]!.AsArray()) page.Bullet(Radiomics(extraction!.AsObject()) + ".", 4);
        if (m["conformance"] is JsonObject conformance) page.Bullet(Conformance(conformance) + ".", 4);
    }

    private static string Image(JsonObject m)
    {
        string modality = (string)m["modality"]! switch
        {
            "PT" => $"PET{(m["tracer"] is { } tracer ? $" with {Shown(tracer)}" : "")}, in uptake per {((string)m["uptake"]!["normalization"]!).Replace('-', ' ')}"
                + ((bool)m["uptake"]!["strict"]! ? ", no stored value adapted" : ", adapted values recorded here"),
            "CT" => "CT, in Hounsfield units",
            string other => other + (m["intensity"] is { } intensity ? $", intensities scaled by {Shown(intensity["scale"]!)}" : ", as stored"),
        };
        double blur = (double)m["filter"]!["fwhm"]!;
        return modality + (blur > 0 ? $", blurred by a Gaussian of {CanonicalJson.Number(blur)} mm" : ", not blurred");
    }

    private static string Calibration(JsonObject calibration) =>
        "corrected by the phantom scans of this hospital, each scan by those valid on its day: divided by the calibration factor"
        + (string)calibration["target"]! switch { "none" => "", string target => $", then blurred by the filter that brings the scanner to {target.ToUpperInvariant()}" }
        + ((string)calibration["without"]! == "flag" ? "; scans without a valid calibration are measured and flagged here" : "; scans without a valid calibration are left out, and counted");

    private static string Region(JsonObject region)
    {
        string source = (string)region["source"]! switch
        {
            "structure-set" => $"regions drawn as structures {Shown(region["name"]!)}",
            "segmentation" => $"regions of the segments {Shown(region["name"]!)}",
            "nifti" => "regions drawn as masks",
            _ => $"lesions of uptake {Shown(region["threshold"] ?? 0)} and more{((double)region["minimum-volume"]! > 0 ? $", from {Shown(region["minimum-volume"]!)} ml on" : "")}",
        };
        return source + (string)region["lesions"]! switch { "hottest" => "; of several lesions the one of highest uptake", "largest" => "; of several lesions the largest", _ => "; several lesions together" };
    }

    private static string Radiomics(JsonObject extraction)
    {
        string levels = extraction["discretisation"]!["bin-size"] is { } size ? $"bins of {Shown(size)}" : $"{Shown(extraction["discretisation"]!["bins"] ?? 0)} bins";
        string spacing = extraction["spacing"] is JsonArray to ? $", voxels of {Words(to)} mm ({Shown(extraction["interpolation"]!)})" : ", the image's own voxels";
        string range = extraction["lower"] is null && extraction["upper"] is null ? ""
            : $", intensities {(extraction["lower"] is { } lower ? $"from {Shown(lower)}" : "")}{(extraction["upper"] is { } upper ? $" to {Shown(upper)}" : " on")}";
        return $"radiomics: {Words(extraction["families"]!.AsArray())}; {levels}{spacing}{range}; {Words(extraction["aggregations"]!.AsArray())}";
    }

    private static string Conformance(JsonObject conformance) =>
        $"scans are left out, and counted, for: {Words(conformance["exclude"]!.AsArray())}"
        + (conformance["uptake-time"] is JsonArray window ? $" (uptake time {Shown(window[0]!)} to {Shown(window[1]!)} minutes)" : "")
        + (conformance["glucose"] is { } glucose ? $" (glucose up to {Shown(glucose)} mmol/l)" : "");

    private static string Words(JsonArray list) => string.Join(", ", list.Select(word => Shown(word!)));

    private static string Shown(JsonNode value) =>
        value.GetValueKind() == System.Text.Json.JsonValueKind.String ? value.GetValue<string>() : System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(value));
}
