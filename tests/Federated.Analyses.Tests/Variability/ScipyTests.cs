using Federated.Analyses.Study;
using Federated.Analyses.Tests.Combat;

namespace Federated.Analyses.Tests.Variability;

/// <summary>ANOVA and Bartlett from sums over sites against scipy 1.10.1 on the pooled rows.</summary>
public sealed class ScipyTests
{
    private const double Gate = 1e-9;

    private static readonly string[] OutsideCases = ["x01_bladder_param", "x08_ct_radiomics"];

    public static TheoryData<string> Own =>
        [.. Directory.GetDirectories(ReferenceFolder.Own).Where(d => File.Exists(Path.Combine(d, "expected_batch_tests.csv"))).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Outside => [.. OutsideCases];

    [Theory]
    [MemberData(nameof(Own))]
    public void Agrees_with_scipy(string name) => Agrees(Path.Combine(ReferenceFolder.Own, name));

    [Theory]
    [MemberData(nameof(Outside))]
    public void Agrees_with_scipy_on_real_data(string name)
    {
        string folder = Path.Combine(ReferenceFolder.Outside, name);
        Assert.SkipUnless(Directory.Exists(folder), $"{name} is third-party data and stays outside the repository; FEDERATED_REFERENCE names its folder.");
        Agrees(folder);
    }

    private static void Agrees(string folder)
    {
        var published = new ReferenceCase(folder, "compatible");
        ReferenceTable expected = published.Table("expected_batch_tests")!;
        Compare(expected, "before", published.Plan, published.Scans);

        ReferenceTable harmonized = published.Table("expected_harmonized")!;
        Dictionary<string, int> row = harmonized.Ids.Select((id, i) => (id, i)).ToDictionary(r => r.id, r => r.i, StringComparer.Ordinal);
        IEnumerable<Scan> after = published.Scans.Select(s => s with { Features = [.. harmonized.Cells[row[s.Id]].Select(ReferenceTable.Parse)] });
        Compare(expected, "after", published.Plan, after);
    }

    private static void Compare(ReferenceTable expected, string when, StudyPlan plan, IEnumerable<Scan> scans)
    {
        var found = VariabilityRun.Of(ReferenceCase.Consortium(VariabilityRun.RawOnly(plan), scans, s => s.Site));
        for (int i = 0; i < expected.Ids.Length; i++)
        {
            foreach ((string theirs, string mine) in (ReadOnlySpan<(string, string)>)[("anova_stat", "anova_f"), ("anova_p", "anova_p"), ("bartlett_stat", "bartlett_chi2"), ("bartlett_p", "bartlett_p")])
            {
                double reference = expected.Number(i, expected.Column($"{when}_{theirs}"));
                object? value = found.Cell(expected.Ids[i], "raw", mine);
                if (double.IsNaN(reference))
                {
                    Assert.Null(value);
                    continue;
                }

                double number = Assert.IsType<double>(value);
                double gate = Math.Max(Gate * Math.Abs(reference), theirs.EndsWith("_p", StringComparison.Ordinal) ? 1e-250 : 1e-12);
                Assert.True(Math.Abs(number - reference) <= gate, $"{expected.Ids[i]} {when} {theirs}: {number:R} is not {reference:R}");
            }
        }
    }
}
