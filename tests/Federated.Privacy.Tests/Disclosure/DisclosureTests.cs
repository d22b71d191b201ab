using CsCheck;
using Federated.Privacy.Disclosure;
using Federated.Privacy.Randomness;

namespace Federated.Privacy.Tests.Disclosure;

/// <summary>What may leave, what may not, and that the difference is recorded.</summary>
public class DisclosureTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void Groups_are_empty_or_large_enough()
    {
        Assert.Equal([true, false, false, true, true], DisclosureRules.ScannerBatches(DisclosurePolicy.Floor, [0, 1, 9, 10, 500]).Select(c => c.Allowed));
        Assert.Equal(new DisclosureCheck(DisclosureRule.CovariateLevel, 1, 9, 10, false), DisclosureRules.CovariateLevels(DisclosurePolicy.Floor, [10, 9])[1]);
        Assert.Equal([true, false], DisclosureRules.HistogramBins(DisclosurePolicy.Floor, [0, 3]).Select(c => c.Allowed));
        Assert.Throws<ArgumentOutOfRangeException>(() => DisclosureRules.HistogramBins(DisclosurePolicy.Floor, [-1]));
    }

    [Theory]
    [InlineData(33, 100, true)]
    [InlineData(34, 100, false)]
    [InlineData(0, 0, false)]
    public void A_model_has_at_most_a_third_as_many_parameters_as_rows(long parameters, long rows, bool allowed) =>
        Assert.Equal(allowed, DisclosureRules.Parameters(DisclosurePolicy.Floor, parameters, rows).Allowed);

    [Theory]
    [InlineData(0, 1_000_000, false)]
    [InlineData(1, 1_000_000, false)]
    [InlineData(0.5, 21, true)]
    [InlineData(0.5, 20, false)]
    [InlineData(0.1, 101, true)]
    [InlineData(0.9, 101, true)]
    [InlineData(0.9, 100, false)]
    [InlineData(0.5, 0, false)]
    public void An_order_statistic_has_ten_rows_on_either_side(double quantile, long rows, bool allowed) =>
        Assert.Equal(allowed, DisclosureRules.OrderStatistic(DisclosurePolicy.Floor, quantile, rows).Allowed);

    [Theory]
    [InlineData(10, 2, true, true)]
    [InlineData(9, 2, false, true)]
    [InlineData(100, 1, true, false)]
    public void An_update_stands_for_ten_patients_and_never_for_a_batch_of_one(long patients, long batch, bool enough, bool batches) =>
        Assert.Equal([enough, batches], DisclosureRules.Update(DisclosurePolicy.Floor, patients, batch).Select(c => c.Allowed));

    [Fact]
    public void An_officer_may_only_tighten()
    {
        DisclosurePolicy strict = DisclosurePolicy.Floor.TightenedBy(leastGroup: 20, parametersPerRow: 0.1);
        Assert.False(DisclosureRules.ScannerBatches(strict, [15])[0].Allowed);
        Assert.False(DisclosureRules.Parameters(strict, 11, 100).Allowed);
        Assert.Equal(10, strict.LeastBin);
        var looser = Assert.Throws<ArgumentOutOfRangeException>(() => strict.TightenedBy(leastGroup: 19));
        Assert.Contains("at least 20", looser.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => DisclosurePolicy.Floor.TightenedBy(parametersPerRow: 0.34));
        Assert.Throws<ArgumentOutOfRangeException>(() => DisclosurePolicy.Floor.TightenedBy(parametersPerRow: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => DisclosurePolicy.Floor.TightenedBy(leastDifference: 9));
        Assert.Throws<ArgumentOutOfRangeException>(() => DisclosurePolicy.Floor.TightenedBy(leastFromEnd: 0));
    }

    [Fact]
    public void Suppressed_is_not_zero()
    {
        Assert.NotEqual(Suppressible.Shown(0), Suppressible.Suppressed);
        Assert.Equal("suppressed", Suppressible.Suppressed.ToString());
        Assert.Equal("0", Suppressible.Shown(0).ToString());
        Assert.Throws<InvalidOperationException>(() => Suppressible.Suppressed.Value);
        Assert.Throws<InvalidOperationException>(() => default(Suppressible).Value);
    }

    [Theory]
    [InlineData(new long[] { 0, 3, 50, 20 }, false, "0 suppressed 50 20")]
    [InlineData(new long[] { 0, 3, 50, 20 }, true, "0 suppressed 50 suppressed")] // 3 = total - the rest, if only it were missing
    [InlineData(new long[] { 8, 7, 50 }, true, "suppressed suppressed 50")]
    [InlineData(new long[] { 2, 3, 50, 20 }, true, "suppressed suppressed 50 suppressed")] // the two gaps together hold five
    [InlineData(new long[] { 0, 3 }, true, "0 suppressed")]
    [InlineData(new long[] { 10, 0 }, true, "10 0")]
    public void Small_counts_are_held_back_and_cannot_be_found_by_subtraction(long[] counts, bool total, string expected) =>
        Assert.Equal(expected, string.Join(' ', SuppressedCounts.Of(counts, 10, total)));

    private static ReleasedCohort Cohort(int from, int to, params string[] variables) =>
        new(VariableSet.Of(variables), KeyedCohort.Of(Key, Enumerable.Range(from, to - from).Select(i => $"patient-{i}")));

    [Theory]
    [InlineData(0, 100, true)] // the same cohort again
    [InlineData(0, 99, false)]
    [InlineData(0, 91, false)]
    [InlineData(0, 90, true)]
    [InlineData(5, 104, false)] // five left, four came
    [InlineData(5, 105, true)]
    public void Cohorts_on_the_same_variables_are_equal_or_differ_by_ten(int from, int to, bool allowed)
    {
        DifferencingLedger ledger = DifferencingLedger.Empty.Add(Cohort(0, 100, "age", "suvmax"));
        Assert.Equal(allowed, ledger.Judge(DisclosurePolicy.Floor, Cohort(from, to, "suvmax", "age")).Allowed);
        Assert.True(ledger.Judge(DisclosurePolicy.Floor, Cohort(from, to, "tlg")).Allowed);
    }

    [Fact]
    public void Every_release_counts_not_only_the_last()
    {
        DifferencingLedger ledger = DifferencingLedger.Empty.Add(Cohort(0, 100, "age")).Add(Cohort(0, 80, "age")).Add(Cohort(0, 80, "age"));
        Assert.Equal(2, ledger.Released.Length);
        DisclosureCheck check = ledger.Judge(DisclosurePolicy.Floor, Cohort(0, 98, "age"));
        Assert.Equal(new DisclosureCheck(DisclosureRule.Differencing, 0, 2, 10, false), check);
    }

    [Fact]
    public void Differences_are_those_of_sets() => Gen.Select(Gen.Int[0, 60].HashSet[0, 40], Gen.Int[0, 60].HashSet[0, 40]).Sample(
        (a, b) =>
        {
            KeyedCohort first = KeyedCohort.Of(Key, a.Select(i => $"{i}")), second = KeyedCohort.FromBytes(KeyedCohort.Of(Key, b.Select(i => $"{i}")).ToBytes());
            var expected = new HashSet<int>(a);
            expected.SymmetricExceptWith(b);
            Assert.Equal(expected.Count, first.DifferenceFrom(second));
        },
        iter: 200);

    [Fact]
    public void A_stored_cohort_names_nobody_and_depends_on_the_key()
    {
        KeyedCohort cohort = KeyedCohort.Of(Key, ["patient-1", "patient-1", "patient-2"]);
        Assert.Equal(2, cohort.Count);
        Assert.Equal(32, cohort.ToBytes().Length);
        Assert.Equal(4, cohort.DifferenceFrom(KeyedCohort.Of(new byte[32], ["patient-1", "patient-2"])));
        Assert.Throws<ArgumentException>(() => KeyedCohort.FromBytes(new byte[15]));
        Assert.Throws<ArgumentException>(() => KeyedCohort.FromBytes(new byte[32]));
        Assert.Throws<ArgumentException>(() => KeyedCohort.Of(new byte[16], []));
        Assert.NotEqual(VariableSet.Of(["ab", "c"]), VariableSet.Of(["a", "bc"]));
    }

    /// <summary>The attack itself, on simulated cohorts: members and strangers scored by the likelihood ratio, against the predicted area under the curve.</summary>
    [Theory]
    [InlineData(40, 10)]
    [InlineData(40, 80)]
    [InlineData(100, 400)]
    public void Predicted_risk_is_that_of_the_attack(int patients, int statistics)
    {
        var noise = new NormalStream(new SeededRandomness(11));
        const int Trials = 400;
        double[] member = new double[Trials], stranger = new double[Trials];
        for (int trial = 0; trial < Trials; trial++)
        {
            for (int j = 0; j < statistics; j++)
            {
                double inside = noise.Next(), outside = noise.Next();
                double mean = (inside + (Math.Sqrt(patients - 1) * noise.Next())) / patients; // the others' sum, drawn at once
                member[trial] += LogRatio(inside, mean, patients);
                stranger[trial] += LogRatio(outside, mean, patients);
            }
        }

        long wins = 0;
        foreach (double m in member)
            foreach (double s in stranger)
                if (m > s) wins++;
        MembershipRisk risk = MembershipInference.Predict(patients, statistics);
        Assert.InRange(wins / (double)(Trials * Trials), risk.AreaUnderCurve - 0.06, risk.AreaUnderCurve + 0.06);
        Assert.Contains("Sankararaman", risk.Source, StringComparison.Ordinal);
    }

    [Fact]
    public void Risk_grows_with_what_is_released_and_falls_with_who_is_behind_it()
    {
        Assert.Equal(0, MembershipInference.Predict(100, 0).Advantage, 12);
        Assert.Equal(0.01, MembershipInference.Predict(100, 0).FoundAtOnePercent, 6);
        Assert.Equal(0.3829249225480263, MembershipInference.Predict(100, 100).Advantage, 9); // 2 Phi(1/2) - 1, tables of the normal distribution
        Assert.True(MembershipInference.Predict(100, 400).Advantage > MembershipInference.Predict(100, 100).Advantage);
        Assert.True(MembershipInference.Predict(1000, 100).AreaUnderCurve < MembershipInference.Predict(100, 100).AreaUnderCurve);
    }

    /// <summary>log of the density of the mean given that this patient is inside, over that given that the patient is not.</summary>
    private static double LogRatio(double value, double mean, double patients)
    {
        double inside = (patients - 1) / (patients * patients), outside = 1 / patients, miss = mean - (value / patients);
        return (mean * mean / (2 * outside)) - (miss * miss / (2 * inside)) - (0.5 * Math.Log(inside / outside));
    }

    /// <summary>Standard normal numbers from a seeded stream (Box and Muller).</summary>
    private sealed class NormalStream(IRandomness randomness)
    {
        public double Next() => Math.Sqrt(-2 * Math.Log(Uniform())) * Math.Cos(2 * Math.PI * Uniform());

        private double Uniform()
        {
            Span<byte> bytes = stackalloc byte[8];
            randomness.Fill(bytes);
            return ((BitConverter.ToUInt64(bytes) >> 11) + 0.5) / (1UL << 53);
        }
    }
}
