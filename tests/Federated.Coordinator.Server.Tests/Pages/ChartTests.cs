using System.Globalization;
using System.IO.Compression;
using System.Xml.Linq;
using CsCheck;
using Federated.Coordinator.Pages.Charts;
using Federated.Coordinator.Pages.Facts;

namespace Federated.Coordinator.Server.Tests.Pages;

/// <summary>Pictures are well-formed and inside their frame, whatever the numbers.</summary>
public sealed class ChartTests
{
    private static readonly Gen<double> Numbers = Gen.OneOf(Gen.Double[-1e6, 1e6], Gen.Double[-1e-6, 1e-6], Gen.Const(0.0), Gen.Const(double.NaN), Gen.Const(1e300));

    [Fact]
    public void Every_picture_is_well_formed_and_its_coordinates_are_finite() => Gen.Select(Numbers.Array[0, 12], Numbers.Array[0, 12], Gen.String[0, 8]).Sample((a, b, name) =>
    {
        int n = Math.Min(a.Length, b.Length);
        Series[] lines = [new Series(name, [.. Enumerable.Range(0, n).Select(i => (a[i], b[i]))])];
        Estimate[] estimates = [.. Enumerable.Range(0, n).Select(i => new Estimate(name, a[i], a[i] - Math.Abs(b[i]), a[i] + Math.Abs(b[i])))];
        FeatureVariation[] features = [.. Enumerable.Range(0, n).Select(i => new FeatureVariation(name, Math.Abs(a[i]), Math.Abs(b[i])))];
        foreach (string svg in (string[])[LineChart.Draw(name, "x", "y", lines), LineChart.Draw(name, "x", "y", lines, steps: true, unit: true), ForestPlot.Draw(name, "x", estimates, 0), ForestPlot.Draw(name, "x", estimates, 1), SpreadChart.Draw(features)])
        {
            if (svg.Length == 0) continue;
            foreach (XAttribute attribute in XElement.Parse(Printable(svg)).Descendants().Attributes().Where(x => x.Name.LocalName is "x" or "y" or "x1" or "x2" or "y1" or "y2" or "cx" or "cy" or "width" or "height"))
                Assert.True(double.IsFinite(double.Parse(attribute.Value, CultureInfo.InvariantCulture)), attribute.ToString());
            if (name.Length > 0) Assert.DoesNotContain("NaN", svg.Replace(Svg(name), "", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    });

    [Fact]
    public void Fifty_scanners_by_a_thousand_features_are_a_small_picture_whose_pixels_are_the_numbers()
    {
        double[][] values = [.. Enumerable.Range(0, 50).Select(s => Enumerable.Range(0, 1000).Select(f => f == 7 ? double.NaN : Math.Sin(s + (0.01 * f)) * 3).ToArray())];
        byte[] png = HeatMap.Png(values, 2);
        Assert.True(png.Length < 200_000, $"{png.Length} bytes");
        (int width, byte[] pixels) = Decode(png);
        Assert.Equal(1000 * HeatMap.CellWidth(1000), width);
        for (int s = 0; s < 50; s++)
        {
            for (int f = 0; f < 1000; f++)
            {
                byte pixel = pixels[(s * HeatMap.CellHeight * (width + 1)) + 1 + (f * HeatMap.CellWidth(1000))];
                Assert.Equal(f == 7 ? 255 : (byte)Math.Round(127 + (127 * Math.Clamp(values[s][f] / 2, -1, 1))), pixel);
            }
        }
    }

    [Fact]
    public void Tables_are_read_back_as_they_were_written()
    {
        var grid = ResultGrid.Read("t", "name,p,n\n\"a,\"\"b\"\"\",1E-09,12\nc,NA,0.5\n");
        Assert.Equal("a,\"b\"", grid.Rows[0][0]);
        Assert.Equal(["< 0.0001", "12"], [grid.Shown(0, 1), grid.Shown(0, 2)]);
        Assert.Equal(["–", "0.5000"], [grid.Shown(1, 1), grid.Shown(1, 2)]);
    }

    private static string Svg(string text) => System.Net.WebUtility.HtmlEncode(text);

    // What XML cannot hold at all is kept out of names by the plan; here names are anything.
    private static string Printable(string svg) => string.Concat(System.Net.WebUtility.HtmlDecode(svg).Length == 0 ? "" : svg.Where(c => c is '\n' or '\t' || (c >= ' ' && !char.IsSurrogate(c) && c < 0xFFFE)));

    private static (int Width, byte[] Pixels) Decode(byte[] png)
    {
        int width = (png[16] << 24) | (png[17] << 16) | (png[18] << 8) | png[19], at = 8;
        using var data = new MemoryStream();
        while (at < png.Length)
        {
            int length = (png[at] << 24) | (png[at + 1] << 16) | (png[at + 2] << 8) | png[at + 3];
            if (png[at + 4] == 'I' && png[at + 5] == 'D') data.Write(png, at + 8, length);
            at += length + 12;
        }

        data.Position = 0;
        using var inflated = new MemoryStream();
        using (var unpacked = new ZLibStream(data, CompressionMode.Decompress)) unpacked.CopyTo(inflated);
        return (width, inflated.ToArray());
    }
}
