using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Federated.Fuzz;

/// <summary>Which branches an input took and roughly how often, as AFL counts them: an input is new when a branch falls into a bucket (1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128-255) not seen before.</summary>
internal sealed unsafe class Coverage
{
    private const int Size = 1 << 16;

    private readonly byte* taken = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte[] seen = new byte[Size];

    public Coverage() => Trace.SharedMem = taken;

    /// <summary>Branches seen so far.</summary>
    public int Branches => Size - seen.AsSpan().Count((byte)0);

    /// <summary>Forgets the last input.</summary>
    public void Start()
    {
        new Span<byte>(taken, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Whether the input since <see cref="Start"/> went where none went before.</summary>
    public bool Finish()
    {
        bool isNew = false;
        ReadOnlySpan<byte> counts = new(taken, Size);
        for (int at = counts.IndexOfAnyExcept((byte)0); at >= 0;)
        {
            byte bucket = Bucket(counts[at]);
            if ((seen[at] & bucket) == 0)
            {
                seen[at] |= bucket;
                isNew = true;
            }
            int next = counts[(at + 1)..].IndexOfAnyExcept((byte)0);
            at = next < 0 ? -1 : at + 1 + next;
        }
        return isNew;
    }

    private static byte Bucket(byte count) => count switch { 1 => 1, 2 => 2, 3 => 4, < 8 => 8, < 16 => 16, < 32 => 32, < 128 => 64, _ => 128 };
}
