using CsCheck;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;

namespace Federated.Analyses.Tests.Study;

public sealed class StudyFileTests
{
    private const string Complete = """
        study: fdg-lymphoma
        title: Early FDG response in lymphoma across nine scanners
        purpose: >
          Harmonize baseline PET features
          and predict complete response
        recipient: Consortium coordinating centre, University X
        approval: EC-2026-114
        scanner: device
        scanners: [Vision, Biograph, "GE \U0001F600", 12]
        site: hospital
        subject: patient
        fit-on: { column: role, value: train }
        features: { names: [suvmax, glcm_b, glcm_a, tlg, mtv], include: [suvmax, "glcm_?", m*], exclude: [glcm_a], scale: log }
        covariates:
          - { name: age, type: continuous }
          - { name: sex, type: categorical, levels: [M, F] }
        analyses:
          - id: harmonize
            kind: combat
            empirical-bayes: nonparametric
            mean-only: true
            reference: "12"
            smooth: [{ covariate: age, bounds: [18, 90.5] }]
          - { id: sizes, kind: describe, from: harmonize, quantiles: [0.1, 1e-3], level: ~ }
        privacy:
          aggregation: plain
          minimum-rows: 10
          scanner-effects: local
          differential: null
        quorum: { sites: 3, round-deadline: 30m }
        """;

    private const string Least = """
        study: s
        analyses: [{ id: a, kind: combat }]
        """;

    [Fact]
    public void A_complete_file_becomes_a_plan()
    {
        StudyPlan plan = Read(Complete).Complete();

        Assert.Equal("fdg-lymphoma", plan.Id);
        Assert.Equal("Early FDG response in lymphoma across nine scanners", plan.Title);
        Assert.Equal("Harmonize baseline PET features and predict complete response", plan.Purpose);
        Assert.Equal("Consortium coordinating centre, University X", plan.Recipient);
        Assert.Equal("EC-2026-114", plan.Approval);
        Assert.Equal("device", plan.ScannerColumn);
        Assert.Equal("hospital", plan.SiteColumn);
        Assert.Equal("patient", plan.SubjectColumn);
        Assert.Equal(new FitOn("role", "train"), plan.FitOn);
        Assert.Equal(["12", "Biograph", "GE \U0001F600", "Vision"], plan.Scanners);
        Assert.Equal(["suvmax", "glcm_b", "mtv"], plan.Features);
        Assert.Equal(FeatureScale.Log, plan.Scale);
        Assert.Equal(["age", "sex=F"], [.. plan.DesignColumns.Select(c => c.Name)]);
        Assert.Equal(["harmonize", "sizes"], [.. plan.Analyses.Select(a => a.Id)]);
        Assert.Equal(["combat", "describe"], [.. plan.Analyses.Select(a => a.Kind)]);
        Assert.Equal(
            """{"empirical-bayes":"nonparametric","mean-only":true,"reference":"12","smooth":[{"covariate":"age","bounds":[18,90.5],"knots":10,"penalty":"gcv"}]}""",
            plan.Analyses[0].Options.ToJsonString());
        Assert.Equal("""{"from":"harmonize","quantiles":[0.1,0.001]}""", plan.Analyses[1].Options.ToJsonString());
        Assert.Equal(new PrivacyTerms { Aggregation = Aggregation.Plain, MinimumRows = 10, ScannerEffects = ScannerEffectsTerms.Local }, plan.Privacy);
        Assert.Equal(new Quorum { Sites = 3, RoundDeadline = TimeSpan.FromMinutes(30) }, plan.Quorum);
    }

    [Fact]
    public void What_is_absent_takes_its_default()
    {
        StudyFile file = Read(Least);
        StudyPlan plan = file.Complete(new StudyVocabulary { Scanners = ["B", "A"], Features = ["f2", "f1"] });

        Assert.Equal("s", plan.Title);
        Assert.Equal("scanner", plan.ScannerColumn);
        Assert.Equal(["A", "B"], plan.Scanners);
        Assert.Equal(["f2", "f1"], plan.Features);
        Assert.Empty(plan.Covariates);
        Assert.Null(plan.FitOn);
        Assert.Equal(new PrivacyTerms(), plan.Privacy);
        Assert.Equal(new Quorum(), plan.Quorum);
        Assert.Equal("""{"empirical-bayes":"parametric","mean-only":false,"smooth":[]}""", plan.Analyses[0].Options.ToJsonString());
        Assert.Equal(10, Read("study: s\nanalyses: [{ id: a, kind: combat, smooth: [{covariate: age}] }]\ncovariates: [{ name: age, type: continuous }]")
            .Complete(new StudyVocabulary { Scanners = ["A"], Features = ["f"] }).Analyses[0].Options["smooth"]![0]!["knots"]!.GetValue<int>());
    }

    [Fact]
    public void Words_that_the_file_leaves_open_come_from_the_tables()
    {
        StudyFile file = Read("""
            study: s
            fit-on: { column: role, value: train }
            features: { include: ["f*"], exclude: [f3] }
            covariates: [{ name: sex, type: categorical }, { name: stage, type: categorical, levels: [II, I] }, { name: age, type: continuous }]
            analyses: [{ id: a, kind: combat }]
            """);
        var features = new FeatureTable("f.csv", ["r1", "r2", "r3", "r4"], ["f2", "g", "f1", "f3"], new double[16]);
        var cohort = new CohortTable(
            "c.csv", ["r4", "r3", "r2", "r1", "r0"], ["scanner", "sex", "stage", "age", "role"],
            [["b", "B", "NA", "A", "Z"], ["X", "M", "", "F", "Y"], ["I", "I", "I", "I", "I"], ["1", "2", "3", "4", "5"], ["test", "train", "train", "train", "train"]]);

        StudyVocabulary found = StudyVocabulary.FromTables(file, features, cohort);
        StudyPlan plan = file.Complete(found);

        Assert.Equal(["A", "B", "b"], plan.Scanners);
        Assert.Equal(["f2", "f1"], plan.Features);
        Assert.Equal(["F", "M"], plan.Covariates[0].Levels);
        Assert.Equal(["II", "I"], plan.Covariates[1].Levels);
        Assert.Equal([], plan.Covariates[2].Levels);
    }

    [Fact]
    public void Names_in_an_include_without_patterns_are_the_vocabulary() =>
        Assert.Equal(["tlg", "suvmax"], Read(Least + "\nfeatures: { include: [tlg, suvmax, mtv], exclude: [mtv] }\nscanners: [A]").Complete().Features);

    [Fact]
    public void Each_list_that_is_missing_is_asked_for() =>
        Refuses(
            () => Read(Least + "\ncovariates:\n  - { name: sex, type: categorical }\n  - { name: stage, type: categorical }\n").Complete(),
            "E2008 study.yaml:1:1: the study lists no scanners: add scanners: [LABEL, LABEL] with every label of the cohort's column 'scanner'",
            "E2008 study.yaml:1:1: the study lists no feature names: add names: [suvmax, tlg] under features, or an include without * and ?",
            "E2008 study.yaml:4:5: covariate 'sex' lists no levels: add levels: [F, M] (the first is the reference)",
            "E2008 study.yaml:5:5: covariate 'stage' lists no levels: add levels: [LEVEL, LEVEL] (the first is the reference)");

    [Fact]
    public void A_name_that_refers_to_nothing_is_refused_with_the_nearest() =>
        Refuses(
            () => Read("""
                study: s
                scanners: [Vision, Biograph]
                features: { names: [suvmax, tlg], include: [suvmx, "glcm_*"], exclude: [tgl] }
                analyses:
                  - { id: a, kind: combat, reference: Visoin }
                """).Complete(),
            "E2009 study.yaml:3:45: include 'suvmx' finds no feature; did you mean 'suvmax'?",
            "E2009 study.yaml:3:52: include 'glcm_*' finds no feature; remove it, or correct it to a feature's name",
            "E2009 study.yaml:3:73: exclude 'tgl' finds no feature; did you mean 'tlg'?",
            "E2009 study.yaml:5:39: reference 'Visoin' is not a scanner of the study; did you mean 'Vision'?");

    [Fact]
    public void An_include_that_leaves_nothing_is_refused() =>
        Refuses(
            () => Read(Least + "\nscanners: [A]\nfeatures: { include: [tlg], exclude: ['t*'] }").Complete(),
            "E2009 study.yaml:4:11: no feature is left after include and exclude; widen include, or shorten exclude");

    [Fact]
    public void Words_from_tables_must_be_presentable() =>
        Refuses(
            () => Read(Least).Complete(new StudyVocabulary { Scanners = ["A\u202E"], Features = ["f"] }),
            "E2004 study.yaml:1:1: scanners, item 1, is 'A\\u202E'; write a name of at most 256 visible characters, not NA");

    [Fact]
    public void An_analysis_may_refuse_a_plan_by_its_own_rule() =>
        Refuses(
            () => Read("study: s\nscanners: [A]\nfeatures: { names: [f] }\nanalyses:\n  - { id: refused, kind: describe }").Complete(),
            "E2999 study.yaml:5:5: example: refused by its own rule: choose another id.");

    [Theory]
    [InlineData("E2001 study.yaml:1:1: the file is empty; describe the study in it", "")]
    [InlineData("E2001 study.yaml:2:8: an alias (*name); write the value out", "study: s\ntitle: *x")]
    [InlineData("E2001 study.yaml:1:8: an anchor (&name); write every value out where it is used", "study: &x s")]
    [InlineData("E2001 study.yaml:1:8: a tag (!name); remove it", "study: !!str s")]
    [InlineData("E2001 study.yaml:2:1: a second document starts here; keep one study to a file", "study: s\n---\nstudy: t")]
    [InlineData("E2004 study.yaml:1:1: the study is 'just text'; write keys with values: { study: .., title: .., purpose: .., recipient: .., approval: .., scanner: .., scanners: .., site: .., subject: .., fit-on: .., features: .., covariates: .., measurement: .., columns: .., analyses: .., privacy: .., quorum: .. }", "just text")]
    [InlineData("E2002 study.yaml:3:1: unknown key 'tilte'; did you mean 'title'?", Least + "\ntilte: x")]
    [InlineData("E2002 study.yaml:3:10: unknown key 'hospitals'; the keys here are sites, round-deadline", Least + "\nquorum: {hospitals: 3}")]
    [InlineData("E2002 study.yaml:2:36: unknown key 'mean_only'; did you mean 'mean-only'?", "study: s\nanalyses: [{ id: a, kind: combat,  mean_only: true}]")]
    [InlineData("E2003 study.yaml:1:1: the key 'study' is missing; write study: and an identifier of 1 to 64 lower-case letters, digits and hyphens", "analyses: [{ id: a, kind: combat }]")]
    [InlineData("E2003 study.yaml:2:12: analyses, item 1, has no kind; write kind: combat or describe", "study: s\nanalyses: [{ id: a }]")]
    [InlineData("E2003 study.yaml:1:1: study is empty; write an identifier of 1 to 64 lower-case letters, digits and hyphens", "study:\nanalyses: [{ id: a, kind: combat }]")]
    [InlineData("E2004 study.yaml:1:8: study is 'Study 1'; write an identifier of 1 to 64 lower-case letters, digits and hyphens", "study: Study 1\nanalyses: [{ id: a, kind: combat }]")]
    [InlineData("E2004 study.yaml:3:26: minimum-rows is 'ten'; write a whole number from 1 to 1,000,000", Least + "\nprivacy: { minimum-rows: ten }")]
    [InlineData("E2004 study.yaml:3:26: minimum-rows is '0'; write a whole number from 1 to 1,000,000", Least + "\nprivacy: { minimum-rows: 0 }")]
    [InlineData("E2004 study.yaml:3:26: minimum-rows is '10'; write a whole number from 1 to 1,000,000", Least + "\nprivacy: { minimum-rows: '10' }")]
    [InlineData("E2004 study.yaml:3:27: round-deadline is '2 h'; write a duration such as 2h, 30m or 90s, of at most 720h", Least + "\nquorum: { round-deadline: 2 h }")]
    [InlineData("E2004 study.yaml:3:27: round-deadline is '721h'; write a duration such as 2h, 30m or 90s, of at most 720h", Least + "\nquorum: { round-deadline: 721h }")]
    [InlineData("E2004 study.yaml:2:46: mean-only is 'yes'; write true or false", "study: s\nanalyses: [{ id: a, kind: combat, mean-only: yes }]")]
    [InlineData("E2004 study.yaml:2:49: quantiles, item 1, is '1'; write a number between 0 and 1, both excluded", "study: s\nanalyses: [{ id: a, kind: describe, quantiles: [1] }]")]
    [InlineData("E2004 study.yaml:2:44: level is '1,5'; write a number from 0 to 1", "study: s\nanalyses: [{ id: a, kind: describe, level: '1,5' }]")]
    [InlineData("E2004 study.yaml:3:11: scanners is 'A'; write a list [..] of 1 to 10,000 values, each a name of at most 256 visible characters, not NA", Least + "\nscanners: A")]
    [InlineData("E2004 study.yaml:3:11: scanners has 0 values; write a list [..] of 1 to 10,000 values, each a name of at most 256 visible characters, not NA", Least + "\nscanners: []")]
    [InlineData("E2004 study.yaml:3:12: scanners, item 1, is 'NA'; write a name of at most 256 visible characters, not NA", Least + "\nscanners: [NA]")]
    [InlineData("E2004 study.yaml:3:8: title is 'see \\u202Eevil'; write text of at most 200 characters", Least + "\ntitle: \"see \\u202Eevil\"")]
    [InlineData("E2004 study.yaml:3:14: covariates, item 1, is 'age'; write keys with values: { name: .., type: .., levels: .. }", Least + "\ncovariates: [age]")]
    [InlineData("E2005 study.yaml:2:52: empirical-bayes is 'parametic'; did you mean 'parametric'? Write parametric, nonparametric or none", "study: s\nanalyses: [{ id: a, kind: combat, empirical-bayes: parametic }]")]
    [InlineData("E2005 study.yaml:3:20: scale is 'decibel'; write identity or log", Least + "\nfeatures: { scale: decibel }")]
    [InlineData("E2005 study.yaml:2:27: kind 'combet' is unknown; did you mean 'combat'?", "study: s\nanalyses: [{ id: a, kind: combet }]")]
    [InlineData("E2005 study.yaml:2:27: kind 'telepathy' is unknown; write combat or describe", "study: s\nanalyses: [{ id: a, kind: telepathy }]")]
    [InlineData("E2005 study.yaml:3:52: covariate 'age' is continuous and has no levels; remove them, or write type: categorical", Least + "\ncovariates: [{name: age, type: continuous, levels: [a]}]")]
    [InlineData("E2006 study.yaml:3:1: the key 'study' occurs twice; keep one", Least + "\nstudy: t")]
    [InlineData("E2006 study.yaml:2:41: the id 'a' occurs twice; every analysis needs one of its own", "study: s\nanalyses: [{ id: a, kind: combat},{ id: a, kind: combat }]")]
    [InlineData("E2006 study.yaml:2:18: the id 'survey' is that of the opening step of every study; choose another", "study: s\nanalyses: [{ id: survey, kind: combat}]")]
    [InlineData("E2006 study.yaml:3:15: scanners, item 2, is 'A', which is there already; remove one", Least + "\nscanners: [A, A]")]
    [InlineData("E2006 study.yaml:3:52: covariate 'age' occurs twice; remove one", Least + "\ncovariates: [{name: age, type: continuous}, {name: age, type: categorical}]")]
    [InlineData("E2007 study.yaml:2:27: kind 'cox' is not available in this version; remove the analysis, or use combat or describe", "study: s\nanalyses: [{ id: a, kind: cox, time: pfs }]")]
    [InlineData("E2003 study.yaml:3:26: the key 'delta' is missing; write delta: and a number between 0 and 0.01, both excluded", Least + "\nprivacy: { differential: { epsilon: 8, unit: patient, clip: 1 } }")]
    [InlineData("E2007 study.yaml:2:35: covariance is not available in this version; leave it out", "study: s\nanalyses: [{ id: a, kind: combat, covariance: { variance-explained: 0.95 } }]")]
    [InlineData("E2009 study.yaml:2:43: from 'b' is not the id of an earlier analysis of kind combat; there is none", "study: s\nanalyses: [{ id: a, kind: describe, from: b}, { id: b, kind: combat}]")]
    [InlineData("E2009 study.yaml:2:57: covariate 'age' is not a continuous covariate; there is none", "study: s\nanalyses: [{ id: a, kind: combat, smooth: [{ covariate: age}] }]")]
    public void A_file_is_refused_with_place_and_remedy(string message, string yaml) => Refuses(() => Read(yaml), message);

    [Theory]
    [InlineData("E2001 study.yaml:1:10: not YAML: after this place a bracket or a quote is not closed; close it", "study: [a, b\ntitle: x")]
    [InlineData("E2001 study.yaml:1:8: not YAML: While scanning a quoted scalar, found unexpected end of stream; mend it here or in the line above", "study: \"s")]
    public void What_is_not_yaml_is_refused_in_one_line(string message, string yaml) => Refuses(() => Read(yaml), message);

    [Fact]
    public void Whatever_the_text_a_study_is_read_or_refused() =>
        Gen.Select(Gen.Int[0, Complete.Length - 1], Gen.Int[0, 12], Gen.OneOf(Gen.String[Gen.Char["[]{}:,'\"&*!|>-?#%@ \n\tab0\0\uFEFF\uD800"], 0, 8], Gen.String)).Sample((at, cut, insert) =>
        {
            string yaml = string.Concat(Complete.AsSpan(0, at), insert, Complete.AsSpan(Math.Min(at + cut, Complete.Length)));
            try
            {
                Read(yaml).Complete();
            }
            catch (StudyFileInvalidException refused)
            {
                Assert.NotEmpty(refused.Errors);
                Assert.All(refused.Errors, e => Assert.True(e.Line > 0 && e.Column > 0 && !e.Message.Contains('\n', StringComparison.Ordinal)));
            }
        }, iter: 2000);

    [Fact]
    public void All_errors_are_told_at_once_in_the_order_of_the_file() =>
        Refuses(
            () => Read("study: S\ntilte: x\nscale: log\nanalyses: []"),
            "E2004 study.yaml:1:8: study is 'S'; write an identifier of 1 to 64 lower-case letters, digits and hyphens",
            "E2002 study.yaml:2:1: unknown key 'tilte'; did you mean 'title'?",
            "E2002 study.yaml:3:1: unknown key 'scale'; the keys here are study, title, purpose, recipient, approval, scanner, scanners, site, subject, fit-on, features, covariates, measurement, columns, analyses, privacy, quorum",
            "E2004 study.yaml:4:11: analyses has 0 values; write a list [..] of 1 to 64 values, each keys with values: { id: .., kind: .., and the keys of that kind }");

    [Fact]
    public void A_file_beyond_its_limits_is_refused()
    {
        Refuses(
            () => Read("study: " + new string('é', 600_000)),
            "E2001 study.yaml:1:1: the file has more than 1,048,576 bytes; a study needs far less: shorten its lists");
        Refuses(
            () => Read("study: " + new string('[', 100_000)),
            "E2001 study.yaml:1:40: more than 32 levels deep; nothing in a study is");
    }

    private static StudyFile Read(string yaml) => StudyFile.Read(yaml, "study.yaml", ExampleAnalyses.Catalogue);

    private static void Refuses(Action action, params string[] messages) =>
        Assert.Equal(messages, Assert.Throws<StudyFileInvalidException>(action).Errors.Select(e => $"{e.Code} {e}").ToArray());
}
