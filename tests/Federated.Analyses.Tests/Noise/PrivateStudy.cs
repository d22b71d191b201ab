using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Analyses.Tests.Exchange;

namespace Federated.Analyses.Tests.Noise;

/// <summary>A study with differential privacy over made-up patients, some with two scans.</summary>
internal static class PrivateStudy
{
    public const string Moments = "{ id: m, kind: bounded-moments, values: [suv, age], patient: subject }";
    public const string Train = "{ id: net, kind: train, outcome: responder, predictors: [suv, age], patient: subject, rounds: 5, validation: 0.2, rate: 1 }";

    public static string Yaml(string analyses, string privacy = "epsilon: 4, delta: 1e-5, unit: patient, clip: 1", string bounds = "[{ name: suv, low: 0, high: 20 }, { name: age, low: 20, high: 100 }]") =>
        $"study: private\nscanners: [a, b]\nfeatures: {{ names: [suv] }}\ncovariates: [{{ name: age, type: continuous }}]\nanalyses: [{analyses}]\nprivacy: {{ differential: {{ {privacy}, bounds: {bounds} }} }}\n";

    public static StudyPlan Plan(string analyses = Moments) => StudyFile.Read(Yaml(analyses), "study.yaml").Complete();

    /// <summary>A hospital with so many patients; every third has two scans.</summary>
    public static StudyTable Table(StudyPlan plan, int patients, int seed)
    {
        var draw = new Random(seed);
        var rows = new List<(int Patient, double Suv, double Age, double Outcome)>();
        for (int i = 0; i < patients; i++)
        {
            double suv = 2 + (12 * draw.NextDouble()), age = 40 + (40 * draw.NextDouble()), outcome = suv + (4 * draw.NextDouble()) > 9 ? 1 : 0;
            for (int scan = 0; scan < (i % 3 == 0 ? 2 : 1); scan++) rows.Add((i, suv + scan, age, outcome));
        }

        int n = rows.Count;
        double[] Column(string name) => name switch
        {
            "subject" => [.. rows.Select(r => (double)r.Patient)],
            _ => [.. rows.Select(r => r.Outcome)],
        };
        return new StudyTable(
            plan, [.. Enumerable.Range(0, n).Select(i => $"{seed:00}-{i:0000}")], new int[n], [.. rows.Select(r => r.Age)], [.. rows.Select(r => r.Suv)], [.. Enumerable.Repeat(true, n)],
            ImmutableSortedDictionary<ExclusionReason, long>.Empty)
        { Columns = [.. plan.Columns.Select(c => Column(c.Name))] };
    }

    public static Consortium Consortium(StudyPlan plan, int hospitals = 3, int patients = 60) =>
        new(plan, [.. Enumerable.Range(0, hospitals).Select(h => new Hospital($"h{h}", Table(plan, patients, h)))]);
}
