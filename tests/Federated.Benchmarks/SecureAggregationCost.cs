using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using Federated.Privacy.Randomness;
using Federated.Privacy.SecureAggregation;

namespace Federated.Benchmarks;

/// <summary>Processor time that masking costs one site over all five steps, and the coordinator's adding and unmasking; medians of nine runs on one thread.</summary>
internal static class SecureAggregationCost
{
    private const int Runs = 9;

    public static int RunAll()
    {
        foreach ((int sites, int length, Ring ring, int dropouts) in new[] { (20, 1_000_000, Ring.Bits64, 3), (20, 20_000, Ring.Bits128, 3), (10, 20_000, Ring.Bits128, 0) })
        {
            for (int warm = 0; warm < 3; warm++) Run(sites, Math.Min(length, 50_000), ring, dropouts);
            double[][] runs = [.. Enumerable.Range(0, Runs).Select(_ => Run(sites, length, ring, dropouts))];
            double[] median = [.. Enumerable.Range(0, 6).Select(step => runs.Select(r => r[step]).Order().ElementAt(Runs / 2))];
            double site = runs.Select(r => r[0] + r[1] + r[2] + r[3] + r[4]).Order().ElementAt(Runs / 2);
            Console.WriteLine($"{sites} sites, {length} x {(int)ring} bits, {dropouts} dropouts: site {site:F1} ms (keys {median[0]:F1}, shares {median[1]:F1}, "
                + $"mask {median[2]:F1}, agree {median[3]:F1}, unmask {median[4]:F1}); coordinator, adding and unmasking {median[5]:F1} ms");
        }

        return 0;
    }

    /// <summary>Milliseconds: site 0's five steps, then the coordinator's sum.</summary>
    private static double[] Run(int sites, int length, Ring ring, int dropouts)
    {
        ECDsa[] identities = [.. Enumerable.Range(0, sites).Select(_ => ECDsa.Create(ECCurve.NamedCurves.nistP256))];
        var roster = new Roster(identities.Select((k, i) => new RosterMember([.. k.ExportSubjectPublicKeyInfo()], $"hospital {i}")));
        ECDsa[] bySite = [.. identities.OrderBy(k => roster.IndexOf(k.ExportSubjectPublicKeyInfo()))];
        var context = new AggregationContext
        {
            Study = [.. new byte[16]],
            Plan = [.. new byte[32]],
            Task = "benchmark",
            Round = 1,
            Attempt = 1,
            Roster = roster,
            Broadcast = [.. new byte[32]],
            Ring = ring,
            FractionBits = 30,
            Length = length,
        };
        double[] cost = new double[6];
        var random = new SeededRandomness(1);
        var states = new SiteAggregationState[sites];
        byte[] vector = new byte[context.PayloadBytes];
        random.Fill(vector);

        CoordinatorAggregationState coordinator = CoordinatorAggregation.Start(context);
        for (int s = 0; s < sites; s++)
        {
            Turn<SiteAggregationState?, KeyAdvertisement> turn = At(s, 0, () => SiteAggregation.Start(context, bySite[s], random, []));
            states[s] = turn.State!;
            coordinator = CoordinatorAggregation.Accept(coordinator, turn.Require()).State;
        }

        Turn<CoordinatorAggregationState, KeyList> keys = CoordinatorAggregation.CloseKeys(coordinator);
        coordinator = keys.State;
        for (int s = 0; s < sites; s++)
        {
            Turn<SiteAggregationState, ShareBundle> turn = At(s, 1, () => SiteAggregation.Share(states[s], keys.Require(), random));
            states[s] = turn.State;
            coordinator = CoordinatorAggregation.Accept(coordinator, turn.Require()).State;
        }

        Turn<CoordinatorAggregationState, ImmutableSortedDictionary<int, ShareDelivery>> deliveries = CoordinatorAggregation.CloseShares(coordinator);
        coordinator = deliveries.State;
        var masked = new byte[sites - dropouts][];
        for (int s = 0; s < masked.Length; s++)
        {
            Turn<SiteAggregationState, MaskedInput> turn = At(s, 2, () => SiteAggregation.Mask(states[s], deliveries.Require()[s], vector));
            states[s] = turn.State;
            masked[s] = turn.Require().Payload.ToArray();
            coordinator = CoordinatorAggregation.Accept(coordinator, new MaskedArrival(s, turn.State.MaskedDigest)).State;
        }

        Turn<CoordinatorAggregationState, SurvivorNotice> notice = CoordinatorAggregation.CloseMasked(coordinator);
        coordinator = notice.State;
        for (int s = 0; s < masked.Length; s++)
        {
            Turn<SiteAggregationState, SurvivorSignature> turn = At(s, 3, () => SiteAggregation.Agree(states[s], notice.Require(), bySite[s], []));
            states[s] = turn.State;
            coordinator = CoordinatorAggregation.Accept(coordinator, turn.Require()).State;
        }

        Turn<CoordinatorAggregationState, SignatureList> signatures = CoordinatorAggregation.CloseConsistency(coordinator);
        coordinator = signatures.State;
        for (int s = 0; s < masked.Length; s++)
            coordinator = CoordinatorAggregation.Accept(coordinator, At(s, 4, () => SiteAggregation.Unmask(states[s], signatures.Require())).Require()).State;

        At(0, 5, () =>
        {
            var sum = new MaskedSum(context);
            for (int s = 0; s < masked.Length; s++) sum.Add(s, masked[s]);
            return CoordinatorAggregation.Unmask(coordinator, sum).Require();
        });
        foreach (ECDsa identity in identities) identity.Dispose();
        return cost;

        T At<T>(int site, int step, Func<T> work)
        {
            if (site != 0) return work();
            using var process = Process.GetCurrentProcess();
            TimeSpan before = process.TotalProcessorTime;
            T result = work();
            process.Refresh();
            cost[step] = (process.TotalProcessorTime - before).TotalMilliseconds;
            return result;
        }
    }
}
