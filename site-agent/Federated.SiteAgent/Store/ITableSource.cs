using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Store;

/// <summary>Where the site's rows come from.</summary>
public interface ITableSource
{
    /// <summary>
    /// The rows of this site under a plan; empty when it holds none. The same rows give the same table, whatever was asked before.
    /// </summary>
    /// <param name="digest">The plan's digest: implementations keep the last table per plan and version of the data.</param>
    /// <param name="plan">The plan.</param>
    StudyTable Read(Digest digest, StudyPlan plan);
}

/// <summary>A table that is already in memory, for agents that run inside another program.</summary>
/// <param name="read">The site's rows under a plan.</param>
public sealed class InMemoryTableSource(Func<StudyPlan, StudyTable> read) : ITableSource
{
    private readonly Lock _reading = new();
    private (Digest Digest, StudyTable Table)? _last;

    /// <inheritdoc/>
    public StudyTable Read(Digest digest, StudyPlan plan)
    {
        lock (_reading)
        {
            if (_last is { } last && last.Digest == digest) return last.Table;
            StudyTable table = read(plan);
            _last = (digest, table);
            return table;
        }
    }
}
