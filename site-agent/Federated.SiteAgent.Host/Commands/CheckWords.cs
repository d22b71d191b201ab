using Federated.SiteAgent.Gate;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>The gate's checks in words.</summary>
internal static class CheckWords
{
    public static string Describe(GateCheck check)
    {
        string numbers = (check.Limit, check.Found) switch
        {
            ({ } limit, { } found) => $" (limit {limit:0.##}, found {found:0.##})",
            ({ } limit, null) => $" (limit {limit:0.##})",
            (null, { } found) => $" (found {found:0.##})",
            _ => "",
        };
        return $"{(check.Passed ? "ok    " : "FAILED")} {Words(check.Rule)}{numbers}{(check.Where is { } where && !check.Passed ? $", at {Place(check.Rule)} {where} of the plan" : "")}";
    }

    private static string Place(GateRule rule) => rule switch
    {
        GateRule.RowsPerScanner or GateRule.ScannerEffectsShared => "scanner",
        GateRule.RowsPerLevel => "covariate",
        _ => "feature",
    };

    private static string Words(GateRule rule) => rule switch
    {
        GateRule.PlanApproved => "the officer approved exactly this plan",
        GateRule.KindAllowed => "the officer's policy allows this kind of analysis",
        GateRule.StepDeclared => "the manifest lists this step",
        GateRule.SinglePatientsAllowed => "the officer's policy allows sums that can tell of single patients, or this is none",
        GateRule.ProtectionAsPromised => "sums are protected as the plan promises",
        GateRule.RowsHeld => "this site has rows of the study",
        GateRule.RowsPerScanner => "enough rows per scanner",
        GateRule.RowsPerLevel => "enough rows per level of each covariate",
        GateRule.ParametersPerRow => "not too many covariates for the rows",
        GateRule.AnswerAsDeclared => "what leaves is what the manifest lists",
        GateRule.RoomForSites => "the sum over all sites cannot overflow",
        GateRule.RosterApproved => "those who mask together are hospitals the officer approved",
        GateRule.Differencing => "the rows are those of earlier releases, or differ from them by enough",
        GateRule.PhantomsAsDeclared => "phantoms are declared, and of scanners held here",
        GateRule.HistogramBins => "bins of histograms are empty or hold enough rows",
        GateRule.PatientsPerUpdate => "a change of a model comes from enough patients, or this is none",
        GateRule.PatientBound => "no patient adds more than the manifest says, or the study is without noise",
        GateRule.StudyBudget => "the study's epsilon covers one more sum, or the study is without noise",
        GateRule.PrivacyBudget => "epsilon told of this hospital's patients by all studies stays within the officer's cap, or the study is without noise",
        GateRule.ReportCounts => "a report's counts belong to this site's rows",
        _ => "scanner effects leave only where they are shared",
    };
}
