using System.Collections.Immutable;
using System.Text;
using Federated.Analyses.Study;
using Federated.Coordinator.Pages.Reports;
using Federated.Coordinator.Service;
using Federated.Coordinator.Studies;
using Federated.Models;

namespace Federated.Coordinator.Server.Commands;

/// <summary>A released study as files: results, report, plan, manifest, approvals.</summary>
public static class StudyExport
{
    /// <summary>Writes them; files of an earlier export are replaced one by one, each whole or not at all.</summary>
    /// <returns>The files' paths within the folder, in order.</returns>
    /// <exception cref="OperatorErrorException">E1002: no such study. E1008: nothing is released yet.</exception>
    public static async Task<ImmutableArray<string>> WriteAsync(StudyService studies, string id, string folder, CancellationToken cancellation)
    {
        Study study = await studies.FindAsync(id, cancellation);
        if (study.State is not (StudyState.Released or StudyState.Closed))
            throw new OperatorErrorException("E1008", $"Study {id} is {study.State.ToString().ToLowerInvariant()}: its results can be exported once it is released.");

        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (AnalysisFinding finding in await studies.ResultsAsync(id, cancellation))
        {
            string name = $"analyses/{finding.Analysis.Id}";
            if (finding.Document is { } document)
            {
                files[name + ".json"] = Encoding.UTF8.GetBytes(document.Json);
                foreach ((string path, byte[] content) in ModelExport.Files(document.Json, (await studies.PlanAsync(id, cancellation)).Plan.Purpose)) files[path] = content;
                for (int i = 0; i < document.Tables.Length; i++)
                    files[i == 0 ? $"{name}.csv" : $"{name}.{FileName(document.Tables[i].Name)}.csv"] = Encoding.UTF8.GetBytes(document.Tables[i].Csv);
            }
            else
            {
                files[name + ".json"] = Json(new { Study = id, Analysis = finding.Analysis.Id, finding.Analysis.Kind, Plan = study.Plan.Hex, Refused = new { finding.Code, finding.Reason } });
            }
        }

        (StudyPlan plan, byte[] bytes) = await studies.PlanAsync(id, cancellation);
        files["plan.json"] = bytes;
        var manifest = Manifest.For(plan);
        files["manifest.txt"] = Encoding.UTF8.GetBytes(manifest.Text);
        files["manifest.json"] = Encoding.UTF8.GetBytes(manifest.Json);
        files["approvals.json"] = Json(study.Decisions.Select(d => new
        {
            Site = d.Key,
            Approval = d.Value.Approval.ToString().ToLowerInvariant(),
            d.Value.At,
            Plan = study.Plan.Hex,
            Manifest = d.Value.Manifest?.Hex,
            d.Value.Signature,
            TookPart = study.Participants.Contains(d.Key),
            LeftOut = study.Dropped.GetValueOrDefault(d.Key),
        }));

        files["report.html"] = Encoding.UTF8.GetBytes(StudyReport.Write(await ReportedStudy.ReadAsync(studies, id, cancellation)));
        foreach ((string name, byte[] content) in files) await WriteAsync(Path.Combine(folder, name), content, cancellation);
        return [.. files.Keys];
    }

    private static byte[] Json(object document) => Encoding.UTF8.GetBytes(CommandContext.Document(document) + "\n");

    private static string FileName(string table) => new([.. table.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-')]);

    private static async Task WriteAsync(string path, byte[] content, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string fresh = path + ".new";
        await File.WriteAllBytesAsync(fresh, content, cancellation);
        File.Move(fresh, path, overwrite: true);
    }
}
