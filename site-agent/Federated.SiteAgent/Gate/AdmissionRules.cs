using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Privacy.Disclosure;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Noise;
using Federated.SiteAgent.Policy;

namespace Federated.SiteAgent.Gate;

/// <summary>The rules that look at the question and the rows, before any answer exists. Pure functions of their arguments.</summary>
internal static class AdmissionRules
{
    private const int LeastParties = 3;

    public static GateCheck PlanApproved(GateRequest request, bool signatureHolds)
    {
        bool approved = request.Decision is { LetsOut: true } decision
            && decision.Plan == request.Task.Plan && decision.Study == request.Task.Key.Study && signatureHolds;
        return new GateCheck(GateRule.PlanApproved, approved);
    }

    public static GateCheck KindAllowed(GateRequest request, SitePolicy policy)
    {
        bool known = request.Specification is { } specification && request.Analysis is { } analysis
            && string.Equals(specification.Id, request.Task.Analysis, StringComparison.Ordinal)
            && string.Equals(specification.Kind, analysis.Kind, StringComparison.Ordinal);
        bool allowed = known && (policy.AllowedKinds is null || IsSurvey(request) || policy.AllowedKinds.Contains(request.Analysis!.Kind));
        return new GateCheck(GateRule.KindAllowed, allowed);
    }

    public static GateCheck StepDeclared(GateRequest request) =>
        new(GateRule.StepDeclared, Declaration(request) is { } step && step.Kind == request.Task.Kind);

    public static GateCheck SinglePatientsAllowed(GateRequest request, SitePolicy policy) =>
        new(GateRule.SinglePatientsAllowed, policy.AllowSinglePatients || Declaration(request) is not { SinglePatients: true });

    public static GateCheck ProtectionAsPromised(GateRequest request, SitePolicy policy)
    {
        // A plan that promises masking must not be answered with less, whatever the coordinator asks for.
        bool kept = policy.OwnData || request.Task.Kind != ExchangeKind.Sum
            || (request.Plan.Privacy.Aggregation == Aggregation.Plain ? policy.AllowPlainAggregation : request.Task.Masking is not null);
        return new GateCheck(GateRule.ProtectionAsPromised, kept);
    }

    public static GateCheck RosterApproved(GateRequest request, SiteIdentity identity)
    {
        if (request.Task.Masking is not { } masking) return new GateCheck(GateRule.RosterApproved, true);
        bool approved = request.Roster is { } roster && request.Decision?.Roster == roster.Digest;
        bool sound = approved && masking.Members.All(n => n >= 0 && n < request.Roster!.Hospitals.Length)
            && masking.Members.Distinct().Count() == masking.Members.Length && masking.Members.Contains(request.Roster!.Keys.IndexOf(identity.PublicKey));
        int entities = sound ? request.Roster!.Keys.Entities(masking.Members) : 0;
        return new GateCheck(GateRule.RosterApproved, entities >= LeastParties, LeastParties, entities);
    }

    public static GateCheck RowsHeld(StudyTable table) => new(GateRule.RowsHeld, table.Rows > 0, 1, table.Rows);

    /// <summary>
    /// Rows used to estimate must be none (a new scanner, applied only) or enough; rows in all must be enough, because the survey counts them. The record
    /// shows the scanner with the fewest.
    /// </summary>
    public static GateCheck RowsPerScanner(GateRequest request, SitePolicy policy)
    {
        StudyTable table = request.Table;
        int minimum = policy.MinimumRows(request.Plan.Privacy.MinimumRows);
        long[] all = new long[request.Plan.Scanners.Length];
        long[] fit = new long[all.Length];
        for (int i = 0; i < table.Rows; i++)
        {
            all[table.Scanner[i]]++;
            if (table.Fit[i]) fit[table.Scanner[i]]++;
        }

        long fewest = long.MaxValue;
        int? where = null;
        for (int scanner = 0; scanner < all.Length; scanner++)
        {
            long rows = fit[scanner] > 0 ? fit[scanner] : all[scanner];
            if (rows == 0 || rows >= fewest) continue;
            fewest = rows;
            where = scanner;
        }

        return new GateCheck(GateRule.RowsPerScanner, fewest >= minimum, minimum, where is null ? 0 : fewest, where);
    }

    /// <summary>Levels of covariates among the rows used to estimate, and of columns that this analysis reads among all rows; a level without a row is a zero column and says nothing of anyone.</summary>
    public static GateCheck RowsPerLevel(GateRequest request, SitePolicy policy)
    {
        StudyTable table = request.Table;
        int k = request.Plan.DesignColumns.Length;
        long fewest = long.MaxValue;
        int? where = null;
        long fitRows = table.Fit.LongCount(fit => fit);
        for (int covariate = 0; covariate < request.Plan.Covariates.Length; covariate++)
        {
            if (request.Plan.Covariates[covariate].Type != CovariateType.Categorical) continue;
            long reference = fitRows;
            for (int column = 0; column < k; column++)
            {
                if (request.Plan.DesignColumns[column].Covariate != covariate) continue;
                long rows = 0;
                for (int i = 0; i < table.Rows; i++)
                    if (table.Fit[i] && table.Design[(i * k) + column] != 0) rows++;
                reference -= rows;
                Smallest(rows, covariate);
            }

            Smallest(reference, covariate);
        }

        for (int column = 0; column < table.Columns.Length; column++)
        {
            if (request.Plan.Columns[column].Type != ColumnType.Category || !Names(request.Specification?.Options, request.Plan.Columns[column].Name)) continue;
            for (int level = 0; level < request.Plan.Columns[column].Levels.Length; level++)
                Smallest(table.Columns[column].LongCount(value => value == level), request.Plan.Covariates.Length + column);
        }

        return new GateCheck(GateRule.RowsPerLevel, fewest >= policy.MinimumRowsPerLevel, policy.MinimumRowsPerLevel, where is null ? 0 : fewest, where);

        void Smallest(long rows, int covariate)
        {
            if (rows <= 0 || rows >= fewest) return;
            fewest = rows;
            where = covariate;
        }
    }

    public static GateCheck ParametersPerRow(GateRequest request, SitePolicy policy)
    {
        int columns = request is { Analysis: { } analysis, Specification: { } specification }
            ? analysis.Parameters(request.Plan, specification)
            : request.Plan.DesignColumns.Length;
        long rows = request.Table.Fit.LongCount(fit => fit);
        if (policy.MaximumParametersPerRow is not { } most || rows == 0) return new GateCheck(GateRule.ParametersPerRow, true, null, columns);
        return new GateCheck(GateRule.ParametersPerRow, columns <= most * rows, Math.Floor(most * rows), columns);
    }

    public static GateCheck Differencing(GateRequest request, SitePolicy policy, ReleasedCohort cohort)
    {
        if (policy.LeastDifference == 0) return new GateCheck(GateRule.Differencing, true);
        DisclosureCheck check = request.Released.Judge(DisclosurePolicy.Floor.TightenedBy(leastDifference: Math.Max(policy.LeastDifference, DisclosurePolicy.Floor.LeastDifference)), cohort);
        return new GateCheck(GateRule.Differencing, check.Allowed, check.Limit, double.IsFinite(check.Measured) ? check.Measured : null);
    }

    /// <summary>The study's own epsilon covers so many sums; a repeat of one that was charged costs nothing.</summary>
    public static GateCheck StudyBudget(GateRequest request)
    {
        if (request.Noise is not { } noise) return new GateCheck(GateRule.StudyBudget, true);
        int told = Charges(request).Count(c => c.Plan == request.Task.Plan && c.Task.Study == request.Task.Key.Study);
        return new GateCheck(GateRule.StudyBudget, told <= noise.Releases, noise.Releases, told);
    }

    /// <summary>What all studies with noise are told of this hospital's tables stays within the officer's cap.</summary>
    public static GateCheck PrivacyBudget(GateRequest request, SitePolicy policy)
    {
        if (request.Noise is null) return new GateCheck(GateRule.PrivacyBudget, true);
        double after = PrivacyAccount.Budget(policy, Charges(request)).EpsilonSpent;
        return new GateCheck(GateRule.PrivacyBudget, after <= policy.EpsilonCap, policy.EpsilonCap, after);
    }

    private static ImmutableArray<NoiseCharge> Charges(GateRequest request) =>
        request.Charged.Any(c => c.Task == request.Task.Key) ? request.Charged : request.Charged.Add(request.Charge!);

    /// <summary>The step as the manifest shows it; null = not declared.</summary>
    public static StepDeclaration? Declaration(GateRequest request) =>
        request is { Analysis: { } analysis, Specification: { } specification }
            ? analysis.Declare(request.Plan, specification).FirstOrDefault(s => string.Equals(s.Name, request.Task.Step, StringComparison.Ordinal))
            : null;

    private static bool Names(JsonNode? options, string column) => options switch
    {
        JsonObject o => o.Any(p => Names(p.Value, column)),
        JsonArray a => a.Any(v => Names(v, column)),
        JsonValue v => v.GetValueKind() == JsonValueKind.String && string.Equals(v.GetValue<string>(), column, StringComparison.Ordinal),
        _ => false,
    };

    private static bool IsSurvey(GateRequest request) => string.Equals(request.Task.Analysis, "survey", StringComparison.Ordinal);
}
