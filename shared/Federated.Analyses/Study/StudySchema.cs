using System.Text.Json;
using System.Text.Json.Nodes;

namespace Federated.Analyses.Study;

/// <summary>The JSON schema of study.yaml (draft 2020-12), for editors and other programs.</summary>
public static class StudySchema
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema of this version, as published beside the source.</summary>
    public static string Text
    {
        get
        {
            using Stream stream = typeof(StudySchema).Assembly.GetManifestResourceStream("study.schema.json")
                ?? throw new InvalidOperationException("study.schema.json is not embedded in Federated.Analyses.");
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>The schema made anew from the declarations that the reader uses: a test holds it against <see cref="Text"/>.</summary>
    public static string Generate()
    {
        JsonObject schema = StudyShape.File(AnalysisCatalogue.All).Schema();
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "study.yaml");
        return schema.ToJsonString(Indented) + "\n";
    }
}
