using System.Globalization;
using System.Text;

namespace Federated.Analyses;

/// <summary>How untrusted words are shown in messages, and which known word was probably meant.</summary>
public static class PlainText
{
    private const int ShownLength = 60;

    /// <summary>
    /// The text on one line that cannot steer a terminal or reorder what is read around it: control, format and line-separating characters become
    /// \uXXXX, and what is
    /// longer than 60 characters is cut.
    /// </summary>
    public static string Shown(string text) => Shown(text, ShownLength);

    /// <summary>The same, cut after <paramref name="most"/> characters.</summary>
    public static string Shown(string text, int most)
    {
        if (text.Length <= most && text.All(IsPlain)) return text;
        var shown = new StringBuilder();
        foreach (char unit in text.AsSpan(0, Math.Min(text.Length, most)))
        {
            if (IsPlain(unit)) shown.Append(unit);
            else shown.Append("\\u").Append(((int)unit).ToString("X4", CultureInfo.InvariantCulture));
        }

        return text.Length > most ? shown.Append("...").ToString() : shown.ToString();
    }

    /// <summary>
    /// Whether the text is well-formed UTF-16 without control, format (bidirectional marks and the like) or line-separating characters.
    /// </summary>
    public static bool IsOneLine(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
            if (rune == Rune.ReplacementChar || !IsPlain(Rune.GetUnicodeCategory(rune))) return false;
        return true;
    }

    /// <summary>The candidate with the smallest edit distance, if it is near enough to be a slip of the hand; the first of equals.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        if (word.Length > 256) return null;
        string? nearest = null;
        int least = Math.Min(Math.Max(1, word.Length / 3) + 1, Math.Max(1, word.Length)); // of a word of one letter, only its other case
        foreach (string candidate in candidates)
        {
            if (Math.Abs(candidate.Length - word.Length) >= least) continue;
            int distance = Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance >= least) continue;
            least = distance;
            nearest = candidate;
        }

        return nearest;
    }

    private static bool IsPlain(char unit) => IsPlain(char.GetUnicodeCategory(unit)) || char.IsSurrogate(unit);

    private static bool IsPlain(UnicodeCategory category) => category is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    // Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours each count one.
    private static int Distance(string a, string b)
    {
        int[] before = new int[b.Length + 1];
        int[] previous = new int[b.Length + 1];
        int[] current = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) previous[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) current[j] = Math.Min(current[j], before[j - 2] + 1);
            }

            (before, previous, current) = (previous, current, before);
        }

        return previous[b.Length];
    }
}
