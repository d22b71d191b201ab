using System.Buffers.Binary;
using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Noise;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Ledger.Entries;
using Federated.Privacy.DifferentialPrivacy;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Noise;
using Federated.SiteAgent.Policy;
using Federated.SiteAgent.Store;
using Federated.SiteAgent.Tests.Support;

namespace Federated.SiteAgent.Tests.Noise;

/// <summary>Under differential privacy nothing passes the gate but bounded sums with this site's own noise, within the study's and the officer's budget.</summary>
public sealed class NoiseGateTests : IDisposable
{
    private const int Values = 300;
    private readonly SiteIdentity _identity = SiteIdentity.Create();
    private readonly StudyPlan _plan = Plan("kind: bounded-moments, values: [suv, age], patient: subject");

    [Fact]
    public void What_leaves_is_the_sum_with_the_noise_that_the_plan_states()
    {
        // One wide sum stands for many draws: its 3 x 300 elements differ from the clear ones by independent noise of the stated deviation.
        string names = string.Join(", ", Enumerable.Range(0, Values).Select(i => $"f{i}"));
        StudyPlan plan = Plan($"kind: bounded-moments, values: [{names}], patient: subject", features: names, clip: "30");
        GateRequest request = Request(plan, sites: 3);
        SiteAnswer answer = Answer(request);
        (GateRecord record, SealedPayload? payload) = Gate().Release(request, answer);
        Assert.All(record.Checks, check => Assert.True(check.Passed, check.ToString()));
        double stated = NoiseTerms.Of(plan)!.AtSite(answer.Bounded!.Bound, 3);
        double[] noise = [.. Elements(payload!).Zip(answer.Sum!.Elements.ToArray(), (told, clear) => double.ScaleB((double)(told - clear), -64) / stated)];
        Assert.InRange(noise.Average(), -0.15, 0.15); // 4.5 standard errors of 900 draws
        Assert.InRange(noise.Average(x => x * x), 0.79, 1.21);
    }

    [Fact]
    public void A_repeat_has_the_same_noise_and_anything_else_another()
    {
        GateRequest request = Request(_plan);
        Int128[] Noise(GateRequest of, SiteIdentity? who = null)
        {
            SiteAnswer answer = Answer(of);
            GateRequest asked = who is null ? of : of with { Decision = TestStudy.Approved(who) };
            return [.. Elements(new ApprovedPayload.Gate(SitePolicy.Default, who ?? _identity, new TextCodec()).Release(asked, answer).Payload!).Zip(answer.Sum!.Elements.ToArray(), (told, clear) => told - clear)];
        }

        Int128[] first = Noise(request);
        Assert.Equal(first, Noise(request));
        using SiteIdentity other = SiteIdentity.Create();
        Assert.NotEqual(first, Noise(request, other));
        Assert.NotEqual(first, Noise(request with { Task = request.Task with { Key = request.Task.Key with { Attempt = 2 } } }));
        Assert.NotEqual(first, Noise(request with { Task = request.Task with { Broadcast = Digest.Of("another"u8) } }));
        Assert.NotEqual(first, Noise(request with { Table = Table(_plan, 41) })); // one patient more: the difference of two answers must not be that patient
    }

    [Fact]
    public void An_answer_whose_parts_have_no_bound_does_not_leave()
    {
        GateRequest request = Request(_plan);
        var bare = new SumVector(Answer(request).Sum!.Layout);
        Refused(request, new SiteAnswer { Sum = bare }, GateRule.PatientBound);
        var loose = new BoundedSum(bare.Layout, 100);
        Refused(request, new SiteAnswer { Bounded = loose }, GateRule.PatientBound);
        Refused(request, Answer(request) with { Sum = bare }, GateRule.PatientBound);
    }

    [Fact]
    public void The_officers_cap_refuses_before_anything_is_computed()
    {
        GateRequest request = Request(_plan);
        SitePolicy strict = SitePolicy.Default with { EpsilonCap = 0.5 };
        GateRecord record = Gate(strict).Admit(request);
        GateCheck failed = Assert.Single(record.Checks, c => !c.Passed);
        Assert.Equal((GateRule.PrivacyBudget, 0.5), (failed.Rule, failed.Limit));
        Assert.True(failed.Found > 0.5);
        Assert.Equal(DeclineCode.Policy, record.Decline!.Code);
        Assert.Null(Gate(strict).Release(request, Answer(request)).Payload);
    }

    [Fact]
    public void Other_studies_of_the_same_tables_count_against_the_cap()
    {
        double multiplier = NoiseTerms.Of(_plan)!.Multiplier;
        NoiseCharge[] other = [.. Enumerable.Range(1, 200).Select(round => new NoiseCharge(new TaskKey(new StudyUid(new string('a', 32)), round, 1), Digest.Of("other"u8), multiplier))];
        GateRequest request = Request(_plan);
        int fits = 0;
        while (Gate().Admit(request with { Charged = [.. other.Take(fits)] }).Passed) fits++;
        Assert.InRange(fits, 1, 199);
        var budget = new PrivacyBudget(8, 1e-5, [new GaussianReleases(multiplier, 1, fits)]);
        Assert.True(budget.EpsilonSpent <= 8 && !budget.Judge(new GaussianReleases(multiplier, 1, 1)).Allowed);
    }

    [Fact]
    public void A_study_is_told_no_more_sums_than_its_epsilon_covers_and_a_repeat_costs_nothing()
    {
        GateRequest request = Request(_plan); // one sum and one repeat
        NoiseCharge Told(int attempt) => new(request.Task.Key with { Attempt = attempt }, request.Task.Plan, 10);
        Assert.True(Gate().Admit(request with { Charged = [Told(7)] }).Passed);
        GateCheck failed = Assert.Single(Gate().Admit(request with { Charged = [Told(7), Told(8)] }).Checks, c => !c.Passed);
        Assert.Equal((GateRule.StudyBudget, 2.0, 3.0), (failed.Rule, failed.Limit, failed.Found));
        Assert.True(Gate().Admit(request with { Charged = [Told(1), Told(8)] }).Passed);
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    public void A_change_of_a_model_comes_from_ten_patients_at_least(int patients, bool leaves)
    {
        // Patients, not scans: every one of them has two.
        const string kind = "kind: train, outcome: responder, predictors: [suv], patient: subject, validation: 0, rounds: 1";
        foreach (StudyPlan plan in (StudyPlan[])[Plan(kind), Plan(kind, exact: true)])
        {
            GateRequest request = Request(plan, step: "round", table: Table(plan, patients, scans: 2));
            double[] model = new double[2];
            Broadcast broadcast = Broadcast.Of(Tensor.Vector("centre", [5]), Tensor.Vector("deviation", [2]), Tensor.Vector("model", model), Tensor.Vector("number", [1]));
            SiteAnswer answer = request.Analysis!.Answer(Context(request), "round", broadcast);
            Assert.Equal(patients, answer.Patients);
            (GateRecord record, SealedPayload? payload) = Gate().Release(request, answer);
            Assert.Equal(leaves, payload is not null);
            Assert.Equal(leaves ? [] : [GateRule.PatientsPerUpdate], record.Checks.Where(c => !c.Passed).Select(c => c.Rule));
        }
    }

    [Fact]
    public void Charges_are_read_from_the_ledger_after_a_restart_and_cannot_be_taken_back()
    {
        var store = new InMemorySiteStore();
        using var coordinator = new ScriptedCoordinator();
        SiteRecorder recorder = new(store, _identity, coordinator.Identity, TestStudy.Vocabulary(new ProbeAnalysis()), TimeProvider.System, new Privacy.Randomness.SeededRandomness(1));
        NoiseCharge[] charges = [.. Enumerable.Range(1, 5).Select(round => new NoiseCharge(new TaskKey(TestStudy.Uid, round, 1), TestStudy.PlanDigest, 3.5))];
        foreach (NoiseCharge charge in charges) recorder.NoiseCharged(charge, 1, 1e-5);
        recorder.NoiseCharged(charges[0], 1, 1e-5); // a repeat
        Assert.Equal(charges, new PrivacyAccount(store.Ledger).Charges());

        var shortened = new EditedLedger(store.Ledger, entries => entries.Where((_, i) => i != 2));
        Assert.Throws<SiteStoreException>(() => new PrivacyAccount(shortened).Charges());
        var lowered = new EditedLedger(store.Ledger, entries => entries.Select((e, i) => i != 2 ? e : new LedgerEntry(e.Kind, e.At, e.Salt.AsSpan(), PrivacyAccount.Fields(charges[2] with { Multiplier = 1e6 }, 0, 1e-5))));
        Assert.Throws<SiteStoreException>(() => new PrivacyAccount(lowered).Charges());
    }

    public void Dispose() => _identity.Dispose();

    private void Refused(GateRequest request, SiteAnswer answer, GateRule rule)
    {
        (GateRecord record, SealedPayload? payload) = Gate().Release(request, answer);
        Assert.Null(payload);
        Assert.Equal(rule, Assert.Single(record.Checks, c => !c.Passed).Rule);
        Assert.Equal(DeclineCode.Internal, record.Decline!.Code);
    }

    private ApprovedPayload.Gate Gate(SitePolicy? policy = null) => new((policy ?? SitePolicy.Default) with { MaximumParametersPerRow = null }, _identity, new TextCodec());

    private static Int128[] Elements(SealedPayload payload) =>
        [.. Enumerable.Range(0, payload.Bytes.Length / 16).Select(i => BinaryPrimitives.ReadInt128LittleEndian(payload.Bytes.Span[(i * 16)..]))];

    private static SiteContext Context(GateRequest request) =>
        new(request.Plan, request.Specification!, request.Table, request.Task.Sites, ImmutableDictionary<string, HarmonizedTable>.Empty);

    private static SiteAnswer Answer(GateRequest request) => request.Analysis!.Answer(Context(request), request.Task.Step, Broadcast.Empty);

    private GateRequest Request(StudyPlan plan, int sites = 3, string step = "moments", StudyTable? table = null) => new(
        TestStudy.SumTask(sites: sites) with { Analysis = "m", Step = step }, TestStudy.Approved(_identity), plan, plan.Analyses[0], AnalysisCatalogue.Find(plan.Analyses[0].Kind), table ?? Table(plan, 40));

    private static StudyPlan Plan(string analysis, string features = "suv", string clip = "1", bool exact = false)
    {
        string bounds = string.Join(", ", features.Split(", ").Append("age").Select(f => $"{{ name: {f}, low: 0, high: 100 }}"));
        return StudyFile.Read(
            $"study: private\nscanners: [a]\nfeatures: {{ names: [{features}] }}\ncovariates: [{{ name: age, type: continuous }}]\nanalyses: [{{ id: m, {analysis} }}]\n"
            + $"privacy: {{ aggregation: plain{(exact ? "" : $", differential: {{ epsilon: 4, delta: 1e-5, unit: patient, clip: {clip}, bounds: [{bounds}] }}")} }}\n", "study.yaml").Complete();
    }

    private static StudyTable Table(StudyPlan plan, int patients, int scans = 1)
    {
        int n = patients * scans;
        return new StudyTable(
            plan, [.. Enumerable.Range(0, n).Select(i => $"row-{i:D4}")], new int[n], [.. Enumerable.Range(0, n).Select(i => 40.0 + (i / scans))],
            [.. Enumerable.Range(0, n * plan.Features.Length).Select(i => 5.0 + (i % 7))], [.. Enumerable.Repeat(true, n)], ImmutableSortedDictionary<ExclusionReason, long>.Empty)
        { Columns = [.. plan.Columns.Select(c => (double[])[.. Enumerable.Range(0, n).Select(i => c.Name == "subject" ? i / scans : (i / scans) % 2)])] };
    }

    /// <summary>A ledger whose entries somebody changed on the disk, and whose leaf hashes were left.</summary>
    private sealed class EditedLedger(ISiteLedger inner, Func<IEnumerable<LedgerEntry>, IEnumerable<LedgerEntry>> edit) : ISiteLedger
    {
        public long Size => inner.Size;

        public long Append(string occasion, Func<LedgerEntry> write) => throw new NotSupportedException();

        public IEnumerable<LedgerEntry> Entries(long from = 0) => edit(inner.Entries()).Skip((int)from);

        public ImmutableArray<Ledger.Merkle.MerkleHash> Leaves(long from = 0) => inner.Leaves(from);

        public void AddCheckpoint(ulong size, string note) => throw new NotSupportedException();

        public ImmutableArray<string> Checkpoints() => inner.Checkpoints();

        public string? LastSeen() => inner.LastSeen();

        public void RecordSeen(string note) => throw new NotSupportedException();
    }
}
