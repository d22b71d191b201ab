using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Federated.Imaging.Phantoms;

namespace Federated.Simulator.Hospitals;

/// <summary>Streams of random numbers by name: what is drawn for one patient depends neither on how many others there are nor on which thread comes first.</summary>
/// <param name="seed">Of the whole consortium.</param>
public sealed class SeedStream(int seed)
{
    /// <summary>The seed of a name: the first eight bytes of SHA-256 over both.</summary>
    public ulong Seed(string name) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{name}")));

    /// <summary>A stream of its own for a name.</summary>
    public SeededNormals Stream(string name) => new(Seed(name));
}
