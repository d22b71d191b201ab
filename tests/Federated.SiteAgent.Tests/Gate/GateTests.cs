using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Privacy.Disclosure;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Policy;
using Federated.SiteAgent.Store;
using Federated.SiteAgent.Tests.Support;

namespace Federated.SiteAgent.Tests.Gate;

/// <summary>Each reason for which nothing leaves, and that nothing else is in the way.</summary>
public sealed class GateTests : IDisposable
{
    private readonly SiteIdentity _identity = SiteIdentity.Create();

    [Fact]
    public void A_sound_answer_passes_and_every_check_is_on_record()
    {
        (GateRecord record, SealedPayload? payload) = Gate().Release(Request(), Sum());
        Assert.Null(record.Decline);
        Assert.NotNull(payload);
        Assert.Equal(Enum.GetValues<GateRule>().ToHashSet(), record.Checks.Select(c => c.Rule).ToHashSet());
        Assert.All(record.Checks, check => Assert.True(check.Passed));
        Assert.Equal(Digest.Of(payload.Bytes.Span), payload.Digest);
    }

    [Fact]
    public void Nothing_leaves_without_the_officers_yes() =>
        Refused(Request() with { Decision = null }, DeclineCode.PlanNotApproved, GateRule.PlanApproved);

    [Fact]
    public void Nothing_leaves_after_a_withdrawal() => Refused(
        Request() with { Decision = OfficerDecision.Withdraw(_identity, TestStudy.Uid, TestStudy.PlanDigest, TestStudy.ManifestDigest, TestStudy.Start) },
        DeclineCode.PlanNotApproved, GateRule.PlanApproved);

    [Fact]
    public void Nothing_leaves_during_a_pause() =>
        Refused(Request() with { Decision = TestStudy.Approved(_identity) with { Paused = true } }, DeclineCode.PlanNotApproved, GateRule.PlanApproved);

    [Fact]
    public void A_yes_to_another_plan_is_not_a_yes() => Refused(
        Request() with { Task = TestStudy.SumTask() with { Plan = Digest.Of("another plan"u8) } }, DeclineCode.PlanNotApproved, GateRule.PlanApproved);

    [Fact]
    public void A_yes_that_this_sites_key_did_not_sign_is_not_a_yes()
    {
        using SiteIdentity stranger = SiteIdentity.Create();
        Refused(Request() with { Decision = TestStudy.Approved(stranger) }, DeclineCode.PlanNotApproved, GateRule.PlanApproved);
    }

    [Fact]
    public void An_analysis_outside_the_plan_is_not_answered() =>
        Assert.Equal(DeclineCode.Policy, Gate().Admit(Request() with { Specification = null, Analysis = null }).Decline!.Code);

    [Fact]
    public void A_kind_the_officer_forbids_is_not_answered() => Refused(
        Request(), DeclineCode.Policy, GateRule.KindAllowed, policy: SitePolicy.Default with { AllowedKinds = ["combat"] });

    [Fact]
    public void A_step_that_the_manifest_does_not_list_is_not_answered() => Refused(
        Request() with { Task = TestStudy.SumTask() with { Step = "covariance" } }, DeclineCode.BroadcastInvalid, GateRule.StepDeclared);

    [Fact]
    public void A_sum_asked_for_as_a_report_is_not_answered() => Refused(
        Request() with { Task = TestStudy.SumTask() with { Kind = ExchangeKind.Report } }, DeclineCode.BroadcastInvalid, GateRule.StepDeclared);

    [Fact]
    public void A_plan_that_promises_masking_is_not_answered_in_the_clear()
    {
        GateRequest secure = Request(TestStudy.Plan with { Privacy = new PrivacyTerms { Aggregation = Aggregation.Secure } });
        Refused(secure, DeclineCode.Policy, GateRule.ProtectionAsPromised);
        Assert.True(Gate(SitePolicy.Permissive).Admit(secure).Passed);
    }

    [Fact]
    public void An_officer_may_forbid_clear_sums() => Refused(
        Request(), DeclineCode.Policy, GateRule.ProtectionAsPromised, policy: SitePolicy.Default with { AllowPlainAggregation = false });

    [Fact]
    public void An_officer_may_forbid_sums_that_tell_of_single_patients()
    {
        AnalysisSpecification exact = new("os", "kaplan-meier", new System.Text.Json.Nodes.JsonObject { ["time"] = "suvmax", ["status"] = "suvmean" });
        StudyPlan plan = TestStudy.Plan with { Analyses = [exact] };
        GateRequest request = Request(plan) with
        {
            Task = TestStudy.SumTask() with { Analysis = exact.Id, Step = "times" },
            Specification = exact,
            Analysis = AnalysisCatalogue.Find(exact.Kind),
        };
        SitePolicy forbids = SitePolicy.Default with { AllowSinglePatients = false };
        Assert.Contains(Gate(forbids).Admit(request).Checks, c => c is { Rule: GateRule.SinglePatientsAllowed, Passed: false });
        Assert.Contains(Gate().Admit(request).Checks, c => c is { Rule: GateRule.SinglePatientsAllowed, Passed: true });
        GateRequest sizes = request with { Task = request.Task with { Step = "sizes" } };
        Assert.Contains(Gate(forbids).Admit(sizes).Checks, c => c is { Rule: GateRule.SinglePatientsAllowed, Passed: true });
    }

    [Fact]
    public void A_site_without_rows_says_so() => Refused(Request(table: TestStudy.Table(0, 0)), DeclineCode.NoData, GateRule.RowsHeld);

    [Theory]
    [InlineData(9, 20, 0)]
    [InlineData(20, 9, 1)]
    public void A_scanner_below_the_officers_minimum_is_named(int onA, int onB, int scanner)
    {
        Decline decline = Refused(Request(table: TestStudy.Table(onA, onB)), DeclineCode.TooFewRows, GateRule.RowsPerScanner);
        Assert.Equal([scanner], decline.Where);
        Assert.Equal([10L], decline.Counts);
    }

    [Theory]
    [InlineData(10, 20)]
    [InlineData(0, 20)]
    public void A_scanner_at_the_minimum_or_absent_is_no_obstacle(int onA, int onB) =>
        Assert.True(Gate().Admit(Request(table: TestStudy.Table(onA, onB))).Passed);

    [Fact]
    public void Only_rows_used_to_estimate_count_where_there_are_any() => Assert.Equal(
        [0], Refused(Request(table: TestStudy.Table(20, 40, fitOnA: 9)), DeclineCode.TooFewRows, GateRule.RowsPerScanner).Where);

    [Fact]
    public void A_new_scanner_without_rows_to_estimate_on_passes_by_all_its_rows()
    {
        Assert.True(Gate().Admit(Request(table: TestStudy.Table(12, 40, fitOnA: 0))).Passed);
        Refused(Request(table: TestStudy.Table(9, 40, fitOnA: 0)), DeclineCode.TooFewRows, GateRule.RowsPerScanner);
    }

    [Fact]
    public void The_larger_minimum_of_plan_and_officer_holds()
    {
        StudyPlan strict = TestStudy.Plan with { Privacy = new PrivacyTerms { Aggregation = Aggregation.Plain, MinimumRows = 21 } };
        Assert.Equal([21L], Refused(Request(strict), DeclineCode.TooFewRows, GateRule.RowsPerScanner).Counts);
        Assert.True(Gate(SitePolicy.Permissive).Admit(Request(strict)).Passed);
    }

    [Fact]
    public void A_level_with_few_patients_is_not_summed()
    {
        GateRequest rare = Request(table: TestStudy.Table(20, 20, women: 3));
        Refused(rare, DeclineCode.Policy, GateRule.RowsPerLevel);
        Assert.Equal(1, Gate().Admit(rare).Checks.Single(c => c.Rule == GateRule.RowsPerLevel).Where);
        Assert.True(Gate().Admit(Request(table: TestStudy.Table(20, 20, women: 0))).Passed);
    }

    [Fact]
    public void Few_rows_do_not_carry_many_covariates()
    {
        StudyPlan plan = TestStudy.Plan with
        {
            Covariates = [.. Enumerable.Range(0, 7).Select(i => new Covariate($"x{i}", CovariateType.Continuous, []))],
        };
        Refused(Request(plan, TestStudy.Table(20, 0, plan)), DeclineCode.Policy, GateRule.ParametersPerRow);
        Assert.True(Gate().Admit(Request(plan, TestStudy.Table(22, 0, plan))).Passed);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(9, false)]
    [InlineData(10, true)]
    [InlineData(0, true)]
    public void A_cohort_that_differs_from_an_earlier_one_by_a_few_records_is_not_released(int added, bool passes)
    {
        GateRequest before = Request(table: TestStudy.Table(20, 20));
        GateRequest after = Request(table: TestStudy.Table(20, 20 + added)) with { Released = DifferencingLedger.Empty.Add(Gate().CohortOf(before)) };
        GateCheck check = Gate().Admit(after).Checks.Single(c => c.Rule == GateRule.Differencing);
        Assert.Equal((passes, 10.0, added == 0 ? null : (double?)added), (check.Passed, check.Limit!.Value, check.Found));
        if (!passes) Refused(after, DeclineCode.Policy, GateRule.Differencing);
        Assert.True(Gate(SitePolicy.Permissive).Admit(after).Passed);
        Assert.Equal(Math.Max(added, 0) is 0 or >= 15, Gate(SitePolicy.Default with { LeastDifference = 15 }).Admit(after).Passed);
    }

    [Fact]
    public void Other_variables_are_another_question()
    {
        GateRequest before = Request(table: TestStudy.Table(20, 20));
        StudyPlan fewer = TestStudy.Plan with { Features = ["suvmax"] };
        GateRequest after = Request(fewer, TestStudy.Table(20, 21, fewer)) with { Released = DifferencingLedger.Empty.Add(Gate().CohortOf(before)) };
        Assert.True(Gate().Admit(after).Passed);
        using SiteIdentity other = SiteIdentity.Create();
        var elsewhere = new ApprovedPayload.Gate(SitePolicy.Default, other, new TextCodec());
        Assert.Equal(80, elsewhere.CohortOf(before).Records.DifferenceFrom(Gate().CohortOf(before).Records)); // two sites' records cannot be compared
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    [InlineData(0, true)]
    public void A_bin_with_few_rows_does_not_leave_whatever_the_analysis_did(int count, bool passes)
    {
        var bins = new PackedCounts("n", 5);
        var sum = new SumVector(new SumLayout(bins.Block(1), SumBlock.Counts("total", 3)));
        bins.Add(sum, 0, [40, 0, 12, 30, count]);
        var answer = new SiteAnswer { Sum = sum, Packed = ["n"], Bins = ["n"] };
        GateRequest request = Request() with { Analysis = new ProbeAnalysis { CountShape = [1, 2] } };
        if (passes) Assert.NotNull(Gate().Release(request, answer).Payload);
        else NotReleased(request, answer, DeclineCode.Policy, GateRule.HistogramBins);
    }

    [Fact]
    public void An_officer_may_only_tighten_the_floor()
    {
        Assert.Null(SitePolicy.Default.LooserThanFloor());
        Assert.Null((SitePolicy.Default with { MinimumRowsPerScanner = 30, MaximumParametersPerRow = 0.1, LeastBin = 20, LeastDifference = 25 }).LooserThanFloor());
        SitePolicy[] looser =
        [
            SitePolicy.Permissive, SitePolicy.Default with { MinimumRowsPerScanner = 9 }, SitePolicy.Default with { MinimumRowsPerLevel = 9 }, SitePolicy.Default with { LeastBin = 9 },
            SitePolicy.Default with { LeastDifference = 0 }, SitePolicy.Default with { MaximumParametersPerRow = null }, SitePolicy.Default with { MaximumParametersPerRow = 0.34 },
            SitePolicy.Default with { MaximumParametersPerRow = double.NaN },
        ];
        Assert.All(looser, policy => Assert.NotNull(policy.LooserThanFloor()));
    }

    [Fact]
    public void A_block_that_the_manifest_does_not_list_does_not_leave() => NotReleased(
        Request(), new SiteAnswer { Sum = new SumVector(new SumLayout(SumBlock.Counts("n", 2), SumBlock.Counts("patients", 3))) },
        DeclineCode.Internal, GateRule.AnswerAsDeclared);

    [Fact]
    public void A_block_of_another_shape_does_not_leave() => NotReleased(
        Request(), new SiteAnswer { Sum = new SumVector(new SumLayout(SumBlock.Counts("n", 2), SumBlock.Counts("total", 4))) },
        DeclineCode.Internal, GateRule.AnswerAsDeclared);

    [Fact]
    public void A_sum_does_not_carry_a_report_along() => NotReleased(
        Request(), Sum() with { Report = ProbeAnalysis.Report(TestStudy.Table()).Report }, DeclineCode.Internal, GateRule.AnswerAsDeclared);

    [Fact]
    public void A_number_that_could_wrap_over_all_sites_does_not_leave_and_its_feature_is_named()
    {
        SiteAnswer large = Sum();
        large.Sum!.Add("total", 2, Math.Pow(2, 62));
        Decline decline = NotReleased(Request(), large, DeclineCode.OutOfRange, GateRule.RoomForSites);
        Assert.Equal([2], decline.Where);
        Assert.Null(Gate().Release(Request() with { Task = TestStudy.SumTask(sites: 1) }, large).Record.Decline);
        Assert.Null(Gate().Release(Request(), large with { Packed = ["total"] }).Record.Decline);
    }

    [Fact]
    public void A_report_speaks_of_no_more_rows_than_there_are()
    {
        SiteAnswer report = ProbeAnalysis.Report(TestStudy.Table(30, 30));
        NotReleased(ReportRequest(), report, DeclineCode.Internal, GateRule.ReportCounts);
        Assert.NotNull(Gate().Release(ReportRequest(), ProbeAnalysis.Report(TestStudy.Table())).Payload);
    }

    [Fact]
    public void Scanner_effects_leave_only_where_plan_and_officer_share_them()
    {
        SiteAnswer report = ProbeAnalysis.Report(TestStudy.Table(), Effects(0));
        Assert.NotNull(Gate().Release(ReportRequest(), report).Payload);
        NotReleased(ReportRequest(), report, DeclineCode.Policy, GateRule.ScannerEffectsShared, SitePolicy.Default with { ShareScannerEffects = false });
        StudyPlan local = TestStudy.Plan with { Privacy = new PrivacyTerms { Aggregation = Aggregation.Plain, ScannerEffects = ScannerEffectsTerms.Local } };
        NotReleased(ReportRequest(local), report, DeclineCode.Policy, GateRule.ScannerEffectsShared);
    }

    [Fact]
    public void Effects_of_a_scanner_that_the_site_does_not_hold_do_not_leave() => NotReleased(
        ReportRequest() with { Table = TestStudy.Table(20, 0) }, ProbeAnalysis.Report(TestStudy.Table(20, 0), Effects(1)),
        DeclineCode.Policy, GateRule.ScannerEffectsShared);

    [Fact]
    public void Phantoms_that_no_step_declares_do_not_leave()
    {
        SiteAnswer report = ProbeAnalysis.Report(TestStudy.Table());
        var phantom = new PhantomPoint(321, 1.02, 0.08, 6.1, 4.2, [], []);
        NotReleased(
            ReportRequest(), report with { Report = report.Report! with { Phantoms = [new ScannerPhantoms(0, [phantom])] } }, DeclineCode.Internal, GateRule.PhantomsAsDeclared);
    }

    [Fact]
    public void An_entry_opens_again_only_with_its_seal_its_bytes_and_the_officers_yes()
    {
        ApprovedPayload.Gate gate = Gate();
        (GateRecord record, SealedPayload? payload) = gate.Release(Request(), Sum());
        var entry = new OutboxEntry(TestStudy.SumTask(), record.Checks, payload!, TestStudy.Start);
        OfficerDecision yes = TestStudy.Approved(_identity);
        Assert.NotNull(gate.Reopen(entry, yes));

        Assert.Null(gate.Reopen(entry, null));
        Assert.Null(gate.Reopen(entry, yes with { Paused = true }));
        byte[] other = payload!.Bytes.ToArray();
        other[0] ^= 1;
        Assert.Null(gate.Reopen(new OutboxEntry(TestStudy.SumTask(), record.Checks, payload with { Bytes = other }, TestStudy.Start), yes));
        Assert.Null(gate.Reopen(
            new OutboxEntry(TestStudy.SumTask(), record.Checks, payload with { Bytes = other, Digest = Digest.Of(other) }, TestStudy.Start), yes));
        Assert.Null(gate.Reopen(new OutboxEntry(TestStudy.SumTask(round: 9), record.Checks, payload, TestStudy.Start), yes));
    }

    [Fact]
    public void Nobody_else_can_make_a_payload()
    {
        const System.Reflection.BindingFlags Any = System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic;
        Assert.All(typeof(ApprovedPayload).GetConstructors(Any), constructor => Assert.True(constructor.IsPrivate));
        Assert.True(typeof(ApprovedPayload).IsSealed);
    }

    public void Dispose() => _identity.Dispose();

    private static ScannerEffects Effects(int scanner) => new(scanner, [0.1, 0.2, double.NaN], [1, 1.5, double.NaN]);

    private static SiteAnswer Sum() => new() { Sum = new SumVector(ProbeAnalysis.Layout) };

    private ApprovedPayload.Gate Gate(SitePolicy? policy = null) => new(policy ?? SitePolicy.Default, _identity, new TextCodec());

    private GateRequest Request(StudyPlan? plan = null, StudyTable? table = null)
    {
        plan ??= TestStudy.Plan;
        return new GateRequest(TestStudy.SumTask(), TestStudy.Approved(_identity), plan, plan.Analyses[0], new ProbeAnalysis(), table ?? TestStudy.Table(plan: plan));
    }

    private GateRequest ReportRequest(StudyPlan? plan = null) => Request(plan) with { Task = TestStudy.ReportTask() };

    private Decline Refused(GateRequest request, DeclineCode code, GateRule rule, SitePolicy? policy = null)
    {
        GateRecord record = Gate(policy).Admit(request);
        Assert.Equal(rule, Assert.Single(record.Checks, check => !check.Passed).Rule);
        Assert.Null(Gate(policy).Release(request, Sum()).Payload);
        Assert.Equal(code, record.Decline!.Code);
        return record.Decline;
    }

    private Decline NotReleased(GateRequest request, SiteAnswer answer, DeclineCode code, GateRule rule, SitePolicy? policy = null)
    {
        Assert.True(Gate(policy).Admit(request).Passed);
        (GateRecord record, SealedPayload? payload) = Gate(policy).Release(request, answer);
        Assert.Null(payload);
        Assert.Equal(rule, Assert.Single(record.Checks, check => !check.Passed).Rule);
        Assert.Equal(code, record.Decline!.Code);
        return record.Decline;
    }
}
