using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Federated.Privacy.Disclosure;

namespace Federated.Analyses.Study;

/// <summary>
/// The risk that remains with exact sums under a plan, foretold: how well somebody who holds a patient's own values could tell that the patient is in the cohort. The number
/// of statistics follows from the plan, two (a mean and a variance) per feature; how many patients there are is known to each hospital, so examples stand for it.
/// </summary>
public static class PredictedRisk
{
    /// <summary>Numbers of patients that the manifest gives as examples.</summary>
    public static ImmutableArray<long> Examples { get; } = [50, 200, 1_000, 5_000];

    /// <summary>Independent averages that a plan's results hold about one group of patients.</summary>
    public static long Statistics(StudyPlan plan) => 2L * plan.Features.Length;

    /// <summary>The prediction for a group of patients, for instance those of one scanner.</summary>
    public static MembershipRisk For(StudyPlan plan, long patients) => MembershipInference.Predict(patients, Statistics(plan));

    /// <summary>In words: part of the members found when 1 % of others are wrongly named; 1 % is a guess.</summary>
    public static string Percent(MembershipRisk risk) => risk.FoundAtOnePercent switch
    {
        > 0.995 => "over 99 %",
        var found => (found * 100).ToString(found < 0.0995 ? "0.0" : "0", CultureInfo.InvariantCulture) + " %",
    };

    internal static JsonObject Document(StudyPlan plan) => new()
    {
        ["statistics"] = Statistics(plan),
        ["source"] = MembershipInference.Predict(1, 0).Source,
        ["examples"] = new JsonArray([.. Examples.Select(n => For(plan, n)).Select(risk => (JsonNode)new JsonObject
        {
            ["patients"] = risk.Patients,
            ["advantage"] = Math.Round(risk.Advantage, 3),
            ["area-under-curve"] = Math.Round(risk.AreaUnderCurve, 3),
            ["found-at-one-percent"] = Math.Round(risk.FoundAtOnePercent, 3),
        })]),
    };
}
