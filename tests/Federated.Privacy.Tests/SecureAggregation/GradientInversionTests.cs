using System.Buffers.Binary;
using Federated.Privacy.FixedPoint;
using Federated.Privacy.SecureAggregation;

namespace Federated.Privacy.Tests.SecureAggregation;

/// <summary>
/// An update computed on one patient gives that patient away: of a model with an intercept the gradient is (residual, residual * features), so the features are a quotient
/// (Zhu, Liu and Han 2019 for the general attack). Whoever captures the update in the clear reads the patient; whoever captures it masked reads noise.
/// </summary>
public class GradientInversionTests
{
    private static readonly double[] Patient = [61, 24.7, 13.25, 0.0625, 812.5];

    [Fact]
    public void A_captured_update_in_the_clear_gives_the_patient_back() => Assert.Equal(0, Distance(Invert(Update())), 1e-9);

    [Fact]
    public void The_same_update_captured_masked_gives_nothing_and_the_sum_is_right()
    {
        var consortium = new Consortium(3, Patient.Length + 1);
        Update().CopyTo(consortium.Vectors[1], 0);
        Standing standing = consortium.RunTo(SiteStep.Unmasked);
        Assert.True(Distance(Invert(standing.Masked[1])) > 0.5, "a masked update was inverted");
        Assert.Equal(consortium.PlainSum([0, 1, 2]), standing.Sum());
    }

    // The gradient of the logistic loss at a model that says 0.3 of a patient who responded, as it travels.
    private static byte[] Update()
    {
        const double Residual = 0.3 - 1;
        byte[] payload = new byte[(Patient.Length + 1) * Fixed128.ElementBytes];
        double[] gradient = [Residual, .. Patient.Select(x => Residual * x)];
        for (int i = 0; i < gradient.Length; i++)
        {
            Assert.True(Fixed128.TryEncode(gradient[i], 0, out Int128 element));
            BinaryPrimitives.WriteInt128LittleEndian(payload.AsSpan(i * Fixed128.ElementBytes), element);
        }

        return payload;
    }

    private static double[] Invert(byte[] captured)
    {
        double[] gradient = [.. Enumerable.Range(0, Patient.Length + 1).Select(i => Fixed128.Decode(BinaryPrimitives.ReadInt128LittleEndian(captured.AsSpan(i * Fixed128.ElementBytes)), 0))];
        return [.. gradient.Skip(1).Select(g => g / gradient[0])];
    }

    // The mean relative error over the patient's features, each counted as 1 at most.
    private static double Distance(double[] found) => found.Zip(Patient, (f, p) => double.Min(1, double.Abs(f - p) / p)).Average();
}
