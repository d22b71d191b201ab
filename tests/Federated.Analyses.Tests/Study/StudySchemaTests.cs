using System.Text.Json.Nodes;
using Federated.Analyses.Study;

namespace Federated.Analyses.Tests.Study;

public sealed class StudySchemaTests
{
    [Fact]
    public void The_published_schema_is_what_the_reader_checks()
    {
        string published = Checkout.File("shared", "Federated.Analyses", "Study", "study.schema.json");
        if (Environment.GetEnvironmentVariable("FEDERATED_ACCEPT") is "schema") File.WriteAllText(published, StudySchema.Generate());
        Assert.Equal(StudySchema.Generate(), StudySchema.Text);
    }

    [Fact]
    public void Every_kind_and_every_key_is_in_it()
    {
        JsonNode schema = JsonNode.Parse(StudySchema.Text)!;
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string?)schema["$schema"]);
        JsonArray kinds = schema["properties"]!["analyses"]!["items"]!["oneOf"]!.AsArray();
        foreach (IAnalysis analysis in AnalysisCatalogue.All.Skip(1))
        {
            JsonNode kind = Assert.Single(kinds, k => string.Equals((string?)k!["properties"]!["kind"]!["enum"]![0], analysis.Kind, StringComparison.Ordinal))!;
            Assert.All(analysis.Options, o => Assert.NotNull(kind["properties"]![o.Name]));
        }
    }
}
