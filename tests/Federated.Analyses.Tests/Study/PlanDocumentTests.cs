using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;

namespace Federated.Analyses.Tests.Study;

public sealed class PlanDocumentTests
{
    private static readonly Gen<string> Word = Gen.String[Gen.Char["ab0 *?\"\\/,:{}é€\u05d0"], 1, 8].Where(w => w is not "NA");

    private static readonly Gen<ImmutableArray<string>> Words = Word.Array[1, 6].Select(w => w.Distinct(StringComparer.Ordinal).ToImmutableArray());

    private static readonly Gen<StudyPlan> Plans = Gen.Select(
        Gen.Select(Words, Words, Words, Word),
        Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool),
        Gen.Select(Gen.Int[1, 1_000_000], Gen.Int[1, 10_000], Gen.Int[1, 2_592_000]),
        Gen.Double[1e-300, 1],
        ((ImmutableArray<string> Scanners, ImmutableArray<string> Features, ImmutableArray<string> Levels, string Word) words,
            (bool Log, bool Local, bool Fit, bool Minimum) flags, (int Rows, int Sites, int Seconds) sizes, double number) => new StudyPlan
            {
                Id = "study-1",
                Title = "A title, in \"quotes\"",
                Purpose = flags.Log ? "To know." : "",
                ScannerColumn = words.Word,
                SubjectColumn = flags.Local ? words.Word : null,
                FitOn = flags.Fit ? new FitOn(words.Word, words.Levels[0]) : null,
                Scanners = [.. words.Scanners.Order(CodePointOrder.Instance)],
                Features = words.Features,
                Scale = flags.Log ? FeatureScale.Log : FeatureScale.Identity,
                Covariates = [new Covariate("age", CovariateType.Continuous, []), new Covariate("x" + words.Word, CovariateType.Categorical, words.Levels)],
                Analyses =
                [
                    new AnalysisSpecification("one", "combat", new JsonObject
                    {
                        ["reference"] = words.Scanners[0],
                        ["mean-only"] = flags.Fit,
                        ["smooth"] = new JsonArray(new JsonObject { ["covariate"] = "age", ["bounds"] = new JsonArray(-number, 1 / number), ["penalty"] = number }),
                    }),
                    new AnalysisSpecification("two", "describe", new JsonObject { ["level"] = number, ["from"] = "one" }),
                ],
                Privacy = new PrivacyTerms { MinimumRows = flags.Minimum ? sizes.Rows : null, ScannerEffects = flags.Local ? ScannerEffectsTerms.Local : ScannerEffectsTerms.Shared },
                Quorum = new Quorum { Sites = sizes.Sites, RoundDeadline = TimeSpan.FromSeconds(sizes.Seconds) },
            });

    [Fact]
    public void A_plan_comes_back_with_the_same_bytes_and_the_same_meaning() => Plans.Sample(plan =>
    {
        byte[] bytes = PlanDocument.Write(plan, ExampleAnalyses.Catalogue);
        StudyPlan read = PlanDocument.Read(bytes, ExampleAnalyses.Catalogue);
        AssertSame(plan, read);
        Assert.Equal("parametric", (string?)read.Analyses[0].Options["empirical-bayes"]); // a default, filled in
        Assert.Equal((double)plan.Analyses[1].Options["level"]!, (double)read.Analyses[1].Options["level"]!);
        Assert.Equal(bytes, PlanDocument.Write(read, ExampleAnalyses.Catalogue));
    });

    [Fact]
    public void Bytes_that_were_tampered_with_are_refused_or_are_a_canonical_plan_of_their_own() =>
        Gen.Select(Plans, Gen.Int[0, 100_000], Gen.Byte, Gen.Int[0, 3]).Sample((plan, at, value, change) =>
        {
            byte[] bytes = PlanDocument.Write(plan, ExampleAnalyses.Catalogue);
            int place = at % bytes.Length;
            byte[] tampered = change switch
            {
                0 => [.. bytes[..place], value, .. bytes[(place + 1)..]],
                1 => [.. bytes[..place], value, .. bytes[place..]],
                2 => [.. bytes[..place], .. bytes[(place + 1)..]],
                _ => bytes[..place],
            };
            try
            {
                StudyPlan read = PlanDocument.Read(tampered, ExampleAnalyses.Catalogue);
                Assert.Equal(tampered, PlanDocument.Write(read, ExampleAnalyses.Catalogue));
            }
            catch (PlanInvalidException refused)
            {
                Assert.DoesNotContain('\n', refused.Message);
            }
        }, iter: 1000);

    [Fact]
    public void The_plan_of_a_study_file_can_be_written()
    {
        StudyPlan plan = StudyFile.Read("""
            study: s
            scanners: [B, A]
            features: { names: [f] }
            covariates: [{ name: sex, type: categorical, levels: [F, M] }]
            analyses: [{ id: a, kind: combat }]
            """, "study.yaml").Complete();
        byte[] bytes = PlanDocument.Write(plan);
        Assert.Equal(
            """{"analyses":[{"empirical-bayes":"parametric","id":"a","kind":"combat","mean-only":false,"stopping":"converged"}],"covariates":[{"levels":["F","M"],"name":"sex","type":"categorical"}],"features":["f"],"format":"federated-plan-1","privacy":{"aggregation":"secure","scanner-effects":"shared"},"quorum":{"round-deadline":7200,"sites":1},"scale":"identity","scanner":"scanner","scanners":["A","B"],"study":"s","title":"s"}""",
            Encoding.UTF8.GetString(bytes));
        Assert.Equal("eb4d7f98be8f8c1ab9821348a1852c37f3708f458c51fe439181ab41820e62a6", PlanDocument.Digest(bytes));
        AssertSame(plan, PlanDocument.Read(bytes));
    }

    [Theory]
    [InlineData("E2010", "plan, byte 1: it is not JSON in UTF-8", "")]
    [InlineData("E2010", "plan, byte 1: it is not JSON in UTF-8", "study: s")]
    [InlineData("E2010", "plan, byte 3: it is not JSON in UTF-8", "{}{}")]
    [InlineData("E2004", "plan, byte 1: the plan is a list; write keys with values: { format: .., study: .., title: .., purpose: .., recipient: .., approval: .., scanner: .., scanners: .., site: .., subject: .., fit-on: .., features: .., scale: .., measurement: .., covariates: .., columns: .., analyses: .., privacy: .., quorum: .. }", "[]")]
    public void What_is_no_plan_is_refused(string code, string message, string json) => Refuses(code, message, Encoding.UTF8.GetBytes(json));

    [Theory]
    [InlineData("E2010", "plan: its bytes are not in canonical form; have the coordinator write it again", "\"features\":", "\"features\": ")]
    [InlineData("E2010", "plan: its bytes are not in canonical form; have the coordinator write it again", "\"title\":\"T\"", "\"title\":\"\\u0054\"")]
    [InlineData("E2010", "plan: its bytes are not in canonical form; have the coordinator write it again", ",\"mean-only\":false", "")]
    [InlineData("E2010", "plan: its bytes are not in canonical form; have the coordinator write it again", "\"title\":\"T\"", "\"subject\":null,\"title\":\"T\"")]
    [InlineData("E2002", "plan, byte {0}: unknown key 'url'; the keys here are aggregation, minimum-rows, scanner-effects, differential", "\"scanner-effects\"", "\"url\":1,\"scanner-effects\"")]
    [InlineData("E2006", "plan, byte {0}: the key 'title' occurs twice; keep one", "\"title\":\"T\"}", "\"title\":\"T\",\"title\":\"T\"}")]
    [InlineData("E2005", "plan, byte {0}: format is 'federated-plan-2'; did you mean 'federated-plan-1'? Write federated-plan-1", "\"federated-plan-1\"", "\"federated-plan-2\"")]
    [InlineData("E2007", "plan, byte {0}: kind 'cox' is not available in this version; remove the analysis, or use combat or describe", "\"combat\"", "\"cox\"")]
    [InlineData("E2008", "plan, byte {0}: covariate 'age' lists no levels", "[{\"name\":\"age\",\"type\":\"continuous\"}]", "[{\"name\":\"age\",\"type\":\"categorical\"}]")]
    [InlineData("E2009", "plan, byte {0}: reference 'C' is not a scanner of the study; write one of A, B", "\"mean-only\":false", "\"mean-only\":false,\"reference\":\"C\"")]
    [InlineData("E2010", "plan, byte {0}: scanners are not in code-point order; sort them", "[\"A\",\"B\"]", "[\"B\",\"A\"]")]
    [InlineData("E2004", "plan, byte {0}: title is 'T\\u202E'; write text of at most 200 characters", "\"title\":\"T\"", "\"title\":\"T\\u202e\"")]
    [InlineData("E2004", "plan, byte {0}: sites is '1e400'; write a whole number from 1 to 10,000", "\"sites\":1", "\"sites\":1e400")]
    public void A_plan_that_was_changed_is_refused(string code, string message, string from, string to)
    {
        string json = Encoding.UTF8.GetString(PlanDocument.Write(Plain, ExampleAnalyses.Catalogue));
        Assert.Contains(from, json, StringComparison.Ordinal);
        PlanInvalidException refused = Assert.Throws<PlanInvalidException>(
            () => PlanDocument.Read(Encoding.UTF8.GetBytes(json.Replace(from, to, StringComparison.Ordinal)), ExampleAnalyses.Catalogue));
        Assert.Equal(code, refused.Code);
        Assert.Matches("^" + System.Text.RegularExpressions.Regex.Escape(message).Replace("\\{0}", "[0-9,]+", StringComparison.Ordinal) + "$", refused.Message);
    }

    [Fact]
    public void Limits_hold_before_anything_is_held()
    {
        Refuses("E2010", "plan, byte 1: it has 67,108,865 bytes, and at most 67,108,864 are allowed", new byte[(64 << 20) + 1]);
        Refuses("E2010", "plan, byte 4,000,000: it has more than 2,000,000 values", Encoding.ASCII.GetBytes("[" + string.Concat(Enumerable.Repeat("0,", 3_000_000)) + "0]"));
        Refuses("E2010", "plan, byte 33: it is not JSON in UTF-8", Encoding.ASCII.GetBytes(new string('[', 1000)));
    }

    [Fact]
    public void A_plan_that_could_not_be_read_is_not_written() =>
        Assert.Equal(
            "E2010", Assert.Throws<PlanInvalidException>(() => PlanDocument.Write(Plain with { Scanners = ["B", "A"] }, ExampleAnalyses.Catalogue)).Code);

    [Fact]
    public void A_hundred_thousand_features_fit()
    {
        StudyPlan plan = Plain with { Features = [.. Enumerable.Range(0, 100_000).Select(i => $"wavelet-HHH_glszm_feature_{i}")] };
        Assert.Equal(plan.Features, PlanDocument.Read(PlanDocument.Write(plan, ExampleAnalyses.Catalogue), ExampleAnalyses.Catalogue).Features);
    }

    private static StudyPlan Plain { get; } = new()
    {
        Id = "s",
        Title = "T",
        Scanners = ["A", "B"],
        Features = ["f"],
        Covariates = [new Covariate("age", CovariateType.Continuous, [])],
        Analyses = [new AnalysisSpecification("a", "combat", [])],
    };

    private static void Refuses(string code, string message, byte[] bytes)
    {
        PlanInvalidException refused = Assert.Throws<PlanInvalidException>(() => PlanDocument.Read(bytes, ExampleAnalyses.Catalogue));
        Assert.Equal(message, refused.Message);
        Assert.Equal(code, refused.Code);
    }

    private static void AssertSame(StudyPlan expected, StudyPlan actual)
    {
        Assert.Equal(expected.Id, actual.Id);
        Assert.Equal(expected.Title, actual.Title);
        Assert.Equal(expected.Purpose, actual.Purpose);
        Assert.Equal(expected.ScannerColumn, actual.ScannerColumn);
        Assert.Equal(expected.SiteColumn, actual.SiteColumn);
        Assert.Equal(expected.SubjectColumn, actual.SubjectColumn);
        Assert.Equal(expected.FitOn, actual.FitOn);
        Assert.Equal(expected.Scanners, actual.Scanners);
        Assert.Equal(expected.Features, actual.Features);
        Assert.Equal(expected.Scale, actual.Scale);
        Assert.Equal(expected.DesignColumns, actual.DesignColumns);
        Assert.Equal(expected.Covariates.Length, actual.Covariates.Length);
        for (int c = 0; c < expected.Covariates.Length; c++) Assert.Equal(expected.Covariates[c].Levels, actual.Covariates[c].Levels);
        Assert.Equal(expected.Analyses.Length, actual.Analyses.Length);
        Assert.Equal(expected.Privacy, actual.Privacy);
        Assert.Equal(expected.Quorum, actual.Quorum);
    }
}
