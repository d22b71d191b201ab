using CsCheck;
using Federated.Ledger.Checkpoints;

namespace Federated.Ledger.Tests.Checkpoints;

/// <summary>What a witness notices of a log that it does not hold.</summary>
public class CheckpointWitnessTests
{
    [Fact]
    public void A_log_that_only_grew_is_consistent() => Gen.Select(Gen.Int[0, 40], Gen.Int[0, 40]).Sample((before, more) =>
    {
        using TestLog log = new TestLog().Add(before);
        Checkpoint seen = log.Head();
        log.Add(more);
        (WitnessFinding finding, Checkpoint? shown) = CheckpointWitness.Judge(
            log.Key, seen, log.Checkpoint().ToString(), CheckpointWitness.ProofFor(log.Leaves, seen.Size).AsSpan());
        Assert.Equal((WitnessFinding.Consistent, log.Head()), (finding, shown));
    }, iter: 60);

    [Fact]
    public void A_rewritten_log_is_found_out_even_with_a_proof_of_its_own() => Gen.Select(Gen.Int[1, 30], Gen.Int[1, 30], Gen.Int[0, 1000]).Sample((before, more, which) =>
    {
        using TestLog log = new TestLog().Add(before);
        Checkpoint seen = log.Head();
        log.Add(more);
        log.Entries[which % before] = log.Entries[^1];
        Assert.Equal(WitnessFinding.Rewritten, CheckpointWitness.Judge(
            log.Key, seen, log.Checkpoint().ToString(), CheckpointWitness.ProofFor(log.Leaves, seen.Size).AsSpan()).Finding);
    }, iter: 60);

    [Fact]
    public void A_fork_a_shorter_log_and_a_foreign_signature_have_names()
    {
        using TestLog log = new TestLog().Add(6), impostor = new TestLog().Add(6);
        Checkpoint seen = log.Head();
        Assert.Equal(WitnessFinding.Shorter, CheckpointWitness.Judge(log.Key, seen, log.Checkpoint(5).ToString(), []).Finding);
        Assert.Equal(WitnessFinding.NotSigned, CheckpointWitness.Judge(log.Key, seen, impostor.Checkpoint().ToString(), []).Finding);
        log.Entries[^1] = impostor.Add(1, "other").Entries[^1];
        Assert.Equal(WitnessFinding.Forked, CheckpointWitness.Judge(log.Key, seen, log.Checkpoint().ToString(), []).Finding);
        Assert.Equal(WitnessFinding.NotSigned, CheckpointWitness.Judge(log.Key, null, "noise", []).Finding);
        Assert.Equal(WitnessFinding.Consistent, CheckpointWitness.Judge(log.Key, null, log.Checkpoint().ToString(), []).Finding);
    }
}
