namespace Federated.Imaging.Radiomics;

/// <summary>City-block distance of each voxel to the outside of the morphological mask: the number of face-to-face steps that leave it.</summary>
internal static class BorderDistance
{
    /// <summary>Distances in an array that begins one slice before the slab and ends one slice after it; 0 outside the mask.</summary>
    public static int[] Of(LevelVolume volume, Slab slab)
    {
        int first = slab.From * volume.StrideZ, length = (slab.To - slab.From + 2) * volume.StrideZ;
        int[] distance = new int[length];
        ReadOnlySpan<bool> mask = volume.Morphological.AsSpan(first, length);
        int strideY = volume.StrideY, strideZ = volume.StrideZ;
        bool inSpace = !slab.Planar;
        // Two sweeps suffice for the city-block metric (Rosenfeld and Pfaltz, 1966).
        for (int at = strideZ; at < length - strideZ; at++)
        {
            if (!mask[at]) continue;
            int d = Math.Min(distance[at - 1], distance[at - strideY]);
            if (inSpace) d = Math.Min(d, distance[at - strideZ]);
            distance[at] = d + 1;
        }

        for (int at = length - strideZ - 1; at >= strideZ; at--)
        {
            if (!mask[at]) continue;
            int d = Math.Min(distance[at + 1], distance[at + strideY]);
            if (inSpace) d = Math.Min(d, distance[at + strideZ]);
            distance[at] = Math.Min(distance[at], d + 1);
        }

        return distance;
    }
}
