using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Federated.Analyses.Noise;
using Federated.Analyses.Study.Documents;
using Federated.Analyses.Survey;
using Federated.Privacy.FixedPoint;

namespace Federated.Analyses.Study;

/// <summary>The manifest's words: written for an officer who has never seen a study of this kind.</summary>
internal static class ManifestText
{
    private const int NamesShown = 40;

    public static string Write(StudyPlan plan, string planDigest, ImmutableArray<DeclaredAnalysis> analyses)
    {
        var page = new TextPage();
        page.Title("What leaves this hospital");
        page.Blank();
        page.Pair("Study", plan.Title);
        page.Pair("Identifier", plan.Id);
        page.Pair("Purpose", Stated(plan.Purpose));
        page.Pair("Recipient", plan.Recipient.Length == 0 ? Stated("") : plan.Recipient + " (sees the results)");
        page.Pair("Approval", Stated(plan.Approval));
        page.Pair("Plan", "SHA-256 " + planDigest);
        page.Blank();
        page.Paragraph("This page follows from that plan alone. Your hospital's software answers no request that is not listed here.", 2);

        InShort(page, plan, analyses);
        WhatIsRead(page, plan);
        WhatLeaves(page, analyses);
        Protection(page, plan, analyses);
        NeverLeaves(page, plan, analyses.Any(a => a.Steps.Any(s => s.SinglePatients)));
        YourSay(page, plan);
        return page.ToString();
    }

    private static void InShort(TextPage page, StudyPlan plan, ImmutableArray<DeclaredAnalysis> analyses)
    {
        int sums = analyses.Sum(a => a.Steps.Count(s => s.Kind == ExchangeKind.Sum));
        int reports = analyses.Sum(a => a.Steps.Count(s => s.Kind == ExchangeKind.Report));
        page.Heading("In short");
        page.Bullet("Images and patients' rows stay in this hospital. What leaves are counts, sums and sums of products over the rows of whole scanners.");
        page.Bullet(
            $"There are {Count(analyses.Length, "analysis", "analyses")} with {Count(sums + reports, "step", "steps")}. In {sums} of them your hospital's numbers are used only as part of a sum over all "
            + $"hospitals; in {reports} of them they are seen for each hospital by itself.");
        page.Bullet(plan.Privacy.Aggregation == Aggregation.Plain
            ? "The sums are not masked on their way: the coordinator can see your hospital's own numbers before it adds them up."
            : "The sums are masked: the coordinator sees only the total over all hospitals.");
        page.Bullet("You may refuse, and you may withdraw at any time. See the end of this page.");
    }

    private static void WhatIsRead(TextPage page, StudyPlan plan)
    {
        page.Heading("What is read here, and stays here");
        page.Paragraph($"From the table of image features, {Count(plan.Features.Length, "column", "columns")}:", 2);
        page.Bullet(
            Names(plan.Features) + (plan.Scale == FeatureScale.Log ? ". Logarithms are taken first; values of zero or below count as missing." : "."), 4);
        if (plan.Measurement is { } measurement) MeasurementWords.Write(page, measurement);
        page.Paragraph("From the cohort table, which describes the scans:", 2);
        page.Bullet($"{Quoted(plan.ScannerColumn)}: the scanner. Rows with another label than these {plan.Scanners.Length.ToString("N0", CultureInfo.InvariantCulture)} are left out: {Names(plan.Scanners)}.", 4);
        foreach (Covariate covariate in plan.Covariates)
        {
            page.Bullet(
                covariate.Type == CovariateType.Continuous
                    ? $"{Quoted(covariate.Name)}: a number."
                    : $"{Quoted(covariate.Name)}: one of {Names(covariate.Levels)}. Rows with anything else are left out.",
                4);
        }

        foreach (CohortColumn column in plan.Columns)
        {
            page.Bullet(
                column.Type switch
                {
                    ColumnType.Number => $"{Quoted(column.Name)}: a number, used by an analysis.",
                    ColumnType.Category => $"{Quoted(column.Name)}: one of {Names(column.Levels)}, used by an analysis. Rows with anything else are left out of it.",
                    _ => $"{Quoted(column.Name)}: tells which rows belong together. Its words never leave.",
                },
                4);
        }

        if (plan.FitOn is { } fitOn) page.Bullet($"{Quoted(fitOn.Column)}: only rows with {Quoted(fitOn.Value)} are used to estimate; the others are harmonized with what was estimated.", 4);
        if (plan.SubjectColumn is { } subject) page.Bullet($"{Quoted(subject)}: which scans belong to the same patient.", 4);
        page.Paragraph("Scanner labels, level names and feature names are part of the plan already; your hospital sends none of its own.", 2);
    }

    private static void WhatLeaves(TextPage page, ImmutableArray<DeclaredAnalysis> analyses)
    {
        page.Heading("What leaves, step by step");
        page.Paragraph(
            "A row is one scan. In brackets stands how many numbers there are: 2 x 3 is a table of 2 by 3 numbers, and N a size that is known only after the survey.");
        for (int a = 0; a < analyses.Length; a++)
        {
            DeclaredAnalysis analysis = analyses[a];
            string kind = analysis.Specification.Kind;
            page.Blank();
            page.Numbered(
                $"{a + 1}.",
                string.Equals(kind, SurveyAnalysis.Name, StringComparison.Ordinal)
                    ? "The opening survey, part of every study"
                    : $"{analysis.Specification.Id}, of kind {kind}{Options(analysis.Specification.Options)}",
                0);
            for (int s = 0; s < analysis.Steps.Length; s++) Step(page, $"{a + 1}.{s + 1}", analysis.Steps[s]);
        }

        page.Blank();
        page.Paragraph(
            $"Each number of a sum travels as {Fixed128.ElementBytes} bytes. Beside these, your hospital sends its signed approval, signs of progress and, where it cannot or will not "
            + "take a step, a numbered reason with counts: never text of its own.");
    }

    private static void Step(TextPage page, string number, StepDeclaration step)
    {
        page.Blank();
        page.Numbered(number, $"{step.Name}: {step.Purpose}", 3);
        page.Paragraph(
            step.Kind == ExchangeKind.Sum
                ? "Used as a SUM over all hospitals."
                : "Seen PER HOSPITAL: the coordinator knows that these are yours.",
            7);
        if (step.PatientBound is { } bound) page.Paragraph(FormattableString.Invariant($"With NOISE: one patient adds at most {bound:0.###} to it (longer parts are shortened here), and noise hides that much."), 7);
        if (step.SinglePatients) page.Paragraph("SINGLE PATIENTS: these numbers can tell of a single patient, even as a sum over all hospitals.", 7);
        if (step.When.Length > 0) page.Paragraph($"Only if: {step.When}", 7);
        foreach (DeclaredItem item in step.Items) page.Bullet($"{item.Name} ({Shape(item.Shape)}): {item.Meaning}", 7);
        if (step.Items.All(i => i.Shape.All(extent => extent >= 0)) && step.Items.Count > 1)
        {
            long total = step.Items.Sum(i => i.Shape.Aggregate(1L, (product, extent) => product * extent));
            page.Paragraph($"In all {Count(total, "number", "numbers")}.", 7);
        }
    }

    private static void Protection(TextPage page, StudyPlan plan, ImmutableArray<DeclaredAnalysis> analyses)
    {
        page.Heading("How it is protected");
        if (plan.Privacy.Aggregation == Aggregation.Plain)
        {
            page.Bullet(
                "Aggregation: PLAIN. The connection is encrypted, but the coordinator receives your hospital's numbers as they are: the coordinator can see your hospital's own numbers. "
                + "It undertakes to use them only as part of the sum. Other hospitals see results, not your numbers.");
            page.Bullet("Where a scanner is yours alone, numbers \"per scanner\" are about your hospital, even in a sum.");
        }
        else
        {
            page.Bullet(
                "Aggregation: SECURE. Your hospital's numbers are masked before they leave; the masks cancel only in the sum over hospitals, so the coordinator, and whoever reads its "
                + "disks, sees that sum and no hospital's own numbers.");
            page.Bullet(
                "This holds as long as the keys are the hospitals' own. The list of hospitals, with the fingerprint of each one's key, is shown to you beside this page: read the fingerprints "
                + "to each other by telephone before you approve. Your approval covers that list; another list needs a new approval. Several sites of one legal entity count as one.");
            page.Bullet(
                "It takes three legal entities at least. It does not help against all other hospitals together with the coordinator: what is left when they take their own numbers off the sum is yours.");
            page.Bullet("Where a scanner is yours alone, numbers \"per scanner\" are about your hospital, even in a masked sum.");
        }

        page.Bullet(plan.Privacy.ScannerEffects == ScannerEffectsTerms.Shared
            ? "Scanner effects (how far each scanner's measurements lie from the others') may be reported per scanner, where a step above says so."
            : "Scanner effects (how far each scanner's measurements lie from the others') stay at your hospital.");
        page.Bullet(plan.Privacy.MinimumRows is { } minimum
            ? $"Minimum counts: each of your scanners in the study must have at least {Count(minimum, "row", "rows")} (scans); otherwise your hospital's software declines the step. "
              + "Your hospital's own policy may ask for more, and the larger number holds."
            : "Minimum counts: the study sets none of its own. Your hospital's own policy decides how many rows (scans) each scanner must have; below it, your hospital's software declines the step.");
        page.Bullet("A sum over very few rows says much about each of them: that is what the minimum guards against.");
        if (NoiseTerms.Of(plan) is { } noise) NoiseWords.Write(page, noise, analyses);
        else ExactSums(page, plan);
        page.Bullet("Everything that leaves is recorded at your hospital first: you can open the record and read exactly what was sent.");
    }

    private static void ExactSums(TextPage page, StudyPlan plan)
    {
        page.Bullet("Differential privacy (random noise added on purpose): none. The sums are exact, and exact sums have a remaining risk:");
        page.Bullet(
            $"Somebody who holds a patient's own values could try to tell from the results whether that patient is among those summed. With this plan's {Count(PredictedRisk.Statistics(plan), "statistic", "statistics")} "
            + "(a mean and a variance of each feature), wrongly naming 1 in 100 others, they would find about this part of the patients of one group: "
            + string.Join(", ", PredictedRisk.Examples.Select(n => $"{PredictedRisk.Percent(PredictedRisk.For(plan, n))} if it has {n.ToString("N0", CultureInfo.InvariantCulture)}"))
            + "; guessing finds 1 %. A group is a scanner where numbers are per scanner, and all patients otherwise. This is a prediction, not a proof: it takes features as independent, gives the attacker exact knowledge of the population, and further analyses of the same patients add to it; "
            + "your hospital's software shows the figure for your own numbers.");
    }

    private static void NeverLeaves(TextPage page, StudyPlan plan, bool singlePatients)
    {
        page.Heading("What never leaves");
        page.Bullet("images, or any part of them;");
        page.Bullet(
            "any patient's row as such: no feature, no covariate, no outcome of a single scan, harmonized or not"
            + (singlePatients ? ", EXCEPT what the steps marked SINGLE PATIENTS let be computed from their sums;" : ";"));
        page.Bullet("row ids, names, patient or study numbers, dates, DICOM headers, serial numbers, station names and free text;");
        page.Bullet($"columns of your tables that are not named above{(plan.SiteColumn is null ? "" : $" (the plan also names {Quoted(plan.SiteColumn)}, which only simulations use)")};");
        page.Bullet("error messages and log files of your hospital's software.");
    }

    private static void YourSay(TextPage page, StudyPlan plan)
    {
        page.Heading("Your say");
        page.Bullet("Nothing is computed for this study before you approve this page. Your approval is signed, and covers this plan only: any change makes a new plan and a new page.");
        page.Bullet("You may withdraw at any time: nothing more leaves. Sums that were completed before cannot be taken back.");
        page.Bullet(
            $"The study starts when {(plan.Quorum.Sites == 1 ? "1 hospital has" : $"{plan.Quorum.Sites.ToString("N0", CultureInfo.InvariantCulture)} hospitals have")} approved. "
            + $"A step that is not answered by as many within {Duration(plan.Quorum.RoundDeadline)} is closed.");
    }

    private static string Stated(string text) => text.Length == 0 ? "not stated: ask before you approve" : text;

    private static string Quoted(string name) => "\"" + name.Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static string Names(ImmutableArray<string> names) => names.Length <= NamesShown
        ? string.Join(", ", names.Select(Quoted))
        : $"{string.Join(", ", names.Take(NamesShown).Select(Quoted))} and {(names.Length - NamesShown).ToString("N0", CultureInfo.InvariantCulture)} more, which the plan lists";

    private static string Count(long count, string one, string many) => $"{count.ToString("N0", CultureInfo.InvariantCulture)} {(count == 1 ? one : many)}";

    private static string Shape(IReadOnlyList<int> shape)
    {
        if (shape.Count == 0) return "1 number";
        if (shape.All(extent => extent >= 0))
        {
            string total = Count(shape.Aggregate(1L, (product, extent) => product * extent), "number", "numbers");
            return shape.Count == 1 ? total : $"{string.Join(" x ", shape.Select(e => e.ToString("N0", CultureInfo.InvariantCulture)))} = {total}";
        }

        return shape.Count == 1
            ? "how many is known after the survey"
            : $"{string.Join(" x ", shape.Select(e => e < 0 ? "N" : e.ToString("N0", CultureInfo.InvariantCulture)))} numbers, N known after the survey";
    }

    private static string Options(JsonObject options)
    {
        string[] said = [.. options.Where(o => o.Value is not (null or JsonArray { Count: 0 })).OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{o.Key}: {Said(o.Value!)}")];
        return said.Length == 0 ? "" : $" ({string.Join("; ", said)})";
    }

    private static string Said(JsonNode value) => value switch
    {
        JsonArray list => string.Join(", ", list.Select(v => Said(v!))),
        JsonObject entry => string.Join(" ", entry.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key} {Said(e.Value!)}")),
        _ => value.GetValueKind() switch
        {
            System.Text.Json.JsonValueKind.String => value.GetValue<string>(),
            System.Text.Json.JsonValueKind.True => "yes",
            System.Text.Json.JsonValueKind.False => "no",
            _ => System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(value)),
        },
    };

    private static string Duration(TimeSpan time)
    {
        long seconds = (long)time.TotalSeconds;
        return seconds % 3600 == 0 ? Count(seconds / 3600, "hour", "hours") : seconds % 60 == 0 ? Count(seconds / 60, "minute", "minutes") : Count(seconds, "second", "seconds");
    }
}
