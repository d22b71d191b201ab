using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Tests.Store;

public sealed class InMemorySiteStoreTests : SiteStoreContract
{
    private readonly InMemorySiteStore _store = new();

    protected override ISiteStore Store => _store;

    protected override ISiteStore Reopened() => _store;
}
