using Federated.Statistics.Kernels;

namespace Federated.Statistics.Survival;

/// <summary>
/// Cox's partial likelihood at one coefficient vector, from sums over risk sets. At event time t with d events of mean weight w, risk-set sum S0 and tied sum E0
/// (of weight times exp(eta), over those at risk and over the events), Efron's k-th term, k = 0 .. d - 1, has phi = S0 - k/d E0 and the hazard step h = w / phi;
/// Breslow's terms all have phi = S0. Therneau and Grambsch, Modeling Survival Data, 2000, chapter 3.
/// </summary>
public sealed class PartialLikelihood
{
    private readonly EventTimes _times;
    private readonly TieHandling _ties;
    private readonly double[] _risk;
    private readonly double[] _tied;

    private PartialLikelihood(EventTimes times, TieHandling ties, double[] risk, double[] tied)
    {
        (_times, _ties, _risk, _tied) = (times, ties, risk, tied);
        Hazard = new double[times.Count];
        TiedHazard = new double[times.Count];
    }

    /// <summary>The part of the log likelihood that is taken off the events' sum of weight times eta.</summary>
    public double LogRisk { get; private set; }

    /// <summary>Step of the cumulative hazard at each event time: sum of h.</summary>
    public double[] Hazard { get; }

    /// <summary>Part of that step from which an event of this time is spared: sum of h k/d. Zero without ties.</summary>
    public double[] TiedHazard { get; }

    /// <summary>Whether every risk set has a sum: where not, the point was too far to be looked at.</summary>
    public bool IsFinite { get; private set; } = true;

    /// <summary>The likelihood from its sums.</summary>
    /// <param name="times">Event times.</param>
    /// <param name="ties">How ties are taken.</param>
    /// <param name="risk">S0 per event time.</param>
    /// <param name="tied">E0 per event time; used where several events tie.</param>
    public static PartialLikelihood At(EventTimes times, TieHandling ties, double[] risk, double[] tied)
    {
        var likelihood = new PartialLikelihood(times, ties, risk, tied);
        double[] logs = new double[times.Count];
        for (int t = 0; t < times.Count; t++)
        {
            (long terms, double weight) = likelihood.Terms(t);
            for (long k = 0; k < terms; k++)
            {
                (double share, double phi) = likelihood.Phi(t, k, terms);
                likelihood.IsFinite &= phi > 0 && double.IsFinite(phi);
                logs[t] += weight * Math.Log(phi);
                likelihood.Hazard[t] += weight / phi;
                likelihood.TiedHazard[t] += weight / phi * share;
            }
        }

        likelihood.LogRisk = Summation.Sum(logs);
        return likelihood;
    }

    /// <summary>
    /// The part of the information that is taken off the sum of weighted squares: sum over events of the products of the risk set's mean covariates.
    /// </summary>
    /// <param name="risk1">S1, row-major event times x p: sums of weight times exp(eta) times the covariates.</param>
    /// <param name="tied1">E1, in the same shape; used where several events tie.</param>
    /// <param name="p">Covariates.</param>
    /// <returns>Row-major p x p.</returns>
    public double[] MeanProducts(ReadOnlySpan<double> risk1, ReadOnlySpan<double> tied1, int p)
    {
        // Over the terms k of a time, the products of (S1 - share_k E1) / phi_k are a quadratic form in S1 and E1: two squares instead of one per event.
        var rows = new List<double>(_times.Count * p);
        var weights = new List<double>(_times.Count);
        for (int t = 0; t < _times.Count; t++)
        {
            (long terms, double weight) = Terms(t);
            double own = 0, mixed = 0, tied = 0;
            for (long k = 0; k < terms; k++)
            {
                (double share, double phi) = Phi(t, k, terms);
                double each = weight / phi / phi;
                own += each;
                mixed += each * share;
                tied += each * share * share;
            }

            ReadOnlySpan<double> s1 = risk1.Slice(t * p, p), e1 = terms > 1 ? tied1.Slice(t * p, p) : default;
            double centre = mixed / own, rest = tied - (mixed * centre);
            weights.Add(own);
            for (int j = 0; j < p; j++) rows.Add(terms > 1 ? s1[j] - (centre * e1[j]) : s1[j]);
            if (terms == 1) continue;
            weights.Add(rest);
            for (int j = 0; j < p; j++) rows.Add(e1[j]);
        }

        return ScorePieces.Squares([.. rows], p, [.. weights]);
    }

    /// <summary>
    /// The same to a few digits, from the mean covariates at some event times alone, each standing for a run of them: enough to choose a step by, not to judge
    /// one by.
    /// </summary>
    /// <param name="chosen">Event times, ascending.</param>
    /// <param name="runEnd">Per chosen time, the event time after the last it stands for; the first run begins at 0.</param>
    /// <param name="risk1">S1 at the chosen times, row-major.</param>
    /// <param name="p">Covariates.</param>
    public double[] MeanProducts(ReadOnlySpan<int> chosen, ReadOnlySpan<int> runEnd, ReadOnlySpan<double> risk1, int p)
    {
        double[] rows = new double[chosen.Length * p], weights = new double[chosen.Length];
        for (int c = 0, first = 0; c < chosen.Length; first = runEnd[c++])
        {
            weights[c] = Summation.Sum(_times.Weight.AsSpan(first, runEnd[c] - first));
            for (int j = 0; j < p; j++) rows[(c * p) + j] = risk1[(c * p) + j] / _risk[chosen[c]];
        }

        return ScorePieces.Squares(rows, p, weights);
    }

    /// <summary>What the score residuals of rows need of the mean covariates, per event time and covariate, row-major.</summary>
    /// <param name="risk1">S1.</param>
    /// <param name="tied1">E1.</param>
    /// <param name="p">Covariates.</param>
    public ResidualTerms Residuals(ReadOnlySpan<double> risk1, ReadOnlySpan<double> tied1, int p)
    {
        var residuals = new ResidualTerms(new double[_times.Count * p], new double[_times.Count * p], new double[_times.Count * p]);
        double[] mean = new double[p];
        for (int t = 0; t < _times.Count; t++)
        {
            (long terms, double weight) = Terms(t);
            for (long k = 0; k < terms; k++)
            {
                (double share, double phi) = Phi(t, k, terms);
                Mean(t, k, terms, risk1, tied1, mean);
                for (int j = 0; j < p; j++)
                {
                    residuals.Mean[(t * p) + j] += mean[j] / terms;
                    residuals.MeanHazard[(t * p) + j] += weight / phi * mean[j];
                    residuals.TiedMeanHazard[(t * p) + j] += weight / phi * share * mean[j];
                }
            }
        }

        return residuals;
    }

    // Breslow: one term that stands for all events.
    private (long Terms, double Weight) Terms(int t) =>
        _ties == TieHandling.Efron ? (_times.Events[t], _times.Weight[t] / _times.Events[t]) : (1, _times.Weight[t]);

    private (double Share, double Phi) Phi(int t, long k, long terms)
    {
        if (k == 0) return (0, _risk[t]);
        double share = (double)k / terms;
        return (share, _risk[t] - (share * _tied[t]));
    }

    private void Mean(int t, long k, long terms, ReadOnlySpan<double> risk1, ReadOnlySpan<double> tied1, double[] mean)
    {
        (double share, double phi) = Phi(t, k, terms);
        int at = t * mean.Length;
        for (int j = 0; j < mean.Length; j++) mean[j] = (k == 0 ? risk1[at + j] : risk1[at + j] - (share * tied1[at + j])) / phi;
    }
}

/// <summary>Per event time and covariate, row-major: mean covariates, and their sums with the hazard steps.</summary>
/// <param name="Mean">Mean over the terms of a time.</param>
/// <param name="MeanHazard">Sum of h times the mean.</param>
/// <param name="TiedMeanHazard">Sum of h k/d times the mean.</param>
public sealed record ResidualTerms(double[] Mean, double[] MeanHazard, double[] TiedMeanHazard);
