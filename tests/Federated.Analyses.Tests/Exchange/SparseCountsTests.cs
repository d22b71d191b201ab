using CsCheck;
using Federated.Analyses.Exchange;

namespace Federated.Analyses.Tests.Exchange;

public sealed class SparseCountsTests
{
    private const int Salt = 3;

    [Fact]
    public void Keys_of_all_sites_are_read_back_with_their_counts() =>
        Gen.Select(Gen.Int[0, 40], Gen.Int[1, 5], Gen.Int).Array[0, 400].Sample(rows =>
        {
            SparseCounts table = Table(rows.Length);
            SumVector[] sites = [.. Enumerable.Range(0, 6).Select(_ => new SumVector(new SumLayout(table.Block())))];
            foreach ((int key, int site, int amount) in rows) table.Add(sites[site], [(ulong)key, SparseCounts.Word(key / 3.0)], [amount]);
            var sum = new SumVector(new SumLayout(table.Block()));
            foreach (SumVector site in sites) sum.AddPayload(site.ToPayload());

            IReadOnlyList<SparseEntry>? found = table.Read(sum);

            var expected = rows.GroupBy(r => r.Item1).OrderBy(g => g.Key).Select(g => (g.Key, g.LongCount(), g.Aggregate((Int128)0, (all, r) => all + r.Item3)));
            Assert.NotNull(found);
            Assert.Equal(expected, found.Select(e => ((int)e.Key[0], e.Count, e.Amounts[0])));
            Assert.All(found, e => Assert.Equal(e.Key[0] / 3.0, SparseCounts.Number(e.Key[1])));
        });

    [Fact]
    public void A_table_that_is_too_full_is_not_read_at_all()
    {
        SparseCounts table = Table(0);
        var sum = new SumVector(new SumLayout(table.Block()));
        for (int key = 0; key < 3 * table.Cells; key++) table.Add(sum, [(ulong)key, 0], [1]);
        Assert.Null(table.Read(sum));
    }

    [Fact]
    public void Noise_is_no_table() =>
        Gen.Int[0, 1000].Array[1, 60].Sample(noise =>
        {
            SparseCounts table = Table(10);
            var sum = new SumVector(new SumLayout(table.Block()));
            for (int i = 0; i < noise.Length; i++) sum.AddRaw("table", i, 1 + noise[i]);
            Assert.Null(table.Read(sum));
        });

    [Fact]
    public void Zero_has_one_word() => Assert.Equal(SparseCounts.Word(0.0), SparseCounts.Word(-0.0));

    private static SparseCounts Table(int keys) => new("table", 2, 1, SparseCounts.CellsFor(keys), Salt);
}
