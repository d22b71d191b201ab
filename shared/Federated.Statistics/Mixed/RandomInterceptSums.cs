using System.Collections.Immutable;
using Federated.Statistics.Kernels;
using Federated.Statistics.Regression;

namespace Federated.Statistics.Mixed;

/// <summary>Groups with the same number of rows: all that a random intercept needs to know of them.</summary>
/// <param name="Size">Rows of each group.</param>
/// <param name="Groups">How many groups.</param>
/// <param name="Squares">Sum over the groups of s s', where s are the group's sums of the columns of [X y]; (k + 1) x (k + 1), row-major.</param>
public sealed record GroupClass(long Size, long Groups, DoubleDouble[] Squares);

/// <summary>The sums over rows and groups from which a random intercept is estimated, of columns that are centred and scaled.</summary>
public sealed record RandomInterceptSums
{
    /// <summary>[X y]'[X y], row-major (k + 1) x (k + 1); no column of X is a combination of the others.</summary>
    public required DoubleDouble[] Products { get; init; }

    /// <summary>The groups, by size.</summary>
    public required ImmutableArray<GroupClass> Classes { get; init; }

    /// <summary>How the columns of X were centred and scaled.</summary>
    public required DesignScaling Scaling { get; init; }

    /// <summary>What was taken off the outcome.</summary>
    public required double ResponseCentre { get; init; }

    /// <summary>The power of two by which the outcome was divided then.</summary>
    public required int ResponseExponent { get; init; }

    /// <summary>k.</summary>
    public int Columns => Scaling.Columns;

    /// <summary>N.</summary>
    public long Rows => Classes.Sum(c => c.Size * c.Groups);

    /// <summary>Groups.</summary>
    public long Groups => Classes.Sum(c => c.Groups);
}
