using System.Collections.Immutable;
using Federated.Analyses.Combat;
using Federated.Analyses.Describe;
using Federated.Analyses.Learning;
using Federated.Analyses.Mixed;
using Federated.Analyses.Noise;
using Federated.Analyses.Phantoms;
using Federated.Analyses.Ranks;
using Federated.Analyses.Regression;
using Federated.Analyses.Screen;
using Federated.Analyses.Survey;
using Federated.Analyses.Survival;
using Federated.Analyses.Variability;

namespace Federated.Analyses;

/// <summary>The closed vocabulary of analyses: nothing else can be asked of a site.</summary>
public static class AnalysisCatalogue
{
    /// <summary>Every kind, the opening survey first.</summary>
    public static ImmutableArray<IAnalysis> All { get; } = [new SurveyAnalysis(), new CombatAnalysis(), new DescribeAnalysis(), new VariabilityAnalysis(),
        new LinearAnalysis(), GeneralizedAnalysis.Logistic, GeneralizedAnalysis.Poisson, new CoxAnalysis(), new KaplanMeierAnalysis(), new LogRankAnalysis(), new TrainAnalysis(),
        new RocAnalysis(), new WilcoxonAnalysis(), new RandomInterceptAnalysis(), new RepeatabilityAnalysis(), new ScreenAnalysis(), new BoundedMomentsAnalysis(), new PhantomsAnalysis()];

    /// <summary>The analysis of that kind, or null.</summary>
    public static IAnalysis? Find(string kind) => All.FirstOrDefault(a => string.Equals(a.Kind, kind, StringComparison.Ordinal));
}
