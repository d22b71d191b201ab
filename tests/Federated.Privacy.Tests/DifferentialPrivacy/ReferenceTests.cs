using System.Collections.Immutable;
using System.Globalization;
using Federated.Privacy.DifferentialPrivacy;

namespace Federated.Privacy.Tests.DifferentialPrivacy;

/// <summary>Every row of tests/reference/privacy/dp_reference.csv, within its own tolerance.</summary>
public class ReferenceTests
{
    private static readonly ImmutableArray<double> OpacusOrders = [.. Enumerable.Range(1, 99).Select(i => 1 + (i / 10.0)), .. Enumerable.Range(12, 52).Select(i => (double)i)];

    private static readonly Dictionary<string, Row> Rows = Read();

    public static TheoryData<string> Ids(string kind) => [.. Rows.Values.Where(r => string.Equals(r.Kind, kind, StringComparison.Ordinal)).Select(r => r.Id)];

    [Theory]
    [MemberData(nameof(Ids), "rdp_alpha")]
    public void Renyi_divergence(string id)
    {
        Row row = Rows[id];
        Near(row.Value, (row.Steps ?? 1) * RenyiAccountant.Divergence(row.Sigma, row.Q, row.Alpha), row.Tolerance);
    }

    [Theory]
    [MemberData(nameof(Ids), "rdp_eps")]
    public void Renyi_epsilon(string id)
    {
        Row row = Rows[id];
        ImmutableArray<double> orders = row.Note.Contains("orders=int2..256", StringComparison.Ordinal) ? [.. Enumerable.Range(2, 255).Select(i => (double)i)]
            : row.Note.Contains("orders=opacus", StringComparison.Ordinal) ? OpacusOrders : RenyiAccountant.DefaultOrders;
        double epsilon = new RenyiAccountant(orders).Add(row.Releases).Epsilon(row.Delta).Epsilon;
        if (orders == RenyiAccountant.DefaultOrders) Assert.InRange(epsilon, row.Value * 0.9, row.Value * (1 + row.Tolerance)); // others' orders, loose at fractions
        else Near(row.Value, epsilon, row.Tolerance);
    }

    [Theory]
    [MemberData(nameof(Ids), "sigma_for_eps")]
    public void Noise_for_an_epsilon(string id)
    {
        Row row = Rows[id];
        double sigma = string.Equals(row.Accountant, "RDP", StringComparison.Ordinal)
            ? RenyiAccountant.SigmaFor(row.Target, row.Delta, row.Q, row.Steps!.Value)
            : PrivacyLossAccountant.SigmaFor(row.Target, row.Delta, row.Q, row.Steps!.Value);
        Assert.InRange(sigma, row.Value * (1 - row.Tolerance), row.Value + row.Tolerance);
    }

    [Theory]
    [MemberData(nameof(Ids), "pld_sigma_for_eps")]
    public void Noise_for_an_epsilon_by_the_loss_distribution(string id)
    {
        Row row = Rows[id];
        Near(row.Value, PrivacyLossAccountant.SigmaFor(row.Target, row.Delta, row.Q, row.Steps!.Value), row.Tolerance);
    }

    [Theory]
    [MemberData(nameof(Ids), "pld_eps")]
    [MemberData(nameof(Ids), "prv_eps")]
    public void Upper_bounds_by_the_loss_distribution(string id)
    {
        Row row = Rows[id];
        PrivacyBracket bracket = PrivacyLossAccountant.Epsilon([row.Releases], row.Delta);
        // The PRV accountant adds its own error, 0.01, to the bound that it reports: its tolerance is absolute.
        if (string.Equals(row.Kind, "prv_eps", StringComparison.Ordinal)) Assert.InRange(bracket.Upper, row.Value - row.Tolerance, row.Value + row.Tolerance);
        else Near(row.Value, bracket.Upper, row.Tolerance);
        Assert.True(bracket.Lower <= row.Value, $"the lower bound {bracket.Lower:R} is above {row.Value:R}, an upper bound found elsewhere");
        Assert.InRange(bracket.Upper - bracket.Lower, 0, 1e-3 * bracket.Upper);
    }

    [Theory]
    [MemberData(nameof(Ids), "pld_eps_lower")]
    public void Lower_bounds_by_the_loss_distribution(string id)
    {
        Row row = Rows[id];
        PrivacyBracket bracket = PrivacyLossAccountant.Epsilon([row.Releases], row.Delta);
        Assert.True(bracket.Upper >= row.Value, $"the upper bound {bracket.Upper:R} is below {row.Value:R}, a lower bound found elsewhere");
        Near(row.Value, bracket.Lower, row.Tolerance);
    }

    [Theory]
    [MemberData(nameof(Ids), "pld_delta")]
    public void Delta_by_the_loss_distribution(string id)
    {
        Row row = Rows[id];
        PrivacyBracket bracket = PrivacyLossAccountant.Delta([row.Releases], row.Epsilon);
        Near(row.Value, bracket.Upper, row.Tolerance);
        Near(row.Value, bracket.Lower, row.Tolerance);
    }

    [Theory]
    [MemberData(nameof(Ids), "analytic_gaussian_sigma")]
    public void Analytic_noise(string id) => Near(Rows[id].Value, GaussianMechanism.Sigma(Rows[id].Target, Rows[id].Delta), Rows[id].Tolerance);

    [Theory]
    [MemberData(nameof(Ids), "gauss_delta")]
    public void Analytic_delta(string id)
    {
        Row row = Rows[id];
        double delta = GaussianMechanism.Delta(row.Sigma, row.Epsilon);
        if (row.Source.StartsWith("google", StringComparison.Ordinal)) Assert.InRange(delta, row.Value - row.Tolerance, row.Value + row.Tolerance); // printed to six decimals
        else Near(row.Value, delta, row.Tolerance);
    }

    [Theory]
    [MemberData(nameof(Ids), "zcdp_eps")]
    public void Concentrated_epsilon(string id)
    {
        (double epsilon, double order) = ZeroConcentratedPrivacy.Epsilon(Rows[id].Rho, Rows[id].Delta);
        Near(Rows[id].Value, epsilon, Rows[id].Tolerance);
        Near(Rows[id].Alpha, order, 1e-3);
    }

    [Fact]
    public void Every_row_has_a_test()
    {
        string[] known = ["rdp_alpha", "rdp_eps", "sigma_for_eps", "pld_sigma_for_eps", "pld_eps", "prv_eps", "pld_eps_lower", "pld_delta", "analytic_gaussian_sigma", "gauss_delta", "zcdp_eps"];
        Assert.Equal(134, Rows.Count);
        Assert.All(Rows.Values, r => Assert.Contains(r.Kind, known, StringComparer.Ordinal));
    }

    /// <summary>Tolerances are taken as relative.</summary>
    private static void Near(double expected, double actual, double tolerance) =>
        Assert.True(Math.Abs(actual - expected) <= tolerance * Math.Abs(expected), $"{actual:R} instead of {expected:R}, relative difference {(actual - expected) / expected:G3}, allowed {tolerance}");

    private static Dictionary<string, Row> Read() =>
        File.ReadLines(Path.Combine(Checkout.Reference, "privacy", "dp_reference.csv")).Skip(1).Select(Row.Parse).ToDictionary(r => r.Id, StringComparer.Ordinal);

    private sealed record Row(
        string Id, string Kind, string Accountant, double Sigma, double Q, long? Steps, double Delta, double Epsilon, double Target, double Alpha, double Rho, double Value, double Tolerance, string Source, string Note)
    {
        public GaussianReleases Releases => new(Sigma, Q, Steps!.Value);

        public static Row Parse(string line)
        {
            string[] f = line.Split(','); // quoted fields stand at the end only: source and note
            return new Row(
                f[0], f[1], f[2], Number(f[3]), Number(f[4]), f[5].Length == 0 ? null : long.Parse(f[5], CultureInfo.InvariantCulture), Number(f[6]), Number(f[7]), Number(f[8]), Number(f[9]),
                Number(f[10]), Number(f[11]), Number(f[13]), f[14], string.Join(',', f[14..]));
        }

        private static double Number(string text) => text.Length == 0 ? double.NaN : double.Parse(text, CultureInfo.InvariantCulture);
    }
}
