using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Running;

/// <summary>How many rows one hospital said that it used in one step, and how many it left out, by reason: from a declared Report, the only record that is seen per hospital.</summary>
/// <param name="Analysis">Id of the analysis.</param>
/// <param name="Step">Name of the step.</param>
/// <param name="Site">Whose.</param>
/// <param name="Rows">Its counts.</param>
public sealed record ReportedRows(string Analysis, string Step, string Site, EffectiveRows Rows)
{
    /// <summary>Of every report of the present attempt that can be read, in the order of rounds and then of sites.</summary>
    internal static async Task<ImmutableArray<ReportedRows>> ReadAsync(Study study, PayloadStore payloads, IPayloadCodec codec, CancellationToken cancellation)
    {
        var found = ImmutableArray.CreateBuilder<ReportedRows>();
        foreach (Round round in study.Rounds.Where(r => r.Attempt == study.Attempt && r.State == RoundState.Aggregated && r.Request.Kind == ExchangeKind.Report))
        {
            foreach ((string site, Answer answer) in round.Answers)
            {
                if (answer.Payload is not { } payload) continue;
                byte[]? bytes = await payloads.FindAsync(BlobScope.Contribution(new TaskKey(study.Uid, round.Number, round.Attempt), site), payload, cancellation);
                if (bytes is null) continue;
                try
                {
                    found.Add(new ReportedRows(round.Request.Analysis, round.Request.Step, site, codec.DecodeReport(bytes).Rows));
                }
                catch (FormatException)
                {
                    // A later release's report: what this one cannot read it does not tell.
                }
            }
        }

        return found.ToImmutable();
    }
}
