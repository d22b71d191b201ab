using System.Globalization;
using System.Text;
using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Pages.Facts;

/// <summary>What one hospital did in one round, as a sign and as words.</summary>
public enum Part
{
    /// <summary>It took no part in that attempt.</summary>
    None,

    /// <summary>Asked, and waited for.</summary>
    Asked,

    /// <summary>Its answer is held.</summary>
    Answered,

    /// <summary>Its answer is in the outcome.</summary>
    Added,

    /// <summary>It declined or was left out.</summary>
    Gone,
}

/// <summary>One round of a study as a line of its timeline.</summary>
/// <param name="Round">The round.</param>
/// <param name="Place">1, 2, ...: its place among all rounds of all attempts.</param>
/// <param name="Retry">How often its step had been asked before in this attempt without an outcome.</param>
/// <param name="Bytes">What all hospitals sent.</param>
/// <param name="Took">From its opening to its last answer; null = nobody answered.</param>
public sealed record RoundLine(Round Round, int Place, int Retry, long Bytes, TimeSpan? Took)
{
    /// <summary>Every round, oldest first.</summary>
    public static IReadOnlyList<RoundLine> Of(Study study)
    {
        var asked = new Dictionary<(int, string, string, Digest), int>();
        var lines = new List<RoundLine>(study.Rounds.Count);
        foreach (Round round in study.Rounds)
        {
            (int, string, string, Digest) question = (round.Attempt, round.Request.Analysis, round.Request.Step, round.Request.Broadcast.Digest);
            int before = asked.GetValueOrDefault(question);
            if (round.State == RoundState.Abandoned) asked[question] = before + 1;
            Answer[] held = [.. round.Answers.Values.Where(a => a.Payload is not null)];
            lines.Add(new RoundLine(round, lines.Count + 1, before, held.Sum(a => a.Payload!.Bytes), held.Length == 0 ? null : held.Max(a => a.Accepted) - round.Request.At));
        }

        return lines;
    }

    /// <summary>What a hospital did.</summary>
    public Part PartOf(string site) => !Round.Answers.TryGetValue(site, out Answer? answer) ? Part.None
        : answer.IsGone ? Part.Gone : answer.State == AnswerState.Verified ? Part.Added : answer.IsHeld ? Part.Answered : Part.Asked;

    /// <summary>The same in words, with the reason or the bytes.</summary>
    public string WordsOf(string site) => PartOf(site) switch
    {
        Part.None => "not asked",
        Part.Gone => $"left out: {Round.Answers[site].Reason}",
        Part.Added => "added up" + Sent(site),
        Part.Answered => "answered" + Sent(site),
        _ => "asked",
    };

    /// <summary>A table of every round by every hospital, RFC 4180.</summary>
    public static string Csv(IReadOnlyList<RoundLine> lines)
    {
        var text = new StringBuilder("attempt,round,analysis,step,kind,state,masked,retry,opened,hospital,part,bytes,accepted,reason\n");
        foreach (RoundLine line in lines)
        {
            foreach ((string site, Answer answer) in line.Round.Answers)
            {
                string reason = answer.Reason.AsSpan().IndexOfAny(",\"\r\n") < 0 ? answer.Reason : $"\"{answer.Reason.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
                text.Append(CultureInfo.InvariantCulture, $"{line.Round.Attempt},{line.Round.Number},{line.Round.Request.Analysis},{line.Round.Request.Step},{Word(line.Round.Request.Kind)},{Word(line.Round.State)},");
                text.Append(CultureInfo.InvariantCulture, $"{(line.Round.Aggregation is null ? "false" : "true")},{line.Retry},{line.Round.Request.At:O},{site},{Word(line.PartOf(site))},{answer.Payload?.Bytes},{(answer.Payload is null ? "" : answer.Accepted.ToString("O"))},{reason}\n");
            }
        }

        return text.ToString();
    }

    private string Sent(string site) => Round.Answers[site].Payload is { } payload ? ", " + Words.Bytes(payload.Bytes) : "";

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
