using System.Collections.Immutable;

namespace Federated.Imaging.Radiomics;

/// <summary>Grey level run length features (IBSI reference manual, section 3.7).</summary>
internal static class RunLength
{
    public static readonly ImmutableArray<string> Tags =
    [
        "rlm_sre", "rlm_lre", "rlm_lgre", "rlm_hgre", "rlm_srlge", "rlm_srhge", "rlm_lrlge", "rlm_lrhge", "rlm_glnu", "rlm_glnu_norm", "rlm_rlnu", "rlm_rlnu_norm",
        "rlm_r_perc", "rlm_gl_var", "rlm_rl_var", "rlm_rl_entr",
    ];

    /// <summary>Adds the 16 features of every chosen aggregation.</summary>
    public static void Measure(LevelVolume volume, TextureAggregations chosen, FeatureWriter features)
    {
        (GreyLevelMatrix, GreyLevelMatrix) matrices = (new(volume.LevelCount), new(volume.LevelCount));
        Aggregation.ByDirection(
            volume,
            chosen,
            Tags,
            matrices,
            (slab, direction, matrix) => Count(volume, slab, direction, matrix),
            (matrix, slab, directions) => matrix.Features((long)slab.Voxels(volume) * directions)?.Common(),
            features);
    }

    private static void Count(LevelVolume volume, Slab slab, Direction direction, GreyLevelMatrix matrix)
    {
        int offset = direction.Offset(volume);
        ushort[] levels = volume.Levels;
        for (int z = slab.From; z < slab.To; z++)
        {
            for (int y = 0; y < volume.CountY; y++)
            {
                int row = volume.Index(0, y, z);
                for (int at = row; at < row + volume.CountX; at++)
                {
                    ushort level = levels[at];
                    // A run is counted where it begins; the rim of zeros ends every run.
                    if (level == 0 || levels[at - offset] == level) continue;
                    int length = 1;
                    for (int next = at + offset; levels[next] == level; next += offset) length++;
                    matrix.Add(level, length);
                }
            }
        }
    }
}
