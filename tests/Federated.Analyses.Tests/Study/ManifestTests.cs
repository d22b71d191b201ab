using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Federated.Analyses.Study;

namespace Federated.Analyses.Tests.Study;

public sealed class ManifestTests
{
    private static readonly StudyPlan Plan = StudyFile.Read("""
        study: fdg-lymphoma
        title: Early FDG response in lymphoma across nine scanners
        purpose: Harmonize baseline PET features and predict complete response
        recipient: Consortium coordinating centre, University X
        approval: EC-2026-114
        scanners: [Vision, Biograph, "GE Discovery"]
        subject: patient
        site: hospital
        fit-on: { column: role, value: train }
        features: { include: [suvmax, tlg, mtv, glcm_contrast], scale: log }
        covariates:
          - { name: age, type: continuous }
          - { name: sex, type: categorical, levels: [F, M] }
        analyses:
          - { id: harmonize, kind: combat, reference: Vision, smooth: [{ covariate: age, bounds: [18, 90] }] }
          - { id: sizes, kind: describe, from: harmonize }
        privacy: { minimum-rows: 10 }
        quorum: { sites: 3, round-deadline: 90m }
        """, "study.yaml", ExampleAnalyses.Catalogue).Complete();

    [Fact]
    public void An_officer_reads_this()
    {
        Manifest manifest = Manifest.For(Plan, ExampleAnalyses.Catalogue);
        string golden = Checkout.File("tests", "Federated.Analyses.Tests", "Study", "manifest.golden.txt");
        if (Environment.GetEnvironmentVariable("FEDERATED_ACCEPT") is "manifest") File.WriteAllText(golden, manifest.Text);
        Assert.Equal(File.ReadAllText(golden), manifest.Text);
    }

    [Fact]
    public void Its_digest_is_that_of_its_text() =>
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Manifest.For(Plan, ExampleAnalyses.Catalogue).Text))),
            Manifest.For(Plan, ExampleAnalyses.Catalogue).Digest);

    [Fact]
    public void It_is_the_same_at_every_hospital_and_another_for_every_other_plan()
    {
        byte[] bytes = PlanDocument.Write(Plan, ExampleAnalyses.Catalogue);
        Manifest here = Manifest.For(Plan, ExampleAnalyses.Catalogue);
        Manifest there = Manifest.For(PlanDocument.Read(bytes, ExampleAnalyses.Catalogue), ExampleAnalyses.Catalogue);
        Assert.Equal(here.Text, there.Text);
        Assert.Equal(here.Json, there.Json);
        Assert.Equal(PlanDocument.Digest(bytes), here.PlanDigest);
        Assert.False(string.Equals(here.Digest, Manifest.For(Plan with { Purpose = "Another" }, ExampleAnalyses.Catalogue).Digest, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("exact", true)]
    [InlineData("{ grid: [90, 180, 365] }", false)]
    public void Exact_times_of_events_are_said_to_tell_of_single_patients_and_an_agreed_grid_is_not(string times, bool marked)
    {
        StudyPlan plan = StudyFile.Read($$"""
            study: survival
            scanners: [A, B]
            features: { include: [suvmax, days, died] }
            analyses:
              - { id: os, kind: cox, time: days, status: died, predictors: [suvmax], times: {{times}} }
            """, "study.yaml", AnalysisCatalogue.All).Complete();
        string text = Manifest.For(plan, AnalysisCatalogue.All).Text;
        Assert.Equal(marked, text.Contains("SINGLE PATIENTS: these numbers", StringComparison.Ordinal));
        Assert.Equal(marked, text.Contains("EXCEPT what the steps", StringComparison.Ordinal));
    }

    [Fact]
    public void Lines_fit_a_terminal() =>
        Assert.All(Manifest.For(Plan, ExampleAnalyses.Catalogue).Text.Split('\n'), line => Assert.InRange(line.Length, 0, 92));

    [Theory]
    [InlineData("local", "stay at your hospital")]
    [InlineData("shared", "may be reported per scanner")]
    public void It_says_where_scanner_effects_go(string terms, string said)
    {
        StudyPlan plan = Plan with { Privacy = Plan.Privacy with { ScannerEffects = terms is "local" ? ScannerEffectsTerms.Local : ScannerEffectsTerms.Shared } };
        Assert.Contains(said, OneLine(Manifest.For(plan, ExampleAnalyses.Catalogue).Text), StringComparison.Ordinal);
    }

    [Fact]
    public void It_says_when_something_was_not_stated()
    {
        string text = OneLine(Manifest.For(Plan with { Purpose = "", Approval = "", Recipient = "", Privacy = new PrivacyTerms() }, ExampleAnalyses.Catalogue).Text);
        Assert.Equal(3, text.Split("not stated: ask before you approve").Length - 1);
        Assert.Contains("Minimum counts: the study sets none of its own.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_lists_are_cut_and_the_plan_has_them_all()
    {
        string text = OneLine(Manifest.For(Plan with { Features = [.. Enumerable.Range(0, 5000).Select(i => $"f{i}")] }, ExampleAnalyses.Catalogue).Text);
        Assert.Contains("\"f39\" and 4,960 more, which the plan lists", text, StringComparison.Ordinal);
        Assert.Contains("xy (2 x 5,000 = 10,000 numbers)", text, StringComparison.Ordinal);
    }

    // bounded-moments is for plans with noise: Noise/DifferentialPlanTests.
    [Fact]
    public void Every_declared_step_and_item_of_the_real_analyses_is_named()
    {
        StudyPlan plan = StudyFile.Read(
            "study: s\nscanners: [A, B]\nfeatures: { names: [f, g] }\ncolumns: [{ name: c, type: categorical, levels: [x, y] }, { name: s, type: label }]\nmeasurement: { calibration: { target: earl1 }, measures: [suvmax] }\nanalyses:\n"
            + string.Concat(AnalysisCatalogue.All.Skip(1).Where(a => a.Kind is not "bounded-moments").Select((a, i) => $"  - {{ id: a{i}, kind: {a.Kind}{string.Concat(a.Options.Where(o => o.Required || (a.Kind, o.Name) is ("wilcoxon" or "random-intercept", "group")).Select(o => $", {o.Name}: {Example(a.Kind, o.Name)}"))} }}\n")), "study.yaml").Complete();
        Manifest manifest = Manifest.For(plan);
        string text = OneLine(manifest.Text);
        JsonArray analyses = JsonNode.Parse(manifest.Json)!["analyses"]!.AsArray();
        Assert.Equal(AnalysisCatalogue.All.Length - 1, manifest.Analyses.Length);
        for (int a = 0; a < manifest.Analyses.Length; a++)
        {
            DeclaredAnalysis analysis = manifest.Analyses[a];
            Assert.Equal(analysis.Specification.Id, (string?)analyses[a]!["id"]);
            for (int s = 0; s < analysis.Steps.Length; s++)
            {
                StepDeclaration step = analysis.Steps[s];
                Assert.Contains(OneLine($"{a + 1}.{s + 1} {step.Name}: {step.Purpose}"), text, StringComparison.Ordinal);
                JsonNode data = analyses[a]!["steps"]![s]!;
                Assert.Equal(step.Kind == ExchangeKind.Sum ? "sum" : "hospital", (string?)data["seen"]);
                Assert.Equal(step.Items.Count, data["items"]!.AsArray().Count);
                Assert.All(step.Items, item => Assert.Contains(OneLine(item.Meaning), text, StringComparison.Ordinal));
            }
        }
    }

    // A value for each key that some kind of analysis cannot do without; some need a group in their usual form only, so the key itself is not required.
    private static string Example(string kind, string key) => key switch
    {
        "outcome" => kind is "screen" ? "c" : "f",
        "subject" => "s",
        "predictors" => "[g]",
        "time" => "f",
        "status" => "g",
        "group" => "c",
        "score" => "g",
        _ => throw new InvalidOperationException($"give an example of the required key {key}"),
    };

    private static string OneLine(string text) => string.Join(' ', text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
