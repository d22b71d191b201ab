using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Study.Documents;
using Federated.Analyses.Study.Shapes;

namespace Federated.Analyses.Study;

/// <summary>Which features a study takes: names and patterns to include, less names and patterns to exclude.</summary>
internal static class FeatureChoice
{
    /// <summary>The names that the file itself lists: `names`, or an `include` without patterns; null if it needs a table's names.</summary>
    public static ImmutableArray<string>? OfFile(JsonObject choice)
    {
        if (choice["names"] is JsonArray names) return PlanParts.Words(names);
        ImmutableArray<string> include = PlanParts.Words(choice["include"]!.AsArray());
        return include.Any(Glob.IsPattern) ? null : include;
    }

    /// <summary>The chosen ones of <paramref name="names"/>, in their order; an error for each name or pattern that finds nothing.</summary>
    public static ImmutableArray<string> Choose(JsonObject choice, DocumentNode at, ImmutableArray<string> names, ShapeReading reading)
    {
        ImmutableArray<string> include = PlanParts.Words(choice["include"]!.AsArray());
        ImmutableArray<string> exclude = PlanParts.Words(choice["exclude"]!.AsArray());
        int before = reading.Errors.Count;
        var known = new HashSet<string>(names, StringComparer.Ordinal);
        Require("include", include, names, known, at, reading);
        Require("exclude", [.. exclude.Where(e => !Glob.IsPattern(e))], names, known, at, reading); // a pattern may well guard against what is not there

        var included = new Selection(include);
        var excluded = new Selection(exclude);
        ImmutableArray<string> chosen = [.. names.Where(n => included.Has(n) && !excluded.Has(n))];
        if (chosen.IsEmpty && reading.Errors.Count == before) reading.Error("E2009", at, "no feature is left after include and exclude; widen include, or shorten exclude");
        return chosen;
    }

    private static void Require(string key, ImmutableArray<string> wanted, ImmutableArray<string> names, HashSet<string> known, DocumentNode at, ShapeReading reading)
    {
        var list = (at as MapNode)?.Find(key) as ListNode;
        for (int i = 0; i < wanted.Length; i++)
        {
            string word = wanted[i];
            if (known.Contains(word) || (Glob.IsPattern(word) && names.Any(n => Glob.Matches(word, n)))) continue;
            DocumentNode node = list?.Items.FirstOrDefault(n => n is ScalarNode s && string.Equals(s.Text, word, StringComparison.Ordinal)) ?? at;
            string mend = PlainText.Nearest(word, names) is { } near ? $"did you mean '{PlainText.Shown(near)}'?" : "remove it, or correct it to a feature's name";
            reading.Error("E2009", node, $"{key} '{PlainText.Shown(word)}' finds no feature; {mend}");
        }
    }

    private sealed class Selection(ImmutableArray<string> words)
    {
        private readonly HashSet<string> _names = new(words, StringComparer.Ordinal);
        private readonly ImmutableArray<string> _patterns = [.. words.Where(Glob.IsPattern)];

        public bool Has(string name) => _names.Contains(name) || _patterns.Any(p => Glob.Matches(p, name));
    }
}
