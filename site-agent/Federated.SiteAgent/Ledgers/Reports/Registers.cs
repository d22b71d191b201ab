using System.Collections.Immutable;
using System.Globalization;

namespace Federated.SiteAgent.Ledgers.Reports;

/// <summary>The registers that the law asks for, out of what left. Pure.</summary>
public static class Registers
{
    private const string NotStated = "not stated (register.json)";

    /// <summary>Record of processing activities, GDPR article 30(1): one activity per study and plan.</summary>
    public static ReportTable Processing(ImmutableArray<Disclosure> disclosures, RegisterDetails details) => new(
        "Record of processing activities (GDPR, article 30(1))",
        [
            $"Controller: {details.Controller ?? NotStated}; {details.ControllerContact ?? NotStated}",
            $"Data protection officer: {details.DataProtectionOfficer ?? NotStated}",
            "One row per study and plan under which numbers left this site. Images and patients' rows did not.",
        ],
        [
            "Processing activity", "Controller and contact (a)", "Data protection officer (a)", "Purposes (b)", "Legal basis", "Categories of data subjects (c)", "Categories of personal data (c)",
            "Recipients (d)", "Transfers to third countries (e)", "Time limits for erasure (f)", "Technical and organisational security measures (g)", "Approval", "Approved by", "Patients' rows", "First disclosure", "Last disclosure", "Disclosures", "Bytes", "Plan SHA-256",
        ],
        [
            .. disclosures.GroupBy(d => (d.Study, d.Plan)).Select(g =>
            {
                Disclosure first = g.First(), last = g.Last();
                return ImmutableArray.Create(
                    $"Federated analysis: {first.Stated("title", first.Study)}", $"{details.Controller ?? NotStated}; {details.ControllerContact ?? NotStated}", details.DataProtectionOfficer ?? NotStated,
                    first.Purpose, details.LegalBasis ?? NotStated, details.DataSubjects ?? "Patients whose scans are in the hospital's cohort of the study",
                    $"Health data, as sums only: {first.Variables}", first.Recipient, details.ThirdCountries ?? NotStated, details.Retention ?? NotStated,
                    $"Rows stay at the site; {string.Join(" and ", g.Select(d => d.Stated("protection")).Distinct(StringComparer.Ordinal))} sums; minimum counts; TLS 1.3 with certificates both ways; signed ledger; payloads encrypted at rest",
                    first.Approval, last.ApprovedBy, last.RowsAbout, Day(first), Day(last), Number(g.Count()), Number(g.Aggregate(0L, (sum, d) => sum + d.Bytes)), first.Plan);
            }),
        ]);

    /// <summary>Accounting of disclosures, 45 CFR 164.528(b): one row per disclosure.</summary>
    public static ReportTable Disclosures(ImmutableArray<Disclosure> disclosures, RegisterDetails details, string period) => new(
        "Accounting of disclosures (45 CFR 164.528)",
        [
            $"Covered entity: {details.Controller ?? NotStated}; {details.ControllerContact ?? NotStated}",
            $"Period: {period}.",
            "Each disclosure is a sum or a record of counts over patients, for research; no individual's information was disclosed as such.",
        ],
        [
            "Date of disclosure (b)(2)(i)", "Recipient (b)(2)(ii)", "Recipient's address (b)(2)(ii)", "Description of the information (b)(2)(iii)", "Variables", "Purpose (b)(2)(iv)", "Protocol (b)(4)(i)(A)", "Approval", "Approved by", "Patients' rows", "Round",
            "Ledger entry", "SHA-256 of what left",
        ],
        [
            .. disclosures.Select(d => ImmutableArray.Create(
                d.Entry.At.ToString("u", CultureInfo.InvariantCulture), d.Recipient, details.RecipientAddress ?? NotStated, d.Description, d.Variables, d.Purpose, $"{d.Stated("title", d.Study)} ({d.Study})",
                d.Approval, d.ApprovedBy, d.RowsAbout, $"{d.Entry.Fields.FindWhole("round")}.{d.Entry.Fields.FindWhole("attempt")}", Number(d.Number), d.Entry.Fields.FindHex("payload") ?? "")),
        ]);

    private static string Day(Disclosure disclosure) => disclosure.Entry.At.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
