using System.Globalization;
using System.Text;
using Federated.Imaging.Phantoms;

namespace Federated.SiteAgent.Host.Phantoms;

/// <summary>A recovery curve over sphere diameters in the band of a standard, as SVG.</summary>
internal static class RecoveryChart
{
    private const int Width = 430, Height = 300, Left = 48, Right = 12, Top = 30, Bottom = 44;
    private const double Smallest = 8, Largest = 39;

    /// <param name="title">What the chart shows.</param>
    /// <param name="metric">Which recovery.</param>
    /// <param name="bands">The standard.</param>
    /// <param name="curves">Name, class of its style and the spheres of each curve.</param>
    public static string Draw(string title, RecoveryMetric metric, RecoveryBands bands, IReadOnlyList<(string Name, string Style, IReadOnlyList<SphereRecovery> Spheres)> curves)
    {
        RecoveryBand[] own = [.. bands.Bands.Where(b => b.Metric == metric).OrderBy(b => b.DiameterMillimetres)];
        double top = Math.Ceiling(5 * own.Select(b => b.Maximum).Concat(curves.SelectMany(c => c.Spheres.Select(s => Value(s, metric)))).DefaultIfEmpty(1).Max()) / 5;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{PhantomPage.Text(title)}\"><text x=\"{Left}\" y=\"18\" class=\"title\">{PhantomPage.Text(title)}</text>");
        for (int i = 0; i <= (int)Math.Round(5 * top); i++)
        {
            double y = Y(0.2 * i, top);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\" class=\"grid\"/><text x=\"{Left - 6}\" y=\"{y + 4:0.#}\" class=\"right\">{0.2 * i:0.0}</text>");
        }

        foreach (double diameter in NemaGeometry.Diameters)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(diameter):0.#}\" y=\"{Height - Bottom + 16}\" class=\"middle\">{diameter}</text>");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\" class=\"middle\">sphere diameter (mm)</text>");
        if (own.Length > 0)
        {
            IEnumerable<string> edge = own.Select(b => Point(b.DiameterMillimetres, b.Maximum, top)).Concat(own.Reverse().Select(b => Point(b.DiameterMillimetres, b.Minimum, top)));
            svg.Append(CultureInfo.InvariantCulture, $"<polygon class=\"band\" points=\"{string.Join(' ', edge)}\"><title>{PhantomPage.Text(bands.Standard)}</title></polygon>");
        }

        foreach ((string name, string style, IReadOnlyList<SphereRecovery> spheres) in curves)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"{style}\" points=\"{string.Join(' ', spheres.OrderBy(s => s.DiameterMillimetres).Select(s => Point(s.DiameterMillimetres, Value(s, metric), top)))}\"/>");
            foreach (SphereRecovery sphere in spheres)
                svg.Append(CultureInfo.InvariantCulture, $"<circle class=\"{style}\" cx=\"{X(sphere.DiameterMillimetres):0.#}\" cy=\"{Y(Value(sphere, metric), top):0.#}\" r=\"3.5\"><title>{PhantomPage.Text(name)}, {sphere.DiameterMillimetres} mm: {Value(sphere, metric):0.000}</title></circle>");
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>The recovery of that kind.</summary>
    public static double Value(SphereRecovery sphere, RecoveryMetric metric) => metric switch
    {
        RecoveryMetric.Mean => sphere.Mean,
        RecoveryMetric.Max => sphere.Max,
        _ => sphere.Peak,
    };

    private static string Point(double diameter, double value, double top) => string.Create(CultureInfo.InvariantCulture, $"{X(diameter):0.#},{Y(value, top):0.#}");

    private static double X(double diameter) => Left + (diameter - Smallest) / (Largest - Smallest) * (Width - Left - Right);

    private static double Y(double value, double top) => Height - Bottom - value / top * (Height - Top - Bottom);
}
