namespace Federated.Statistics.Multiplicity;

/// <summary>How p-values of many tests are corrected.</summary>
public enum Correction
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Benjamini and Hochberg 1995: false discovery rate, tests independent or positively dependent.</summary>
    BenjaminiHochberg,

    /// <summary>Benjamini and Yekutieli 2001: false discovery rate under any dependence.</summary>
    BenjaminiYekutieli,

    /// <summary>Holm 1979: family-wise error under any dependence.</summary>
    Holm,

    /// <summary>Hochberg 1988: family-wise error, tests independent or positively dependent.</summary>
    Hochberg,

    /// <summary>Hommel 1988: family-wise error, tests independent or positively dependent; never weaker than Hochberg's.</summary>
    Hommel,

    /// <summary>Bonferroni: family-wise error under any dependence.</summary>
    Bonferroni,
}

/// <summary>Corrected p-values as R's p.adjust gives them; missing ones (NaN) stay missing and do not count.</summary>
public static class MultipleTesting
{
    /// <summary>R's word for a correction.</summary>
    public static string Word(Correction correction) => correction switch
    {
        Correction.None => "none",
        Correction.BenjaminiHochberg => "BH",
        Correction.BenjaminiYekutieli => "BY",
        Correction.Holm => "holm",
        Correction.Hochberg => "hochberg",
        Correction.Hommel => "hommel",
        _ => "bonferroni",
    };

    /// <summary>The correction that R calls by this word; null if there is none.</summary>
    public static Correction? Find(string word)
    {
        foreach (Correction correction in Enum.GetValues<Correction>())
            if (string.Equals(Word(correction), word, StringComparison.OrdinalIgnoreCase)) return correction;
        return string.Equals(word, "fdr", StringComparison.OrdinalIgnoreCase) ? Correction.BenjaminiHochberg : null;
    }

    /// <summary>Corrected p-values, in the order given.</summary>
    /// <param name="p">Between 0 and 1, or NaN.</param>
    /// <param name="correction">How.</param>
    /// <exception cref="ArgumentOutOfRangeException">A p-value lies outside 0 to 1.</exception>
    public static double[] Adjust(ReadOnlySpan<double> p, Correction correction)
    {
        int[] known = Known(p);
        double[] adjusted = p.ToArray();
        if (correction == Correction.None || known.Length <= 1) return adjusted;
        int n = known.Length;
        double[] sorted = [.. known.Select(i => adjusted[i])]; // ascending
        double[] found = correction switch
        {
            Correction.Bonferroni => [.. sorted.Select(v => Math.Min(1, n * v))],
            Correction.Holm => Rising(sorted, i => n - i),
            Correction.Hochberg => Falling(sorted, i => n - i),
            Correction.BenjaminiHochberg => Falling(sorted, i => n / (double)(i + 1)),
            Correction.BenjaminiYekutieli => Yekutieli(sorted),
            _ => Hommel(sorted),
        };
        for (int i = 0; i < n; i++) adjusted[known[i]] = found[i];
        return adjusted;
    }

    // Positions of the p-values that are known, by rising value.
    private static int[] Known(ReadOnlySpan<double> p)
    {
        var known = new List<int>(p.Length);
        double[] values = p.ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            if (double.IsNaN(values[i])) continue;
            if (values[i] is < 0 or > 1) throw new ArgumentOutOfRangeException(nameof(p), values[i], "A p-value lies between 0 and 1.");
            known.Add(i);
        }

        return [.. known.OrderBy(i => values[i])];
    }

    private static double[] Rising(double[] sorted, Func<int, double> factor)
    {
        double[] found = new double[sorted.Length];
        double largest = 0;
        for (int i = 0; i < sorted.Length; i++) found[i] = Math.Min(1, largest = Math.Max(largest, factor(i) * sorted[i]));
        return found;
    }

    private static double[] Falling(double[] sorted, Func<int, double> factor)
    {
        double[] found = new double[sorted.Length];
        double least = 1;
        for (int i = sorted.Length - 1; i >= 0; i--) found[i] = least = Math.Min(least, factor(i) * sorted[i]);
        return found;
    }

    private static double[] Yekutieli(double[] sorted)
    {
        double harmonic = 0;
        for (int i = 1; i <= sorted.Length; i++) harmonic += 1.0 / i;
        return Falling(sorted, i => harmonic * sorted.Length / (i + 1));
    }

    // Hommel's procedure in the form of Wright 1992 (Biometrics 48:1005): for every size m of an intersection the p-value of Simes' test of the largest m.
    private static double[] Hommel(double[] sorted)
    {
        int n = sorted.Length;
        double[] found = new double[n];
        double simes = double.PositiveInfinity;
        for (int i = 0; i < n; i++) simes = Math.Min(simes, n * sorted[i] / (i + 1));
        Array.Fill(found, simes);
        double[] least = new double[n];
        Array.Fill(least, simes);
        for (int m = n - 1; m >= 2; m--)
        {
            double smallest = double.PositiveInfinity;
            for (int i = n - m + 1; i < n; i++) smallest = Math.Min(smallest, m * sorted[i] / (i - n + m + 1));
            for (int i = 0; i <= n - m; i++) least[i] = Math.Min(m * sorted[i], smallest);
            for (int i = n - m + 1; i < n; i++) least[i] = least[n - m];
            for (int i = 0; i < n; i++) found[i] = Math.Max(found[i], least[i]);
        }

        for (int i = 0; i < n; i++) found[i] = Math.Min(1, Math.Max(found[i], sorted[i]));
        return found;
    }
}
