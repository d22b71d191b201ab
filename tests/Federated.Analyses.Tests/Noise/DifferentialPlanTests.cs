using System.Text.Json.Nodes;
using Federated.Analyses.Noise;
using Federated.Analyses.Study;
using Federated.Analyses.Tests.Exchange;
using Federated.Privacy.DifferentialPrivacy;

namespace Federated.Analyses.Tests.Noise;

public sealed class DifferentialPlanTests
{
    [Fact]
    public void A_plan_with_noise_is_the_same_after_it_travelled()
    {
        StudyPlan plan = PrivateStudy.Plan(PrivateStudy.Moments + ", " + PrivateStudy.Train);
        byte[] bytes = PlanDocument.Write(plan);
        DifferentialTerms terms = PlanDocument.Read(bytes).Privacy.Differential!;
        Assert.Equal((4.0, 1e-5, 1.0, 1, 1), (terms.Epsilon, terms.Delta, terms.Clip, terms.Colluding, terms.Repeats));
        Assert.Equal(plan.Privacy.Differential!.Bounds, terms.Bounds);
    }

    [Fact]
    public void Every_sum_and_the_repeats_together_cost_the_epsilon_of_the_plan()
    {
        NoiseTerms noise = NoiseTerms.Of(PrivateStudy.Plan(PrivateStudy.Moments + ", " + PrivateStudy.Train))!;
        Assert.Equal(1 + (1 + 5 + 1) + 1, noise.Releases); // moments; sizes, rounds, evaluation; one repeat
        var all = new GaussianReleases(noise.Multiplier, 1, noise.Releases);
        Assert.InRange(RenyiAccountant.Empty.Add(all).Epsilon(1e-5).Epsilon, 3.99, 4);
        PrivacyBracket bracket = PrivacyLossAccountant.Epsilon([all], 1e-5);
        Assert.True(bracket.Upper <= 4 && bracket.Lower > 3, $"{bracket}");
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(5, 3)]
    [InlineData(20, 13)]
    public void Those_who_are_left_without_the_colluding_have_the_noise_that_was_promised(int sites, int countedOn)
    {
        NoiseTerms noise = NoiseTerms.Of(PrivateStudy.Plan())!;
        Assert.Equal(countedOn, noise.CountedOn(sites)); // threshold floor(2n/3) + 1, less one
        Assert.Equal(noise.Multiplier * 2, noise.AtSite(2, sites) * Math.Sqrt(countedOn), 1e-9);
        StudyPlan plain = PrivateStudy.Plan() with { Privacy = PrivateStudy.Plan().Privacy with { Aggregation = Aggregation.Plain } };
        Assert.Equal(noise.Multiplier * 2, NoiseTerms.Of(plain)!.AtSite(2, sites), 1e-9); // seen by itself, each needs all of it
    }

    [Theory]
    [InlineData("{ id: h, kind: combat }", "kind combat cannot be made differentially private: of the kinds of this version, bounded-moments and train can")]
    [InlineData("{ id: d, kind: describe }", "kind describe cannot be made differentially private")]
    [InlineData("{ id: m, kind: bounded-moments, values: [suv] }", "add patient: COLUMN")]
    [InlineData("{ id: net, kind: train, outcome: responder, predictors: [suv] }", "add patient: COLUMN")]
    [InlineData("{ id: net, kind: train, outcome: responder, predictors: [suv], patient: subject, strategy: scaffold }", "strategy scaffold needs local steps")]
    [InlineData("{ id: net, kind: train, outcome: responder, predictors: [suv], patient: subject, local-epochs: 3 }", "set local-epochs: 1")]
    [InlineData("{ id: net, kind: train, outcome: responder, predictors: [suv, weight], patient: subject }", "'weight' has no public bounds")]
    public void What_cannot_be_private_is_refused_in_one_line(string analysis, string says)
    {
        StudyFileInvalidException refused = Assert.Throws<StudyFileInvalidException>(() => PrivateStudy.Plan(analysis));
        Assert.Contains(refused.Errors, e => e.Code == "E2951" && e.Message.Contains(says, StringComparison.Ordinal));
    }

    [Fact]
    public void Bounded_moments_without_noise_are_refused() => Assert.Contains("take kind describe", Assert.Throws<StudyFileInvalidException>(
        () => StudyFile.Read(PrivateStudy.Yaml(PrivateStudy.Moments).Split("privacy:")[0], "study.yaml").Complete()).Message, StringComparison.Ordinal);

    [Fact]
    public void The_manifest_says_what_holds_for_whom_and_what_it_costs()
    {
        Manifest manifest = Manifest.For(PrivateStudy.Plan());
        string text = string.Join(' ', manifest.Text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("epsilon 4 for one PATIENT of a hospital over this whole study, except with probability 1E-05 (delta)", text, StringComparison.Ordinal);
        Assert.Contains("With few hospitals the noise is large", text, StringComparison.Ordinal);
        Assert.Contains("Not covered:", text, StringComparison.Ordinal);
        Assert.DoesNotContain("The sums are exact", text, StringComparison.Ordinal);
        JsonNode json = JsonNode.Parse(manifest.Json)!["differential-privacy"]!;
        Assert.Equal(("patient", 4.0, 1e-5, 2L), ((string?)json["unit"], (double)json["epsilon"]!, (double)json["delta"]!, (long)json["sums"]!));
        Assert.Equal(1.0, (double)json["predicted-noise"]![0]!["patient-bound"]!);
    }

    [Fact]
    public void Under_noise_the_survey_asks_for_nothing_about_patients()
    {
        Consortium consortium = PrivateStudy.Consortium(PrivateStudy.Plan());
        _ = consortium.Survey;
        Assert.All(consortium.Sent, sent => Assert.Equal([("taking_part", 1)], sent.Answer.Sum!.Layout.Blocks.Select(b => (b.Name, b.Length))));
        Assert.All(consortium.Sent, sent => Assert.Equal(1.0, sent.Answer.Sum!["taking_part", 0]));
    }

    [Fact]
    public void Every_answer_is_bounded_and_a_patient_counts_once()
    {
        Consortium consortium = PrivateStudy.Consortium(PrivateStudy.Plan(PrivateStudy.Moments + ", " + PrivateStudy.Train));
        AnalysisResult moments = consortium.Run("m");
        consortium.Run("net");
        Assert.All(consortium.Sent.Where(s => s.Analysis != "survey"), sent =>
        {
            StepDeclaration declared = AnalysisCatalogue.Find(sent.Analysis == "m" ? "bounded-moments" : "train")!
                .Declare(consortium.Plan, consortium.Plan.Analyses.Single(a => a.Id == sent.Analysis)).Single(s => s.Name == sent.Step);
            Assert.Same(sent.Answer.Bounded!.Sum, sent.Answer.Sum);
            Assert.True(sent.Answer.Bounded!.Bound <= declared.PatientBound);
            Assert.InRange(sent.Answer.Bounded!.Patients, 10, 60);
        });

        // With clip 1 a part of 1, z, z^2 twice is shortened, alike in n and sums: ratios are weighted means. The patients' own mean is within what weighting moves.
        JsonNode suv = moments.Document["values"]![0]!;
        Assert.InRange((double)suv["mean"]!, 7, 9.5);
        Assert.True((double)suv["mean_noise_sd"]! > 0 && (double)suv["n_noise_sd"]! > 0);
        Assert.Equal("patient", (string?)moments.Document["privacy"]!["unit"]);
    }

    [Fact]
    public void Without_shortening_the_sums_under_the_noise_are_those_of_the_patients()
    {
        StudyPlan plan = StudyFile.Read(PrivateStudy.Yaml(PrivateStudy.Moments, "epsilon: 4, delta: 1e-5, unit: patient, clip: 10"), "study.yaml").Complete();
        Consortium consortium = PrivateStudy.Consortium(plan);
        JsonNode suv = consortium.Run("m").Document["values"]![0]!;
        double[] patients = [.. consortium.Hospitals.SelectMany(h => h.Table.RowIds.Select((_, i) => (Patient: h.Table.Columns[0][i], Suv: h.Table.Features[i])).GroupBy(r => r.Patient).Select(g => g.Average(r => r.Suv)))];
        Assert.Equal(180.0, (double)suv["n"]!, 1e-9);
        Assert.Equal(patients.Average(), (double)suv["mean"]!, 1e-9);
    }

    [Fact]
    public void Training_learns_and_states_the_noise_of_its_gradients()
    {
        string many = PrivateStudy.Train.Replace("rounds: 5", "rounds: 60", StringComparison.Ordinal).Replace("rate: 1", "rate: 4", StringComparison.Ordinal);
        JsonObject result = PrivateStudy.Consortium(PrivateStudy.Plan(many), patients: 200).Run("net").Document;
        Assert.True((double)result["parts"]![1]!["accuracy"]! > 0.75, result.ToJsonString());
        Assert.True((double)result["gradient_noise_sd"]! > 0 && (double)result["parts"]![1]!["loss_noise_sd"]! > 0);
        Assert.Equal([0.0, 20.0], result["model"]!["bounds"]![0]!.AsArray().Select(v => (double)v!));
    }
}
