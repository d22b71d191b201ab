using Federated.Analyses.Describe;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;

namespace Federated.Analyses.Tests.Describe;

/// <summary>The entries of study.yaml as people write them.</summary>
public sealed class StudyFileTests
{
    private const string Study = """
        study: example
        title: Example
        purpose: Look at the data
        recipient: Centre
        scanners: [a, b]
        features: { names: [x] }
        analyses:
          - { id: harmonize, kind: combat }
          - { id: table-one, kind: describe, ENTRY }
          - { id: spread, kind: variability, ENTRY }

        """;

    [Fact]
    public void Defaults_are_filled_in_and_read_back()
    {
        StudyPlan plan = StudyFile.Read(Study.Replace(", ENTRY", "", StringComparison.Ordinal), "study.yaml").Complete();
        DescribeOptions options = DescribeOptions.Read(plan, plan.Analyses[1]);
        Assert.Equal([0.05, 0.25, 0.5, 0.75, 0.95], options.Quantiles);
        Assert.Equal(24, options.Bins);
        foreach (StageSelection stages in (StageSelection[])[options.Stages, StageSelection.Read(plan, plan.Analyses[2])])
        {
            Assert.Equal([FeatureStage.Raw, FeatureStage.Harmonized], stages.Stages);
            Assert.Equal("harmonize", stages.From);
        }
    }

    [Fact]
    public void What_is_written_is_what_is_read()
    {
        string written = Study
            .Replace("describe, ENTRY", "describe, of: [harmonized], from: harmonize, quantiles: [0.9, 0.1], bins: 7", StringComparison.Ordinal)
            .Replace("variability, ENTRY", "variability, of: [raw]", StringComparison.Ordinal);
        StudyPlan plan = StudyFile.Read(written, "study.yaml").Complete();
        DescribeOptions options = DescribeOptions.Read(plan, plan.Analyses[1]);
        Assert.Equal([0.1, 0.9], options.Quantiles);
        Assert.Equal(7, options.Bins);
        Assert.Equal([FeatureStage.Harmonized], options.Stages.Stages);
        Assert.Null(StageSelection.Read(plan, plan.Analyses[2]).From);
    }

    [Theory]
    [InlineData("bins: 0")]
    [InlineData("quantiles: [1]")]
    [InlineData("of: [harmonised]")]
    [InlineData("from: nowhere")]
    public void What_means_nothing_is_refused_where_it_is_written(string entry)
    {
        string written = Study.Replace("describe, ENTRY", "describe, " + entry, StringComparison.Ordinal).Replace(", ENTRY", "", StringComparison.Ordinal);
        var refused = Assert.Throws<StudyFileInvalidException>(() => StudyFile.Read(written, "study.yaml").Complete());
        Assert.All(refused.Errors, e => Assert.Equal(9, e.Line));
    }
}
