using System.Buffers.Binary;
using System.Security.Cryptography;
using Federated.Analyses.Exchange;
using Federated.Analyses.Noise;
using Federated.Privacy.DifferentialPrivacy;
using Federated.Privacy.FixedPoint;
using Federated.Privacy.Randomness;
using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Identity;

namespace Federated.SiteAgent.Noise;

/// <summary>
/// The noise of one answer: exact discrete Gaussian draws on the integer grid, from a stream that only this site can make, a function of its identity key, the question and
/// the very numbers it hides. So a repeat after a crash has the same bits, and other numbers, or another question, never the same noise.
/// </summary>
internal static class NoiseDraw
{
    private const string Purpose = "federated-noise-v1";

    // Above the error of the floating-point product that gives the standard deviation: noise is never less than reckoned.
    private static readonly double Room = 1 + double.ScaleB(1, -40);

    /// <summary>The bytes of the sum with this site's share of the noise.</summary>
    public static byte[] Noised(GateRequest request, NoiseTerms noise, BoundedSum sum, SiteIdentity identity)
    {
        byte[] bytes = sum.Sum.ToPayload();
        int sites = request.Task.Masking?.Members.Length ?? request.Task.Sites;
        double deviation = double.ScaleB(noise.AtSite(sum.Bound, sites) * Room, Fixed128.FractionBits);
        DiscreteGaussian.OfStandardDeviation(deviation).AddTo(Ring.Bits128, bytes, new KeyedRandomness(HKDF.DeriveKey(HashAlgorithmName.SHA256, identity.DeriveKey(Purpose), 32, Question(request, bytes))));
        return bytes;
    }

    private static byte[] Question(GateRequest request, byte[] clear)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[4];
        hash.AppendData(request.Task.Key.Study.ToBytes());
        hash.AppendData(request.Task.Plan.ToBytes());
        hash.AppendData(request.Task.Broadcast.ToBytes());
        foreach (int whole in (ReadOnlySpan<int>)[request.Task.Key.Round, request.Task.Key.Attempt, request.Task.Sites, .. request.Task.Masking?.Members ?? []])
        {
            BinaryPrimitives.WriteInt32BigEndian(number, whole);
            hash.AppendData(number);
        }

        hash.AppendData(SHA256.HashData(clear));
        return hash.GetHashAndReset();
    }
}
