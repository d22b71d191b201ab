using System.Globalization;
using Federated.Imaging.Phantoms;

namespace Federated.SiteAgent.Host.Phantoms;

/// <summary>What a phantom says, as names and values with units: the same for the terminal and the page.</summary>
internal static class PhantomFacts
{
    public static IEnumerable<(string Name, string Value)> Of(PhantomReport report)
    {
        yield return ("calibration factor", report.CalibrationFactor is { } factor ? Number($"{factor:0.000} (image / stated; patients are divided by it)") : "not known: state what was filled in with --background");
        yield return ("background", Number($"{report.Background.Mean:0.##} in units of the image, over {report.Background.Millilitres:0} ml"));
        yield return ("background noise (COV)", Number($"{100 * report.Background.CoefficientOfVariation:0.0} % (EARL asks for 15 % at most)"));
        switch (report)
        {
            case NemaReport nema:
                yield return ("resolution (FWHM)", Number($"{nema.FwhmMillimetres:0.0} mm, Gaussian, without the voxels' own width"));
                yield return ("level of the spheres", Number($"{nema.SphereLevel:0.##} in units of the image, {(nema.IsLevelStated ? "from the stated activity" : "from the largest sphere: state it with --spheres to be exact")}"));
                yield return ("residual lung error", nema.LungResidualPercent is { } lung ? Number($"{lung:0.0} %") : "no cold insert found");
                break;
            case UniformReport uniform:
                yield return ("size", Number($"radius {uniform.RadiusMillimetres:0} mm, length {uniform.LengthMillimetres:0} mm"));
                yield return ("largest deviation along the axis", Number($"{uniform.LargestSliceDeviationPercent:0.0} %"));
                break;
        }
    }

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
