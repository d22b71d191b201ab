using System.Security.Cryptography;
using CsCheck;
using Federated.Privacy.Randomness;
using Federated.Privacy.SecureAggregation;

namespace Federated.Privacy.Tests.SecureAggregation;

/// <summary>The building blocks against vectors that others published.</summary>
public class KnownVectorTests
{
    /// <summary>NIST SP 800-38A, F.5.5, CTR-AES256.Encrypt: plaintext xor ciphertext is the keystream.</summary>
    [Fact]
    public void Keystream_is_that_of_NIST_SP_800_38A()
    {
        byte[] key = Convert.FromHexString("603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4");
        byte[] plain = Convert.FromHexString(
            "6BC1BEE22E409F96E93D7E117393172A" + "AE2D8A571E03AC9C9EB76FAC45AF8E51" + "30C81C46A35CE411E5FBC1191A0A52EF" + "F69F2445DF4F9B17AD2B417BE66C3710");
        byte[] cipher = Convert.FromHexString(
            "601EC313775789A5B7A7F504BBF3D228" + "F443E3CA4D62B59ACA84E990CACAF5C5" + "2B0930DAA23DE94CE87017BA2D84988D" + "DFC9C58DB67AADA613C2DD08457941A6");
        UInt128 counter = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(Convert.FromHexString("F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF"));
        byte[] keystream = new byte[64];
        using var stream = new CounterStream(key);
        stream.Generate(counter, keystream);
        Assert.Equal(cipher, plain.Zip(keystream, (p, k) => (byte)(p ^ k)));
        byte[] part = new byte[21]; // an end inside a block
        stream.Generate(counter + 1, part);
        Assert.Equal(keystream[16..37], part);
    }

    /// <summary>RFC 5869, A.1: the HKDF this project calls.</summary>
    [Fact]
    public void Key_derivation_is_that_of_RFC_5869()
    {
        byte[] key = P256.DeriveKey(
            Convert.FromHexString("0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B"), Convert.FromHexString("000102030405060708090A0B0C"), Convert.FromHexString("F0F1F2F3F4F5F6F7F8F9"));
        Assert.Equal("3CB25F25FAACD57A90434F64D0362F2A2D2D0A90CF1A5A4C5DB02D56ECC4C5BF", Convert.ToHexString(key));
    }

    /// <summary>RFC 5903, 8.1: ECDH on P-256.</summary>
    [Fact]
    public void Agreement_is_that_of_RFC_5903()
    {
        byte[] i = Convert.FromHexString("C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433");
        byte[] r = Convert.FromHexString("C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53");
        byte[] shared = Convert.FromHexString("D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE");
        Assert.Equal("04DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C37725811805271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3", Convert.ToHexString(P256.PublicPoint(i)));
        using ECDiffieHellman mine = P256.OpenPrivate(i);
        Assert.True(P256.TryOpenPublic(P256.PublicPoint(r), out ECDiffieHellman? theirs));
        using (theirs) Assert.Equal(P256.DeriveKey(shared, "salt"u8, "info"u8), P256.AgreeKey(mine, theirs, "salt"u8, "info"u8));
    }

    [Fact]
    public void Points_off_the_curve_are_refused()
    {
        (_, byte[] point) = P256.Generate(new SeededRandomness(1));
        Assert.True(P256.IsPoint(point));
        byte[] off = [.. point];
        off[64] ^= 1;
        Assert.False(P256.IsPoint(off));
        byte[] zero = new byte[65];
        zero[0] = 4;
        Assert.False(P256.IsPoint(zero));
        Assert.False(P256.IsPoint([2, .. point.AsSpan(1, 32)]));
        Assert.False(P256.IsPoint([4, .. Enumerable.Repeat((byte)0xFF, 64)]));
    }

    [Fact]
    public void Private_keys_are_between_zero_and_the_order()
    {
        Assert.False(P256.IsScalar(new byte[32]));
        Assert.False(P256.IsScalar(Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")));
        Assert.True(P256.IsScalar(Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550")));
    }

    /// <summary>FIPS 197, 4.2 and 4.2.1.</summary>
    [Theory]
    [InlineData(0x57, 0x83, 0xC1)]
    [InlineData(0x57, 0x13, 0xFE)]
    [InlineData(0x57, 0x02, 0xAE)]
    [InlineData(0x57, 0x10, 0x07)]
    public void Field_products_are_those_of_FIPS_197(byte a, byte b, byte product)
    {
        Assert.Equal(product, Shamir.Multiply(a, b));
        Assert.Equal(product, Shamir.Multiply(b, a));
    }

    [Fact]
    public void Every_field_element_but_zero_has_its_inverse()
    {
        Assert.Equal(0xCA, Shamir.Invert(0x53)); // FIPS 197, the S-box example
        for (int a = 1; a < 256; a++) Assert.Equal(1, Shamir.Multiply((byte)a, Shamir.Invert((byte)a)));
    }

    /// <summary>A polynomial whose coefficients are known: 0x2A + 0x01 x over one byte.</summary>
    [Fact]
    public void Shares_are_values_of_the_polynomial()
    {
        byte[][] shares = Shamir.Share([0x2A], 2, 4, new Constant(0x01));
        Assert.Equal([0x2B, 0x28, 0x29, 0x2E], shares.Select(s => s[0]));
    }

    [Fact]
    public void Any_threshold_of_shares_gives_the_secret() => (
        from holders in Gen.Int[1, 40]
        from threshold in Gen.Int[1, holders]
        from secret in Gen.Byte.Array[1, 40]
        from order in Gen.Shuffle(Enumerable.Range(1, holders).ToArray())
        from seed in Gen.ULong
        select (holders, threshold, secret, order, seed)).Sample(
        c =>
        {
            byte[][] shares = Shamir.Share(c.secret, c.threshold, c.holders, new SeededRandomness(c.seed));
            Assert.Equal(c.secret, Shamir.Combine([.. c.order.Take(c.threshold).Select(h => (h, (ReadOnlyMemory<byte>)shares[h - 1]))]));
        },
        iter: 200);

    /// <summary>Perfect secrecy, counted out: with t - 1 shares fixed, every secret is left with exactly one polynomial.</summary>
    [Fact]
    public void One_share_too_few_leaves_every_secret_equally_likely()
    {
        byte[] first = Shamir.Share([0x5C], 3, 5, new SeededRandomness(9))[0], second = Shamir.Share([0x5C], 3, 5, new SeededRandomness(9))[1];
        var secrets = new HashSet<byte>();
        for (int third = 0; third < 256; third++) secrets.Add(Shamir.Combine([(1, first), (2, second), (3, new[] { (byte)third })])[0]);
        Assert.Equal(256, secrets.Count);
        Assert.NotEqual([0x5C], Shamir.Combine([(1, first), (2, second)]));
    }

    [Fact]
    public void Shares_cannot_be_asked_for_or_combined_wrongly()
    {
        var randomness = new SeededRandomness(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => Shamir.Share([1], 0, 3, randomness));
        Assert.Throws<ArgumentOutOfRangeException>(() => Shamir.Share([1], 4, 3, randomness));
        Assert.Throws<ArgumentOutOfRangeException>(() => Shamir.Share([1], 2, 256, randomness));
        Assert.Throws<ArgumentException>(() => Shamir.Combine([]));
        Assert.Throws<ArgumentException>(() => Shamir.Combine([(1, new byte[1]), (1, new byte[1])]));
        Assert.Throws<ArgumentException>(() => Shamir.Combine([(0, new byte[1])]));
        Assert.Throws<ArgumentException>(() => Shamir.Combine([(1, new byte[1]), (2, new byte[2])]));
    }

    [Fact]
    public void A_seeded_stream_repeats_itself_and_never_hands_out_a_byte_twice()
    {
        byte[] whole = new byte[64], parts = new byte[64];
        new SeededRandomness(5).Fill(whole);
        var stream = new SeededRandomness(5);
        stream.Fill(parts.AsSpan(0, 16));
        stream.Fill(parts.AsSpan(16, 48));
        Assert.Equal(whole, parts);
        byte[] a = new byte[5], b = new byte[5];
        stream.Fill(a);
        stream.Fill(b);
        Assert.NotEqual(a, b);
    }

    private sealed class Constant(byte value) : IRandomness
    {
        public void Fill(Span<byte> bytes) => bytes.Fill(value);
    }
}
