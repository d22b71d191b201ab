using System.Collections.Immutable;
using System.Security.Cryptography;
using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;

namespace Federated.Simulator.Consortium;

/// <summary>The identity keys of a simulated consortium, drawn anew at each run.</summary>
/// <param name="Coordinator">Signs receipts.</param>
/// <param name="Sites">One per site, in the setting's order.</param>
/// <param name="Roster">The same, public halves by name.</param>
public sealed record SiteIdentityKeys(ECDsa Coordinator, ImmutableArray<SiteIdentity> Sites, ImmutableArray<Federated.Coordinator.Identity.SiteIdentity> Roster)
{
    /// <summary>What agents check receipts with.</summary>
    public CoordinatorIdentity CoordinatorIdentity { get; } = new(Coordinator.ExportSubjectPublicKeyInfo());

    /// <summary>New keys for every site of the setting.</summary>
    public static SiteIdentityKeys Create(ConsortiumSetting setting)
    {
        ImmutableArray<SiteIdentity> sites = [.. setting.Sites.Select(_ => SiteIdentity.Create())];
        return new SiteIdentityKeys(ECDsa.Create(ECCurve.NamedCurves.nistP256), sites, [.. setting.Sites.Zip(sites, (s, key) => new Federated.Coordinator.Identity.SiteIdentity(s.Name, key.PublicKey.ToArray()))]);
    }
}

/// <summary>What every simulated agent is made of, whatever connects it.</summary>
public static class AgentParts
{
    /// <summary>This release's vocabulary: the plan's canonical bytes, the closed catalogue, the manifest that officers read.</summary>
    public static AgentVocabulary Vocabulary { get; } = new(bytes => PlanDocument.Read(bytes), AnalysisCatalogue.Find, plan => new Digest(Manifest.For(plan).Digest));

    /// <summary>How long an agent with a loop of its own waits for the next step of a masking.</summary>
    public static TimeSpan LivePatience { get; } = TimeSpan.FromSeconds(2);

    /// <summary>The parts of the agent at position <paramref name="index"/>. Its officer approves the plan of the setting and no other.</summary>
    public static SiteParts Of(
        ConsortiumSetting setting, int index, SiteIdentity identity, CoordinatorIdentity coordinator, ICoordinatorLink link, ISiteStore store, ITableSource tables, TimeProvider time,
        TimeSpan patience) => new()
        {
            Link = link,
            Store = store,
            Tables = tables,
            Identity = identity,
            Coordinator = coordinator,
            Codec = new ProtobufPayloadCodec(),
            Vocabulary = Vocabulary,
            Policy = setting.Policy,
            Approver = (_, plan) => plan.Id == setting.Plan.Id,
            Time = time,
            Jitter = new Random(setting.Seed + index),
            Patience = patience,
        };
}
