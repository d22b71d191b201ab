using System.Collections.Immutable;

namespace Federated.Privacy.SecureAggregation;

/// <summary>The cryptography in use; part of the context, so that two suites can never be mixed.</summary>
public enum AggregationSuite
{
    /// <summary>ECDH and ECDSA on P-256, HKDF-SHA-256, AES-256-CTR masks, AES-256-GCM shares, Shamir over GF(256).</summary>
    P256Sha256Aes256 = 1,
}

/// <summary>
/// Everything that the parties of one aggregation must agree on. Its digest enters every signature, key and authenticated share: a message of any other
/// aggregation, or of this one under a different broadcast, roster or length, does not verify.
/// </summary>
public sealed record AggregationContext
{
    private const string Label = "fed-secagg-v1";

    /// <summary>The cryptography in use.</summary>
    public AggregationSuite Suite { get; init; } = AggregationSuite.P256Sha256Aes256;

    /// <summary>study_uid, 16 bytes.</summary>
    public required ImmutableArray<byte> Study { get; init; }

    /// <summary>SHA-256 of the approved plan.</summary>
    public required ImmutableArray<byte> Plan { get; init; }

    /// <summary>The analysis and its step, as the plan names them (for instance "harmonize/moments").</summary>
    public required string Task { get; init; }

    /// <summary>Round of the study, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>Attempt at the round, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>Who takes part.</summary>
    public required Roster Roster { get; init; }

    /// <summary>SHA-256 of the broadcast's bytes as this party received them.</summary>
    public required ImmutableArray<byte> Broadcast { get; init; }

    /// <summary>The lane: which integers.</summary>
    public required Ring Ring { get; init; }

    /// <summary>Fraction bits f of an element of unit 0.</summary>
    public required int FractionBits { get; init; }

    /// <summary>Elements of the vector.</summary>
    public required int Length { get; init; }

    /// <summary>
    /// ctx, 32 bytes: SHA-256 over the fields "fed-secagg-v1", suite, study, plan, task, round, attempt, roster digest, broadcast digest, lane, f, length, each
    /// preceded by its length (4 bytes, big endian); numbers are 4 bytes, big endian; the task is UTF-8.
    /// </summary>
    public ReadOnlySpan<byte> Digest => new CanonicalWriter().Text(Label).Number((int)Suite).Field(Study).Field(Plan).Text(Task).Number(Round)
        .Number(Attempt).Field(Roster.Digest).Field(Broadcast).Number((int)Ring).Number(FractionBits).Number(Length).Digest();

    /// <summary>
    /// What is asked, whoever is asked and however often: the same fields without round, attempt and roster. Two aggregations with one question sum the same
    /// vectors, so their survivor sets must not differ by a few (<see cref="AttemptRule"/>).
    /// </summary>
    public ImmutableArray<byte> Question => [.. new CanonicalWriter().Text("fed-secagg-question-v1").Field(Study).Field(Plan).Text(Task).Field(Broadcast)
        .Number((int)Ring).Number(FractionBits).Number(Length).Digest()];

    /// <summary>Bytes of a vector.</summary>
    public int PayloadBytes => checked(Length * RingArithmetic.ElementBytes(Ring));

    /// <summary>Whether every field has its size and range.</summary>
    /// <exception cref="ArgumentException">One has not; the message names it.</exception>
    public void Validate()
    {
        if (Suite != AggregationSuite.P256Sha256Aes256) throw Wrong(nameof(Suite), "suite 1 is the only one");
        if (Study.IsDefault || Study.Length != 16) throw Wrong(nameof(Study), "16 bytes are needed");
        if (Plan.IsDefault || Plan.Length != 32) throw Wrong(nameof(Plan), "32 bytes are needed");
        if (Broadcast.IsDefault || Broadcast.Length != 32) throw Wrong(nameof(Broadcast), "32 bytes are needed");
        if (string.IsNullOrEmpty(Task) || Task.Length > 256) throw Wrong(nameof(Task), "1 to 256 characters are needed");
        if (Round < 1 || Attempt < 1) throw Wrong(nameof(Round), "rounds and attempts count from 1");
        if (Ring is not (Ring.Bits64 or Ring.Bits128)) throw Wrong(nameof(Ring), "64 or 128 bits are offered");
        if (FractionBits < 0 || FractionBits >= (int)Ring) throw Wrong(nameof(FractionBits), "0 to the ring's width is possible");
        if (Length < 1 || (long)Length * RingArithmetic.ElementBytes(Ring) > Array.MaxLength) throw Wrong(nameof(Length), "a vector has 1 element or more and fits in one array");
    }

    /// <summary>The digest that is signed or authenticated for one kind of message in this context.</summary>
    internal CanonicalWriter Message(string label) => new CanonicalWriter().Text(label).Field(Digest);

    private static ArgumentException Wrong(string field, string need) => new($"Aggregation context: {field} is not valid, {need}.", field);
}
