using System.Text;
using CsCheck;
using Federated.Imaging.Dicom;
using Federated.SiteAgent.Host.Archives;

namespace Federated.SiteAgent.Host.Tests.Archives;

/// <summary>Answers of QIDO-RS and STOW-RS as archives write them, and as they should not.</summary>
public class DicomJsonTests
{
    private const string Sound =
        """
        [{"0020000D":{"vr":"UI","Value":["1.2.3"]},"00201209":{"vr":"IS","Value":[267]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Yamada^Tarou"}]},
          "00080060":{"vr":"CS"},"00081199":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["1.2.4"]}}]},"00081198":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["1.2.5"]},"00081197":{"vr":"US","Value":[42752]}}]}}]
        """;

    [Fact]
    public void Values_are_read_by_their_tags()
    {
        DicomJson found = Assert.Single(Read(Sound));
        Assert.Equal("1.2.3", found.Text(DicomTag.StudyInstanceUID));
        Assert.Equal(267, found.Number(new DicomTag(0x0020, 0x1209)));
        Assert.Equal("Yamada^Tarou", found.Text(new DicomTag(0x0010, 0x0010)));
        Assert.Null(found.Text(DicomTag.Modality));
        Assert.Null(found.Text(DicomTag.PatientID));
        Assert.Equal([new StoreOutcome("1.2.4", null), new StoreOutcome("1.2.5", 0xA700)], DicomWebClient.ReadStoreAnswer(Encoding.UTF8.GetBytes(Sound)));
    }

    [Fact]
    public void A_number_may_be_written_as_text() => Assert.Equal(39, Read("""[{"00201209":{"vr":"IS","Value":["39"]}}]""")[0].Number(new DicomTag(0x0020, 0x1209)));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("[]")]
    public void Nothing_is_no_result(string json) => Assert.Empty(Read(json));

    [Theory]
    [InlineData("<html>")]
    [InlineData("[1]")]
    [InlineData("\"text\"")]
    [InlineData("[{}")]
    public void What_is_no_DICOM_JSON_is_refused(string json) => Assert.Throws<ArchiveAnswerException>(() => Read(json));

    [Fact]
    public void Depth_is_limited() => Assert.Throws<ArchiveAnswerException>(() => Read(new string('[', 100_000)));

    [Fact]
    public void Damaged_answers_are_refused_and_nothing_else_happens()
    {
        byte[] sound = Encoding.UTF8.GetBytes(Sound);
        Gen.Select(Gen.Int[0, sound.Length - 1], Gen.Byte, Gen.Int[0, sound.Length]).Sample((at, value, length) =>
        {
            byte[] damaged = [.. sound];
            damaged[at] = value;
            try
            {
                foreach (DicomJson found in DicomJson.Read(damaged.AsMemory(0, length)))
                {
                    _ = found.Text(DicomTag.StudyInstanceUID);
                    _ = found.Number(new DicomTag(0x0020, 0x1209));
                }

                _ = DicomWebClient.ReadStoreAnswer(damaged.AsMemory(0, length));
            }
            catch (ArchiveAnswerException refused)
            {
                Assert.DoesNotContain('\n', refused.Message);
            }
        }, iter: 5000);
    }

    private static System.Collections.Immutable.ImmutableArray<DicomJson> Read(string json) => DicomJson.Read(Encoding.UTF8.GetBytes(json));
}
