using System.Collections.Immutable;
using System.Globalization;
using Federated.Privacy.SecureAggregation;

namespace Federated.Simulator.Consortium;

/// <summary>A hospital that falls silent: it is asked for a step of the masking and says nothing, from that round on.</summary>
/// <param name="Site">Its label in the tables.</param>
/// <param name="Step">The step that it does not answer.</param>
/// <param name="Round">The first round in which it does not, from 1.</param>
public sealed record Drop(string Site, CoordinatorStep Step, int Round)
{
    private static readonly ImmutableSortedDictionary<string, CoordinatorStep> Steps = new[]
    {
        CoordinatorStep.Keys, CoordinatorStep.Shares, CoordinatorStep.Masked, CoordinatorStep.Consistency, CoordinatorStep.Unmasking,
    }.ToImmutableSortedDictionary(s => s.ToString().ToLowerInvariant(), s => s, StringComparer.Ordinal);

    /// <summary>Reads SITE@STEP or SITE@STEP:ROUND; the site's own label may hold an @.</summary>
    /// <exception cref="InputException">It is neither, or there is no such site.</exception>
    public static Drop Parse(string text, IEnumerable<string> sites)
    {
        int at = text.LastIndexOf('@');
        string[] when = at < 0 ? [] : text[(at + 1)..].Split(':');
        if (when.Length is < 1 or > 2 || !Steps.TryGetValue(when[0], out CoordinatorStep step))
            throw new InputException($"--drop {text}: write SITE@STEP or SITE@STEP:ROUND, where STEP is keys, shares, masked, consistency or unmasking.");
        int round = 1;
        if (when.Length == 2 && (!int.TryParse(when[1], NumberStyles.None, CultureInfo.InvariantCulture, out round) || round < 1))
            throw new InputException($"--drop {text}: '{when[1]}' is not a round; rounds count from 1.");
        string site = text[..at];
        return sites.Contains(site, StringComparer.Ordinal)
            ? new Drop(site, step, round)
            : throw new InputException($"--drop {text}: there is no hospital '{site}'; the tables name {string.Join(", ", sites)}.");
    }
}

/// <summary>What became of a hospital that fell silent.</summary>
/// <param name="Drop">When it should.</param>
/// <param name="Happened">Whether it did: the round and step came.</param>
/// <param name="CameBack">Whether the study waited for it, because its numbers were in a sum already.</param>
public sealed record DropOutcome(Drop Drop, bool Happened, bool CameBack);
