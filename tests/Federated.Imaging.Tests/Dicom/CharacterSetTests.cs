using Federated.Imaging.Dicom;

namespace Federated.Imaging.Tests.Dicom;

/// <summary>The examples of PS3.5, annexes H to K, byte by byte, and one character of each single-byte repertoire.</summary>
public class CharacterSetTests
{
    [Theory]
    [InlineData(@"\ISO 2022 IR 87", "59616D6164615E5461726F753D1B24423B3345441B28425E1B244242404F3A1B28423D1B24422464245E24401B28425E1B2442243F246D24261B2842", "Yamada^Tarou=山田^太郎=やまだ^たろう")]
    [InlineData(@"ISO 2022 IR 13\ISO 2022 IR 87", "D4CFC0DE5EC0DBB33D1B24423B3345441B284A5E1B244242404F3A1B284A3D1B24422464245E24401B284A5E1B2442243F246D24261B284A", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう")]
    [InlineData(@"\ISO 2022 IR 149", "486F6E675E47696C646F6E673D1B242943FBF35E1B242943D1CED4D73D1B242943C8AB5E1B242943B1E6B5BF", "Hong^Gildong=洪^吉洞=홍^길동")]
    [InlineData(@"\ISO 2022 IR 58", "5A68616E675E5869616F446F6E673D1B242941D5C55E1B242941D0A1B6AB3D", "Zhang^XiaoDong=张^小东=")]
    [InlineData("ISO_IR 192", "57616E675E5869616F446F6E673DE78E8B5EE5B08FE69DB13D", "Wang^XiaoDong=王^小東=")]
    [InlineData("GB18030", "57616E675E5869616F446F6E673DCDF55ED0A1B6AB3D", "Wang^XiaoDong=王^小东=")]
    [InlineData("GBK", "57616E675E5869616F446F6E673DCDF55ED0A1B6AB3D", "Wang^XiaoDong=王^小东=")]
    [InlineData(@"\ISO 2022 IR 159", "1B24284430211B2842", "丂")]
    [InlineData(@"ISO 2022 IR 100\ISO 2022 IR 144", "4AE972F46D651B2D4CBBEEDA63", "JérômeЛюкc")]
    [InlineData("ISO_IR 100", "4275635E4AE972F46D65", "Buc^Jérôme")]
    [InlineData("ISO_IR 101", "57B36F6479B36177", "Włodyław")]
    [InlineData("ISO_IR 109", "A6", "Ĥ")]
    [InlineData("ISO_IR 110", "BA", "ē")]
    [InlineData("ISO_IR 144", "BBEEDA63", "Люкc")]
    [InlineData("ISO_IR 127", "E2C8C7E6EA5EE4E6D2C7D1", "قباني^لنزار")]
    [InlineData("ISO_IR 126", "C4E9EFEDF5F3E9EFF2", "Διονυσιος")]
    [InlineData("ISO_IR 138", "F9F8E5EF5EE3E1E5F8E4", "שרון^דבורה")]
    [InlineData("ISO_IR 148", "DDFDF0", "İığ")]
    [InlineData("ISO_IR 166", "B9D2C2", "นาย")]
    [InlineData("ISO_IR 13", "D4CFC0DE", "ﾔﾏﾀﾞ")]
    public void Names_read_as_the_standard_prints_them(string terms, string bytes, string expected)
    {
        DicomDataset dataset = new DicomDataset()
            .AddOrUpdate(DicomTag.SpecificCharacterSet, terms)
            .AddOrUpdate(new DicomElement(DicomTag.PatientName, DicomVR.PN, Convert.FromHexString(bytes)));
        Assert.Equal(expected, dataset.GetString(DicomTag.PatientName));
    }

    [Fact]
    public void Items_inherit_the_character_set_and_may_have_their_own()
    {
        DicomDataset inherits = new DicomDataset().AddOrUpdate(new DicomElement(DicomTag.CodeMeaning, DicomVR.LO, new byte[] { 0xBB, 0xEE }));
        DicomDataset own = new DicomDataset().AddOrUpdate(DicomTag.SpecificCharacterSet, "ISO_IR 100").AddOrUpdate(new DicomElement(DicomTag.CodeMeaning, DicomVR.LO, new byte[] { 0xE9, 0x20 }));
        DicomDataset outer = new DicomDataset().AddOrUpdate(DicomTag.SpecificCharacterSet, "ISO_IR 144").AddOrUpdate(DicomTag.RadionuclideCodeSequence, inherits, own)
            .AddOrUpdate(DicomTag.SOPClassUID, "1.2").AddOrUpdate(DicomTag.SOPInstanceUID, "1.3");
        using MemoryStream stream = new();
        new DicomFile(outer).Save(stream);
        DicomSequence read = DicomFile.Open(stream.ToArray()).Dataset.GetSequence(DicomTag.RadionuclideCodeSequence);
        Assert.Equal("Лю", read.Items[0].GetString(DicomTag.CodeMeaning));
        Assert.Equal("é", read.Items[1].GetString(DicomTag.CodeMeaning));
    }

    [Fact]
    public void Text_outside_the_repertoire_is_refused_when_writing()
    {
        DicomDataException refusal = Assert.Throws<DicomDataException>(() => new DicomDataset().AddOrUpdate(DicomTag.PatientName, "Jérôme"));
        Assert.Contains("ISO_IR 192", refusal.Message, StringComparison.Ordinal);
        DicomDataset utf8 = new DicomDataset().AddOrUpdate(DicomTag.SpecificCharacterSet, "ISO_IR 192").AddOrUpdate(DicomTag.PatientName, "Jérôme");
        Assert.Equal("Jérôme", utf8.GetString(DicomTag.PatientName));
    }

    [Fact]
    public void An_unknown_repertoire_is_remarked_and_no_text_is_lost()
    {
        DicomDataset dataset = new DicomDataset().AddOrUpdate(DicomTag.SpecificCharacterSet, "KLINGON").AddOrUpdate(DicomTag.SOPClassUID, "1.2").AddOrUpdate(DicomTag.SOPInstanceUID, "1.3")
            .AddOrUpdate(new DicomElement(DicomTag.PatientName, DicomVR.PN, new byte[] { 0x41, 0xE9 }));
        using MemoryStream stream = new();
        new DicomFile(dataset).Save(stream);
        Assert.Contains(DicomFile.Open(stream.ToArray()).Remarks, remark => remark.Contains("KLINGON", StringComparison.Ordinal));
    }
}
