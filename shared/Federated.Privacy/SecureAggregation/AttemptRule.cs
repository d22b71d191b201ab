using System.Collections.Immutable;

namespace Federated.Privacy.SecureAggregation;

/// <summary>An aggregation of the same question that this site took part in before.</summary>
/// <param name="ContextDigest">Its ctx, 32 bytes.</param>
/// <param name="Round">Its round.</param>
/// <param name="Attempt">Its attempt.</param>
/// <param name="Roster">Its roster.</param>
/// <param name="Survivors">The survivor set this site signed then (roster numbers), empty if it signed none.</param>
public sealed record EarlierAttempt(ImmutableArray<byte> ContextDigest, int Round, int Attempt, Roster Roster, ImmutableArray<int> Survivors);

/// <summary>
/// Running again without a site reveals that site's numbers: they are the difference of the two sums. So a site joins a further attempt at a question only
/// with the same roster, or one that differs by at least three parties; and, since the coordinator chooses who "dropped out", it signs a survivor set only
/// if it is the one it signed before, or differs from it by at least three parties. With t > 2n/3, two survivor sets of one roster need the signatures of
/// common sites, so it is enough that each site holds to this.
/// </summary>
public static class AttemptRule
{
    /// <summary>The least number of legal entities by which two sums of one question may differ.</summary>
    public const int LeastDifference = 3;

    /// <summary>Whether this site may enter the aggregation <paramref name="next"/>.</summary>
    /// <param name="earlier">Earlier aggregations with the same <see cref="AggregationContext.Question"/>; others are ignored only if the caller leaves them out.</param>
    /// <param name="next">The one that is offered.</param>
    /// <returns>Null if it may.</returns>
    public static AggregationRefusal? Judge(IReadOnlyList<EarlierAttempt> earlier, AggregationContext next)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        ArgumentNullException.ThrowIfNull(next);
        foreach (EarlierAttempt before in earlier)
        {
            bool older = next.Round < before.Round || (next.Round == before.Round && next.Attempt <= before.Attempt);
            if (older) return AggregationRefusal.Of(RefusalReason.AttemptNotNewer);
            if (TooClose(before.Roster, Everyone(before.Roster), next.Roster, Everyone(next.Roster))) return AggregationRefusal.Of(RefusalReason.RosterTooClose);
        }

        return null;
    }

    /// <summary>Whether this site may sign these survivors, given those it signed for the same question before.</summary>
    /// <returns>Null if it may.</returns>
    public static AggregationRefusal? JudgeSurvivors(IReadOnlyList<EarlierAttempt> earlier, Roster roster, ImmutableArray<int> survivors)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        ArgumentNullException.ThrowIfNull(roster);
        return earlier.Any(before => !before.Survivors.IsDefaultOrEmpty && TooClose(before.Roster, before.Survivors, roster, survivors))
            ? AggregationRefusal.Of(RefusalReason.SurvivorsTooClose)
            : null;
    }

    /// <summary>Whether two sets of sites differ, but by fewer than three legal entities.</summary>
    private static bool TooClose(Roster first, IEnumerable<int> ofFirst, Roster second, IEnumerable<int> ofSecond)
    {
        Dictionary<string, string> a = ofFirst.ToDictionary(s => first.Members[s].Fingerprint, s => first.Members[s].Entity, StringComparer.Ordinal);
        Dictionary<string, string> b = ofSecond.ToDictionary(s => second.Members[s].Fingerprint, s => second.Members[s].Entity, StringComparer.Ordinal);
        string[] difference = [.. a.Where(p => !b.ContainsKey(p.Key)).Concat(b.Where(p => !a.ContainsKey(p.Key))).Select(p => p.Value).Distinct(StringComparer.Ordinal)];
        return difference.Length is > 0 and < LeastDifference;
    }

    private static IEnumerable<int> Everyone(Roster roster) => Enumerable.Range(0, roster.Count);
}
