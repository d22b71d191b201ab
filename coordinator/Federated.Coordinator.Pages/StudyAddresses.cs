using Federated.Coordinator.Pages.Access;
using Federated.Coordinator.Pages.Charts;
using Federated.Coordinator.Pages.Facts;
using Federated.Coordinator.Pages.Reports;
using Federated.Coordinator.Service;
using Federated.Coordinator.Studies;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Federated.Coordinator.Pages;

/// <summary>Files of a study's pages, and where its buttons go.</summary>
internal static class StudyAddresses
{
    private const double DeepestLocation = 2; // pooled standard deviations
    private const double DeepestScale = 2;    // octaves of a ratio of variances

    public static void Map(RouteGroupBuilder group)
    {
        group.MapPost("/studies/{id}/move", MoveAsync).RequireAuthorization(Policies.Administration);
        group.MapGet("/studies/{id}/plan.json", PlanAsync).RequireAuthorization(Policies.Studies);
        group.MapGet("/studies/{id}/rounds.csv", (string id, StudyService studies, CancellationToken cancellation) =>
            RoundsAsync(studies, id, study => Text(RoundLine.Csv(RoundLine.Of(study)), "text/csv", $"{id}-rounds.csv"), cancellation)).RequireAuthorization(Policies.Studies);
        group.MapGet("/studies/{id}/rounds.svg", (string id, StudyService studies, CancellationToken cancellation) =>
            RoundsAsync(studies, id, study => Picture([new Figure("rounds", "", TimelineChart.Draw(RoundLine.Of(study), study.Hospitals()))], "rounds"), cancellation)).RequireAuthorization(Policies.Studies);
        group.MapGet("/studies/{id}/report.html", ReportAsync).RequireAuthorization(Policies.Results);
        group.MapGet("/studies/{id}/analyses/{analysis}.json", (string id, string analysis, StudyService studies, CancellationToken cancellation) =>
            FileAsync(studies, id, analysis, found => Text(found.Document!.Json, "application/json", $"{analysis}.json"), cancellation)).RequireAuthorization(Policies.Results);
        group.MapGet("/studies/{id}/analyses/{analysis}/{table}.csv", (string id, string analysis, string table, StudyService studies, CancellationToken cancellation) =>
            FileAsync(studies, id, analysis, found => found.Document!.Tables.FirstOrDefault(t => string.Equals(t.Name, table, StringComparison.Ordinal)) is { Csv: { } csv }
                ? Text(csv, "text/csv", $"{analysis}-{table}.csv") : Results.NotFound(), cancellation)).RequireAuthorization(Policies.Results);
        group.MapGet("/studies/{id}/analyses/{analysis}/{figure}.svg", (string id, string analysis, string figure, StudyService studies, CancellationToken cancellation) =>
            FileAsync(studies, id, analysis, found => Picture(ResultCharts.Of(found.Document!.Tables.Select(t => ResultGrid.Read(t.Name, t.Csv))), figure), cancellation)).RequireAuthorization(Policies.Results);
        group.MapGet("/studies/{id}/variability/spread.svg", (string id, StudyService studies, CancellationToken cancellation) => VariationAsync(studies, id, SpreadFile, cancellation)).RequireAuthorization(Policies.Results);
        group.MapGet("/studies/{id}/variability/location.png", (string id, StudyService studies, CancellationToken cancellation) => HeatAsync(studies, id, e => e.Location, DeepestLocation, cancellation)).RequireAuthorization(Policies.Results);
        group.MapGet("/studies/{id}/variability/scale.png", (string id, StudyService studies, CancellationToken cancellation) =>
            HeatAsync(studies, id, e => [.. e.Scale.Select(row => Array.ConvertAll(row, Math.Log2))], DeepestScale, cancellation)).RequireAuthorization(Policies.Results);
    }

    private static async Task<IResult> MoveAsync(string id, HttpContext context, StudyService studies, IAntiforgery antiforgery)
    {
        if (!await antiforgery.IsRequestValidAsync(context)) return Results.Redirect($"/studies/{Uri.EscapeDataString(id)}?said={Uri.EscapeDataString("The form was too old: try again.")}");
        string move = (await context.Request.ReadFormAsync())["move"].ToString();
        string who = context.User.Identity!.Name!;
        try
        {
            _ = move switch
            {
                "start" => await studies.StartAsync(id, context.RequestAborted),
                "pause" => await studies.PauseAsync(id, $"{who} paused it on the pages.", context.RequestAborted),
                "resume" => await studies.ResumeAsync(id, context.RequestAborted),
                _ => throw new OperatorErrorException("E1003", "There is no such move."),
            };
            return Results.Redirect($"/studies/{Uri.EscapeDataString(id)}");
        }
        catch (OperatorErrorException refused)
        {
            return Results.Redirect($"/studies/{Uri.EscapeDataString(id)}?said={Uri.EscapeDataString($"{refused.Code}: {refused.Message}")}");
        }
    }

    private static async Task<IResult> PlanAsync(string id, StudyService studies, CancellationToken cancellation)
    {
        try
        {
            return Results.File((await studies.PlanAsync(id, cancellation)).Bytes, "application/json", "plan.json");
        }
        catch (OperatorErrorException)
        {
            return Results.NotFound();
        }
    }

    private static async Task<IResult> RoundsAsync(StudyService studies, string id, Func<Study, IResult> file, CancellationToken cancellation)
    {
        try
        {
            return file(await studies.FindAsync(id, cancellation));
        }
        catch (OperatorErrorException)
        {
            return Results.NotFound();
        }
    }

    private static async Task<IResult> ReportAsync(string id, HttpContext context, StudyService studies)
    {
        try
        {
            string report = StudyReport.Write(await ReportedStudy.ReadAsync(studies, id, context.RequestAborted));
            context.Response.Headers.ContentSecurityPolicy = ReportPage.ContentPolicy;
            return Results.Text(report, "text/html; charset=utf-8");
        }
        catch (OperatorErrorException)
        {
            return Results.NotFound();
        }
    }

    private static async Task<IResult> FileAsync(StudyService studies, string id, string analysis, Func<AnalysisFinding, IResult> file, CancellationToken cancellation)
    {
        try
        {
            AnalysisFinding? found = (await studies.ResultsAsync(id, cancellation)).FirstOrDefault(f => string.Equals(f.Analysis.Id, analysis, StringComparison.Ordinal));
            return found?.Document is null ? Results.NotFound() : file(found);
        }
        catch (OperatorErrorException)
        {
            return Results.NotFound();
        }
    }

    private static IResult SpreadFile(Variation variation) =>
        Picture([new Figure("spread", "", SpreadChart.Draw([.. variation.Features.OrderByDescending(f => double.IsFinite(f.Final) ? f.Final : -1).Take(60)]))], "spread");

    private static Task<IResult> HeatAsync(StudyService studies, string id, Func<ScannerEffectsGrid, double[][]> values, double deepest, CancellationToken cancellation) =>
        VariationAsync(studies, id, variation => variation.Effects is { } effects ? Results.Bytes(HeatMap.Png(values(effects), deepest), "image/png") : Results.NotFound(), cancellation);

    private static async Task<IResult> VariationAsync(StudyService studies, string id, Func<Variation, IResult> file, CancellationToken cancellation)
    {
        try
        {
            return file(Variation.Of(await studies.ResultsAsync(id, cancellation)));
        }
        catch (OperatorErrorException)
        {
            return Results.NotFound();
        }
    }

    // A picture by itself has no style sheet of the page: its own goes with it.
    private static IResult Picture(IReadOnlyList<Figure> figures, string name) => figures.FirstOrDefault(f => string.Equals(f.Name, name, StringComparison.Ordinal)) is { Svg.Length: > 0 } figure
        ? Results.Bytes(System.Text.Encoding.UTF8.GetBytes(figure.Svg.Insert(figure.Svg.IndexOf('>') + 1, FigureStyle.Text)), "image/svg+xml", $"{name}.svg") : Results.NotFound();

    private static IResult Text(string text, string type, string name) => Results.File(System.Text.Encoding.UTF8.GetBytes(text), type, name);
}
