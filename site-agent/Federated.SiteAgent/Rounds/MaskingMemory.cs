using System.Collections.Immutable;
using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Rounds;

/// <summary>What this site remembers of the rounds it masked for: encrypted, written before anything leaves, and held against every later round with the same question.</summary>
internal sealed class MaskingMemory(SiteParts parts)
{
    /// <summary>Encrypts what is kept.</summary>
    public StateSeal Seal { get; } = new(parts.Identity, parts.Randomness);

    /// <summary>The state of a round, or null.</summary>
    public SiteAggregationState? Find(TaskKey task) => parts.Store.FindMasking(task) is { } record ? Open(record) : null;

    /// <summary>Every earlier round with the same question: what <see cref="AttemptRule"/> judges by.</summary>
    public ImmutableArray<EarlierAttempt> Earlier(AggregationContext context)
    {
        Digest question = QuestionOf(context);
        var own = new TaskKey(new StudyUid(Convert.ToHexStringLower(context.Study.AsSpan())), context.Round, context.Attempt);
        return [.. parts.Store.Maskings(own.Study).Where(m => m.Question == question && m.Task != own).Select(m => Open(m).AsEarlier())];
    }

    /// <summary>Writes a step down with the message that asked for it and the one that will leave.</summary>
    public void Keep(SiteAggregationState state, TaskKey task, CoordinatorMessage? asked, SiteMessage said)
    {
        byte[] bytes = said.ToBytes();
        MessageKind kind = said switch
        {
            KeyAdvertisement => MessageKind.Keys,
            ShareBundle => MessageKind.Shares,
            SurvivorSignature => MessageKind.SurvivorSignature,
            _ => MessageKind.UnmaskingShares,
        };
        parts.Store.RecordMasking(Step(state, task, asked, kind, Digest.Of(bytes), bytes.Length));
    }

    /// <summary>What is written down for a step.</summary>
    public MaskingStep Step(SiteAggregationState state, TaskKey task, CoordinatorMessage? asked, MessageKind said, Digest content, long bytes)
    {
        DateTimeOffset now = parts.Time.GetUtcNow();
        var leaving = new MessageRecord(task, said, content, bytes, now);
        return asked is null ? new MaskingStep(Record(state, task), leaving) : new MaskingStep(Record(state, task), new MessageRecord(task, KindOf(asked), new Digest(Convert.ToHexStringLower(asked.Digest())), 0, now), leaving);
    }

    /// <summary>Erases the secrets of a round; what later rounds are judged by stays.</summary>
    public void Close(TaskKey task, MessageKind? said = null)
    {
        if (Find(task) is not { Step: not SiteStep.Closed } state) return;
        MaskingRecord record = Record(SiteAggregation.Close(state), task);
        parts.Store.RecordMasking(said is { } kind ? new MaskingStep(record, new MessageRecord(task, kind, Digest.Of([]), 0, parts.Time.GetUtcNow())) : new MaskingStep(record));
    }

    /// <summary>Erases the secrets of all other rounds of the study: the coordinator asks for one at a time, so those are over.</summary>
    public void CloseOthers(TaskKey task)
    {
        foreach (MaskingRecord record in parts.Store.Maskings(task.Study).Where(m => m.Step != SiteStep.Closed && m.Task != task)) Close(record.Task);
    }

    private SiteAggregationState Open(MaskingRecord record)
    {
        try
        {
            return SiteAggregationState.FromBytes(Seal.Open(StateSeal.Masking, record.Task, record.Sealed.Span));
        }
        catch (EncodingInvalidException other)
        {
            throw new SiteStoreException($"What the database keeps of round {record.Task.Round}.{record.Task.Attempt} is of another release: {other.Message}", other);
        }
    }

    private MaskingRecord Record(SiteAggregationState state, TaskKey task) =>
        new(task, QuestionOf(state.Context), state.Step, Seal.Seal(StateSeal.Masking, task, state.ToBytes()));

    private static Digest QuestionOf(AggregationContext context) => new(Convert.ToHexStringLower(context.Question.AsSpan()));

    private static MessageKind KindOf(CoordinatorMessage message) => message switch
    {
        KeyList => MessageKind.KeyList,
        ShareDelivery => MessageKind.ShareDelivery,
        SurvivorNotice => MessageKind.Survivors,
        _ => MessageKind.Signatures,
    };
}
