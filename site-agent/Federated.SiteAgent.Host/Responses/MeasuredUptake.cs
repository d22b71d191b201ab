using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Federated.Analyses;
using Federated.Analyses.Tables;

namespace Federated.SiteAgent.Host.Responses;

/// <summary>Features by scan, from a table; and which of them says what.</summary>
/// <param name="table">The features.</param>
public sealed partial class MeasuredUptake(FeatureTable table)
{
    private readonly Dictionary<string, int> _rows = table.RowIds.Select((id, row) => (id, row)).ToDictionary(r => r.id, r => r.row, StringComparer.Ordinal);

    /// <summary>The feature of a measure, such as suvmax or suvpeak_global, under one normalization.</summary>
    /// <param name="measure">Its word.</param>
    /// <param name="chosen">The feature a person named; null: the only one there is.</param>
    /// <param name="lean">Only uptake by lean body mass.</param>
    /// <exception cref="SiteErrorException">E3507: there is none, or more than one.</exception>
    public UptakeName Find(string measure, string? chosen, bool lean)
    {
        UptakeName[] found = [.. table.Features.Select(UptakeName.Of).OfType<UptakeName>()
            .Where(n => chosen is null ? string.Equals(n.Measure, measure, StringComparison.Ordinal) : string.Equals(n.Feature, chosen, StringComparison.Ordinal))
            .Where(n => !lean || n.Normalization.StartsWith("_lbm", StringComparison.Ordinal))];
        string wanted = $"{chosen ?? measure}{(lean ? " by lean body mass" : "")}";
        return found switch
        {
            [{ } only] => only,
            [] => throw new SiteErrorException(
                "E3507", ExitCode.Input, $"{table.Name}: no feature {PlainText.Shown(wanted)}; {(lean ? "measure with uptake: { normalization: lean-body-mass-janmahasatian }" : "list it under measures")}, or name one with --feature"),
            _ => throw new SiteErrorException("E3507", ExitCode.Input, $"{table.Name}: {string.Join(", ", found.Select(f => PlainText.Shown(f.Feature)))} could all be {PlainText.Shown(wanted)}; choose with --feature"),
        };
    }

    /// <summary>The value of a tissue's measure, normalized and blurred as another feature is; not a number where it was not measured.</summary>
    public double Tissue(string scan, string measure, UptakeName beside) => Value(scan, measure + beside.Normalization + beside.Filter);

    /// <summary>The only feature of a kind beside another, such as one of all total lesion glycolyses; null when there is none or a choice.</summary>
    public string? Only(string measure, UptakeName beside) => table.Features
        .Select(UptakeName.Of).OfType<UptakeName>()
        .Where(n => (string.Equals(n.Measure, measure, StringComparison.Ordinal) || n.Measure.StartsWith(measure + "_", StringComparison.Ordinal))
            && string.Equals(n.Normalization, beside.Normalization, StringComparison.Ordinal) && string.Equals(n.Filter, beside.Filter, StringComparison.Ordinal))
        .ToArray() is [{ } only] ? only.Feature : null;

    /// <summary>A value; not a number where the scan or the feature has none.</summary>
    public double Value(string scan, string feature)
    {
        int place = table.Features.IndexOf(feature, StringComparer.Ordinal);
        return place >= 0 && _rows.TryGetValue(scan, out int row) ? table.Row(row)[place] : double.NaN;
    }

    /// <summary>Whether the scan has a row.</summary>
    public bool Has(string scan) => _rows.ContainsKey(scan);
}

/// <summary>The parts of a feature's name that a measure of uptake has.</summary>
/// <param name="Feature">The name.</param>
/// <param name="Measure">suvmax, suvpeak_global, tlg_41 ...</param>
/// <param name="Normalization">_lbmjanma ..., or nothing for body weight.</param>
/// <param name="Filter">_cal, _earl1 or _earl2, _fwhm5: how its scanner was corrected and blurred, or nothing.</param>
/// <param name="Lesions">_hottest, _largest, or nothing.</param>
public sealed partial record UptakeName(string Feature, string Measure, string Normalization, string Filter, string Lesions)
{
    /// <summary>The parts of a name; null when it is no measure of uptake.</summary>
    public static UptakeName? Of(string feature) => Parts().Match(feature) is { Success: true } m
        ? new UptakeName(feature, m.Groups["measure"].Value, m.Groups["normalization"].Value, m.Groups["filter"].Value, m.Groups["lesions"].Value) : null;

    [GeneratedRegex("^(?<measure>(suv|mtv|tlg)[a-z0-9._]*?)(?<normalization>_lbmjames128|_lbmjanma|_lbm|_bsa|_ibw)?(?<filter>(_cal|_earl1|_earl2)?(_fwhm[0-9.]+)?)(?<lesions>_hottest|_largest)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Parts();
}
