using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Regression;
using Federated.Analyses.Stages;
using Federated.Statistics.Survival;

namespace Federated.Analyses.Survival;

/// <summary>The site half of a Cox model at one coefficient vector.</summary>
internal sealed class CoxSite
{
    private readonly CoxFrame _frame;
    private readonly SurvivalRows _rows;
    private readonly int _p;
    private readonly double[] _design; // row-major, centred and scaled
    private readonly double[] _eta;
    private readonly int[] _last; // last event time at which the row is at risk, -1 = none
    private readonly int[] _before; // last event time before it enters, -1 = none

    public CoxSite(CoxRows rows, double[] beta)
    {
        (_frame, _rows, _p) = (rows.Frame, rows.Rows, beta.Length);
        (_design, _last, _before) = (rows.Design, rows.Last, rows.Before);
        _eta = new double[_rows.Count];
        for (int row = 0; row < _eta.Length; row++)
            for (int j = 0; j < _p; j++) _eta[row] = Math.FusedMultiplyAdd(_design[(row * _p) + j], beta[j], _eta[row]);
    }

    /// <summary>The rows, in the study table's order.</summary>
    public SurvivalRows Rows => _rows;

    /// <summary>The linear predictor of each row.</summary>
    public double[] Predictor => _eta;

    /// <summary>What leaves the risk sets, and what is tied.</summary>
    /// <param name="chosen">Event times at which covariates are asked for, ascending.</param>
    public SumVector Risk(ImmutableArray<int> chosen)
    {
        var sum = new SumVector(CoxSums.RiskLayout(_frame, _p, chosen.Length));
        int[] slot = Slots(chosen);
        bool tiedCovariates = !_frame.Tied.IsEmpty && chosen.Length == _frame.Times;
        double[] weighted = new double[_p];
        for (int row = 0; row < _rows.Count; row++)
        {
            if (!(Math.Abs(_eta[row]) <= CoxFrame.Limit))
            {
                sum.Add(CoxSums.Beyond, 0, 1);
                continue;
            }

            if (_last[row] == _before[row]) continue; // at risk at no event time
            double hazard = _rows.Weight[row] * Math.Exp(_eta[row]);
            ReadOnlySpan<double> x = _design.AsSpan(row * _p, _p);
            Add(CoxSums.Risk0, _last[row], _before[row], hazard);
            (int last, int before) = (slot[_last[row] + 1], slot[_before[row] + 1]);
            if (chosen.Length > 0 && last != before)
            {
                for (int j = 0; j < _p; j++) weighted[j] = hazard * x[j];
                sum.Add(CoxSums.Risk1, last * _p, weighted);
                for (int j = 0; before >= 0 && j < _p; j++) weighted[j] = -weighted[j];
                if (before >= 0) sum.Add(CoxSums.Risk1, before * _p, weighted);
            }

            if (!_rows.IsEvent(row)) continue;
            sum.Add(CoxSums.EventPredictor, 0, _rows.Weight[row] * _eta[row]);
            int tied = _frame.Tied.BinarySearch(_last[row]);
            if (tied < 0) continue;
            sum.Add(CoxSums.Tied0, tied, hazard);
            if (!tiedCovariates) continue;
            for (int j = 0; j < _p; j++) weighted[j] = hazard * x[j];
            sum.Add(CoxSums.Tied1, tied * _p, weighted);
        }

        return sum;

        void Add(string block, int last, int before, double value)
        {
            if (last >= 0) sum.Add(block, last, value);
            if (before >= 0) sum.Add(block, before, -value);
        }
    }

    /// <summary>Gradient, and the part of the information that rows give.</summary>
    /// <param name="hazard">Step of the cumulative hazard per event time.</param>
    /// <param name="tiedHazard">Part of it from which an event is spared, per tied time.</param>
    public SumVector Score(double[] hazard, double[] tiedHazard)
    {
        var sum = new SumVector(CoxSums.ScoreLayout(_frame, _p));
        double[] cumulative = Cumulative(hazard, 1);
        foreach (ScannerRows scanner in _rows.Scanners())
        {
            int rows = scanner.Next - scanner.First;
            double[] exposure = new double[rows], residual = new double[rows];
            for (int i = 0; i < rows; i++)
            {
                int row = scanner.First + i;
                exposure[i] = _rows.Weight[row] * Math.Exp(_eta[row]) * Met(row, cumulative, tiedHazard, 1, 0);
                residual[i] = (_rows.IsEvent(row) ? _rows.Weight[row] : 0) - exposure[i];
            }

            (double[] squares, double[] score) = ScorePieces.Of(_design[(scanner.First * _p)..(scanner.Next * _p)], _p, exposure, residual);
            sum.Add(CoxSums.Gradient, score);
            SymmetricSums.Add(sum, CoxSums.Squares, squares, _p);
        }

        return sum;
    }

    /// <summary>
    /// Products of score residuals, added up within clusters (each row its own without one): Lin and Wei 1989.
    /// </summary>
    public SumVector Robust(double[] hazard, double[] tiedHazard, ResidualTerms terms)
    {
        double[] cumulative = Cumulative(hazard, 1), mean = Cumulative(terms.MeanHazard, _p);
        var clusters = new SortedDictionary<double, double[]>();
        for (int row = 0; row < _rows.Count; row++)
        {
            double key = _rows.Cluster is null ? row : _rows.Cluster[row];
            if (!clusters.TryGetValue(key, out double[]? residual)) clusters.Add(key, residual = new double[_p]);
            double met = Met(row, cumulative, tiedHazard, 1, 0), relative = Math.Exp(_eta[row]);
            for (int j = 0; j < _p; j++)
            {
                double x = _design[(row * _p) + j];
                double own = _rows.IsEvent(row) ? x - terms.Mean[(_last[row] * _p) + j] : 0;
                residual[j] += _rows.Weight[row] * (own - (relative * ((x * met) - Met(row, mean, terms.TiedMeanHazard, _p, j))));
            }
        }

        double[] products = new double[_p * _p];
        foreach (double[] residual in clusters.Values)
            for (int i = 0; i < _p; i++)
                for (int j = 0; j < _p; j++) products[(i * _p) + j] += residual[i] * residual[j];
        var sum = new SumVector(CoxSums.RobustLayout(_frame, _p));
        SymmetricSums.Add(sum, CoxSums.Products, products, _p);
        return sum;
    }

    // Per event time and one before the first: the last chosen time of its stratum that is not after it, or -1.
    private int[] Slots(ImmutableArray<int> chosen)
    {
        int[] slot = new int[_frame.Times + 1];
        Array.Fill(slot, -1);
        for (int t = 0, c = -1; t < _frame.Times; t++)
        {
            if (c + 1 < chosen.Length && chosen[c + 1] == t) c++;
            slot[t + 1] = c >= 0 && _frame.Stratum[chosen[c]] == _frame.Stratum[t] ? c : -1;
        }

        return slot;
    }

    // Cumulated over the event times of each stratum; a row per event time and one of zeros at the end.
    private double[] Cumulative(double[] steps, int width)
    {
        double[] cumulative = new double[steps.Length + width];
        for (int t = 0; t < _frame.Times; t++)
        {
            bool first = t == 0 || _frame.Stratum[t] != _frame.Stratum[t - 1];
            for (int j = 0; j < width; j++)
                cumulative[(t * width) + j] = steps[(t * width) + j] + (first ? 0 : cumulative[((t - 1) * width) + j]);
        }

        return cumulative;
    }

    // What a row met while at risk: the cumulative sum at its end less that before it entered, less what an event is spared of its tie.
    private double Met(int row, double[] cumulative, double[] tied, int width, int column)
    {
        int none = _frame.Times;
        int last = _last[row] < 0 ? none : _last[row], before = _before[row] < 0 ? none : _before[row];
        double met = cumulative[(last * width) + column] - cumulative[(before * width) + column];
        return _rows.IsEvent(row) && last != none ? met - tied[(last * width) + column] : met;
    }
}
