using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Privacy.FixedPoint;
using Federated.Privacy.SecureAggregation;

namespace Federated.Coordinator.Studies;

/// <summary>What is particular to a round whose vectors are masked: who is waited for in which step, and how events change it. Pure.</summary>
public static class MaskedRound
{
    /// <summary>What the parties of a round must agree on.</summary>
    public static AggregationContext Context(Study study, StudyRoster roster, RoundOpened asked) => new()
    {
        Study = [.. study.Uid.ToBytes()],
        Plan = [.. study.Plan.ToBytes()],
        Task = $"{asked.Analysis}/{asked.Step}",
        Round = asked.Round,
        Attempt = asked.Attempt,
        Roster = roster.Roster,
        Broadcast = [.. asked.Broadcast.Digest.ToBytes()],
        Ring = Ring.Bits128,
        FractionBits = Fixed128.FractionBits,
        Length = checked((int)(asked.PayloadBytes / Fixed128.ElementBytes)),
    };

    /// <summary>Whether a round's vectors are masked: every Sum of a study that says secure, unless the vector is empty.</summary>
    public static bool IsMasked(Study study, RoundOpened asked) => study.Created.Masked && asked is { Kind: ExchangeKind.Sum, PayloadBytes: > 0 };

    /// <summary>The step in which this site's answer is waited for; null = it is not waited for.</summary>
    public static CoordinatorStep? Awaited(Round round, string site)
    {
        if (round.Aggregation is not { } state || !round.Answers.TryGetValue(site, out Answer? answer) || answer.IsGone) return null;
        int number = round.Roster!.NumberOf(site);
        bool lost = state.Step > CoordinatorStep.Masked && state.Survivors.Contains(number) && answer.State == AnswerState.Offered;
        if (lost) return CoordinatorStep.Masked; // its vector could not be read back
        bool waited = state.Step switch
        {
            CoordinatorStep.Keys => !state.Keys.ContainsKey(number),
            CoordinatorStep.Shares => state.Keys.ContainsKey(number) && !state.Bundles.ContainsKey(number),
            CoordinatorStep.Masked => state.Bundles.ContainsKey(number) && answer.State == AnswerState.Offered,
            CoordinatorStep.Consistency => state.Survivors.Contains(number) && !state.Signatures.ContainsKey(number),
            _ => state.Signatures.ContainsKey(number) && !state.Answers.ContainsKey(number),
        };
        return waited ? state.Step : null;
    }

    /// <summary>The coordinator's message of a step for one site; null = the step has not come, or the site has no part in it.</summary>
    public static CoordinatorMessage? Request(Round round, string site, CoordinatorStep step)
    {
        if (round.Aggregation is not { } state || state.Step < step) return null;
        int number = round.Roster!.NumberOf(site);
        return step switch
        {
            CoordinatorStep.Shares when state.Keys.ContainsKey(number) => CoordinatorAggregation.CloseKeys(state).Message,
            CoordinatorStep.Masked when state.Bundles.ContainsKey(number) => CoordinatorAggregation.CloseShares(state).Message?.GetValueOrDefault(number),
            CoordinatorStep.Consistency when state.Survivors.Contains(number) => CoordinatorAggregation.CloseMasked(state).Message,
            CoordinatorStep.Unmasking when state.Signatures.ContainsKey(number) => CoordinatorAggregation.CloseConsistency(state).Message,
            _ => null,
        };
    }

    /// <summary>Checks a site's message; null when it is a repeat that changes nothing.</summary>
    public static (CoordinatorAggregationState? Next, AggregationRefusal? Refusal) Accept(CoordinatorAggregationState state, SiteMessage message)
    {
        Turn<CoordinatorAggregationState> turn = message switch
        {
            KeyAdvertisement key => CoordinatorAggregation.Accept(state, key),
            ShareBundle bundle => CoordinatorAggregation.Accept(state, bundle),
            SurvivorSignature signature => CoordinatorAggregation.Accept(state, signature),
            UnmaskingAnswer answer => CoordinatorAggregation.Accept(state, answer),
            _ => throw new ArgumentException($"{message.GetType().Name} is no message of a site.", nameof(message)),
        };
        return (ReferenceEquals(turn.State, state) ? null : turn.State, turn.Refusal);
    }

    /// <summary>The state after a message that was accepted before: nothing is checked twice.</summary>
    internal static CoordinatorAggregationState After(CoordinatorAggregationState state, SiteMessage message) => message switch
    {
        KeyAdvertisement key => state with { Keys = state.Keys.SetItem(key.Site, key) },
        ShareBundle bundle => state with { Bundles = state.Bundles.SetItem(bundle.Site, bundle) },
        SurvivorSignature signature => state with { Signatures = state.Signatures.SetItem(signature.Site, signature) },
        UnmaskingAnswer answer => state with { Answers = state.Answers.SetItem(answer.Site, answer) },
        _ => throw new InvalidDataException($"{message.GetType().Name} is no message of a site."),
    };

    /// <summary>The state after a step was closed.</summary>
    internal static CoordinatorAggregationState After(CoordinatorAggregationState state, CoordinatorStep closed, ImmutableArray<int> survivors)
    {
        if (closed != state.Step || closed == CoordinatorStep.Unmasking) throw new InvalidDataException($"Step {closed} cannot be closed: {state.Step} is collected.");
        return closed == CoordinatorStep.Masked
            ? state with { Step = CoordinatorStep.Consistency, Survivors = survivors }
            : state with { Step = closed + 1 };
    }

    /// <summary>What is kept of a round that is over: who was in the sum. Shares that could unmask it go.</summary>
    internal static CoordinatorAggregationState? Spent(CoordinatorAggregationState? state) => state is null ? null : new CoordinatorAggregationState
    {
        Context = state.Context,
        Step = state.Step,
        Survivors = state.Survivors,
    };
}
