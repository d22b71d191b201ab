using System.Runtime.InteropServices;

namespace Federated.Imaging.Radiomics;

/// <summary>A box of voxels: first voxel and number of voxels on each axis.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Box(int X, int Y, int Z, int CountX, int CountY, int CountZ)
{
    /// <summary>The smallest box around the set voxels of a mask, or null when none is set.</summary>
    public static Box? Around(ReadOnlySpan<bool> mask, VoxelGrid grid)
    {
        int x0 = int.MaxValue, y0 = int.MaxValue, z0 = int.MaxValue, x1 = -1, y1 = -1, z1 = -1;
        for (int z = 0; z < grid.CountZ; z++)
        {
            for (int y = 0; y < grid.CountY; y++)
            {
                ReadOnlySpan<bool> row = mask.Slice(grid.Index(0, y, z), grid.CountX);
                int first = row.IndexOf(true);
                if (first < 0) continue;
                x0 = Math.Min(x0, first);
                x1 = Math.Max(x1, row.LastIndexOf(true));
                y0 = Math.Min(y0, y);
                y1 = Math.Max(y1, y);
                z0 = Math.Min(z0, z);
                z1 = z;
            }
        }

        return x1 < 0 ? null : new Box(x0, y0, z0, x1 - x0 + 1, y1 - y0 + 1, z1 - z0 + 1);
    }

    /// <summary>Copies the box's voxels out of an array of <paramref name="grid"/>; where the box reaches beyond the grid, its outermost voxels go on.</summary>
    public T[] Cut<T>(ReadOnlySpan<T> source, VoxelGrid grid)
    {
        T[] target = new T[CountX * CountY * CountZ];
        int at = 0;
        int from = Math.Clamp(X, 0, grid.CountX - 1), to = Math.Clamp(X + CountX, from + 1, grid.CountX);
        int before = Math.Clamp(from - X, 0, CountX - 1);
        for (int z = Z; z < Z + CountZ; z++)
        {
            for (int y = Y; y < Y + CountY; y++, at += CountX)
            {
                ReadOnlySpan<T> row = source.Slice(grid.Index(0, Math.Clamp(y, 0, grid.CountY - 1), Math.Clamp(z, 0, grid.CountZ - 1)), grid.CountX);
                Span<T> copy = target.AsSpan(at, CountX);
                copy[..before].Fill(row[from]);
                row[from..to].CopyTo(copy[before..]);
                copy[(before + to - from)..].Fill(row[to - 1]);
            }
        }

        return target;
    }
}
