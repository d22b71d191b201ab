using System.Globalization;

namespace Federated.Simulator.Output;

/// <summary>Numbers as C's <c>%.17g</c> writes them: 17 significant digits, so that every double survives the round trip.</summary>
public static class NumberFormat
{
    /// <summary>The text of a number; a missing one is <c>NA</c>.</summary>
    public static string Full(double value)
    {
        if (double.IsNaN(value)) return "NA";
        if (double.IsInfinity(value)) return value > 0 ? "Inf" : "-Inf";
        if (value == 0) return double.IsNegative(value) ? "-0" : "0";

        string scientific = value.ToString("E16", CultureInfo.InvariantCulture); // d.ddddddddddddddddE+ddd
        int e = scientific.IndexOf('E', StringComparison.Ordinal);
        int exponent = int.Parse(scientific.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string sign = scientific[0] == '-' ? "-" : "";
        string digits = scientific[sign.Length] + scientific[(sign.Length + 2)..e];
        string kept = digits.TrimEnd('0');

        if (exponent is < -4 or >= 17)
        {
            string mantissa = kept.Length > 1 ? kept[..1] + "." + kept[1..] : kept;
            return $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{int.Abs(exponent):00}";
        }

        if (exponent < 0) return sign + "0." + new string('0', -exponent - 1) + kept;
        if (kept.Length <= exponent + 1) return sign + kept.PadRight(exponent + 1, '0');
        return sign + kept[..(exponent + 1)] + "." + kept[(exponent + 1)..];
    }

    /// <summary>A number for people: <paramref name="significant"/> significant digits; a missing one is a dash.</summary>
    public static string Rounded(double value, int significant = 3)
    {
        if (!double.IsFinite(value)) return "–";
        if (value == 0) return "0";
        int exponent = (int)double.Floor(double.Log10(double.Abs(value)));
        if (exponent is < -4 or > 6) return value.ToString("0." + new string('#', significant - 1) + "e+0", CultureInfo.InvariantCulture);
        return value.ToString("F" + int.Max(0, significant - 1 - exponent), CultureInfo.InvariantCulture);
    }

    /// <summary>A share as a percentage with one decimal.</summary>
    public static string Percent(double share) => double.IsFinite(share) ? (100 * share).ToString("F1", CultureInfo.InvariantCulture) + " %" : "–";

    /// <summary>A count of bytes in the unit people read.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 10_240 => $"{bytes} B",
        < 10_485_760 => $"{bytes / 1024.0:F0} KiB",
        _ => $"{bytes / 1048576.0:F1} MiB",
    };
}
