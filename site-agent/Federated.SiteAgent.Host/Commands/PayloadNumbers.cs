using System.Collections.Immutable;
using System.Globalization;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.SiteAgent.Store;
using Wire = Federated.Contracts.V1;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>The numbers behind the bytes that left, one per line: block, place, number. Of a masked sum these are the numbers under the mask, which never left.</summary>
internal static class PayloadNumbers
{
    /// <summary>The numbers in clear.</summary>
    /// <exception cref="SiteErrorException">E3206: no bytes left, or they are of a release that did not keep what they mean.</exception>
    public static IEnumerable<(string Block, string Place, string Number)> Of(OutboxEntry entry, StateSeal seal)
    {
        if (entry.Payload is not { } payload) throw new SiteErrorException("E3206", ExitCode.Input, $"Round {entry.Task.Round} was declined: no numbers left");
        if (entry.Kind == ExchangeKind.Report) return [("report", "", Wire.Report.Parser.ParseFrom(payload.Bytes.Span).ToString())];
        if (entry.Layout is not { } layout)
            throw new SiteErrorException("E3206", ExitCode.Input, $"Round {entry.Task.Round} was answered by a release that did not keep what its numbers mean; outbox export gives the bytes");
        byte[] bytes = entry.Clear is { } clear ? seal.Open(StateSeal.Clear, entry.Task, clear.Span) : payload.Bytes.ToArray();
        return Sum(SumVector.FromPayload(new SumLayout(layout.Blocks), bytes), layout.Packed);
    }

    private static IEnumerable<(string Block, string Place, string Number)> Sum(SumVector sum, ImmutableArray<string> packed)
    {
        foreach (SumBlock block in sum.Layout.Blocks)
        {
            if (packed.Contains(block.Name, StringComparer.Ordinal))
            {
                int place = 0;
                foreach (long count in PackedCounts.Every(sum, block.Name)) yield return (block.Name, $"[{place++}]", count.ToString(CultureInfo.InvariantCulture));
                continue;
            }

            double[] numbers = sum.Block(block.Name);
            for (int i = 0; i < numbers.Length; i++) yield return (block.Name, Place(block.Shape, i), numbers[i].ToString("R", CultureInfo.InvariantCulture));
        }
    }

    private static string Place(ImmutableArray<int> shape, int index)
    {
        if (shape.IsEmpty) return "";
        var places = new int[shape.Length];
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            places[axis] = index % shape[axis];
            index /= shape[axis];
        }

        return $"[{string.Join(", ", places)}]";
    }
}
