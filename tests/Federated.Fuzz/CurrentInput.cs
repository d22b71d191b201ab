using System.IO.MemoryMappedFiles;

namespace Federated.Fuzz;

/// <summary>The input being run, in a mapped file that outlives the process: a stack overflow or an abort cannot be caught, but it leaves its input here.</summary>
internal sealed class CurrentInput : IDisposable
{
    public const int Most = 1 << 20;

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;

    public CurrentInput(string path)
    {
        file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, Most + 4);
        view = file.CreateViewAccessor();
        int length = view.ReadInt32(0);
        if (length is <= 0 or > Most) return;
        Left = new byte[length];
        view.ReadArray(4, Left, 0, length);
    }

    /// <summary>The input during which an earlier process died, or null.</summary>
    public byte[]? Left { get; }

    public void Begin(byte[] input)
    {
        view.WriteArray(4, input, 0, input.Length);
        view.Write(0, input.Length);
    }

    public void End() => view.Write(0, 0);

    public void Dispose()
    {
        view.Dispose();
        file.Dispose();
    }
}
