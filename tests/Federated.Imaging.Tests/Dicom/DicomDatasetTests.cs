using CsCheck;
using Federated.Imaging.Dicom;

namespace Federated.Imaging.Tests.Dicom;

public class DicomDatasetTests
{
    [Fact]
    public void Values_come_back_as_they_went_in()
    {
        DicomDataset dataset = new DicomDataset()
            .AddOrUpdate(DicomTag.PatientWeight, 70.5).AddOrUpdate(DicomTag.ImagePositionPatient, -12.5, 0, 1e-7).AddOrUpdate(DicomTag.Rows, 512)
            .AddOrUpdate(DicomTag.AcquisitionDate, new DateOnly(2025, 1, 31)).AddOrUpdate(DicomTag.AcquisitionTime, new TimeSpan(0, 10, 48, 30, 351, 370))
            .AddOrUpdate(DicomTag.RadiopharmaceuticalStartDateTime, new DateTime(2025, 1, 31, 9, 0, 0, DateTimeKind.Unspecified));
        Assert.Equal(70.5, dataset.GetSingleValue<double>(DicomTag.PatientWeight));
        Assert.Equal([-12.5, 0, 1e-7], dataset.GetValues<double>(DicomTag.ImagePositionPatient));
        Assert.Equal(512, dataset.GetSingleValue<int>(DicomTag.Rows));
        Assert.Equal(new DateOnly(2025, 1, 31), dataset.GetSingleValue<DateOnly>(DicomTag.AcquisitionDate));
        Assert.Equal("104830.351370", dataset.GetString(DicomTag.AcquisitionTime));
        Assert.Equal(new TimeSpan(0, 10, 48, 30, 351, 370), dataset.GetSingleValue<TimeSpan>(DicomTag.AcquisitionTime));
        Assert.Equal(new DateTime(2025, 1, 31, 9, 0, 0, DateTimeKind.Unspecified), dataset.GetSingleValue<DateTime>(DicomTag.RadiopharmaceuticalStartDateTime));
    }

    [Fact]
    public void Decimal_strings_fit_sixteen_characters_and_stay_close() => Gen.Double[-1e12, 1e12].Sample(value =>
    {
        string text = DicomValueText.Format(value);
        Assert.InRange(text.Length, 1, 16);
        Assert.Equal(value, double.Parse(text, System.Globalization.CultureInfo.InvariantCulture), Math.Abs(value) * 1e-8 + 1e-300);
    });

    [Theory]
    [InlineData("10", 36000)]
    [InlineData("1048", 38880)]
    [InlineData("104829.5", 38909.5)]
    [InlineData("10:48:29", 38909)]
    [InlineData("235960", 86400)]
    public void Times_of_all_ages_are_read(string text, double seconds)
    {
        Assert.True(DicomValueText.TryParseTime(text, out TimeSpan time));
        Assert.Equal(seconds, time.TotalSeconds, 1e-9);
    }

    [Theory]
    [InlineData("24")]
    [InlineData("1")]
    [InlineData("106000")]
    [InlineData("10482x")]
    [InlineData("1048.5")]
    public void Times_that_are_none_are_refused(string text) => Assert.False(DicomValueText.TryParseTime(text, out _));

    [Fact]
    public void Date_times_keep_their_offset()
    {
        Assert.True(DicomValueText.TryParseDateTime("20201217083045.000000+0130", out DateTime moment, out TimeSpan? offset));
        Assert.Equal(new DateTime(2020, 12, 17, 8, 30, 45, DateTimeKind.Unspecified), moment);
        Assert.Equal(TimeSpan.FromMinutes(90), offset);
        Assert.False(DicomValueText.TryParseDateTime("20200230", out _, out _));
    }

    [Fact]
    public void A_private_element_is_found_by_its_creator_in_any_block()
    {
        DicomTag decay = new(0x0009, 0x0D, "GEMS_PETD_01");
        DicomDataset dataset = new DicomDataset()
            .AddOrUpdate(DicomVR.LO, new DicomTag(0x0009, 0x0010), "SOMEONE ELSE")
            .AddOrUpdate(DicomVR.DT, decay, "20250101110000");
        Assert.Equal("20250101110000", dataset.GetString(decay));
        Assert.Equal("20250101110000", dataset.GetString(new DicomTag(0x0009, 0x110D)));
        Assert.False(dataset.Contains(new DicomTag(0x0009, 0x0D, "NOBODY")));
    }

    [Fact]
    public void Refusals_name_tag_and_remedy()
    {
        DicomDataset dataset = new DicomDataset().AddOrUpdate(DicomTag.PatientWeight, "heavy");
        Assert.Contains("PatientWeight (0010,1030)", Assert.Throws<DicomDataException>(() => dataset.GetSingleValue<double>(DicomTag.PatientWeight)).Message, StringComparison.Ordinal);
        Assert.Contains("PatientSize (0010,1020)", Assert.Throws<DicomDataException>(() => dataset.GetSingleValue<double>(DicomTag.PatientSize)).Message, StringComparison.Ordinal);
        Assert.False(dataset.TryGetSingleValue(DicomTag.PatientWeight, out double _));
    }

    [Theory]
    [InlineData(12, 11, true, 0xF800, -2048)] // upper four bits hold an overlay
    [InlineData(12, 11, true, 0xF7FF, 2047)]
    [InlineData(12, 15, false, 0x8005, 0x800)] // lower four bits hold one
    [InlineData(16, 15, true, 0xFFFF, -1)]
    [InlineData(16, 15, false, 0xFFFF, 65535)]
    public void Only_stored_bits_count(int stored, int high, bool isSigned, int cell, double expected)
    {
        DicomDataset image = new DicomDataset().AddOrUpdate(DicomTag.SOPClassUID, "1.2").AddOrUpdate(DicomTag.SOPInstanceUID, "1.3")
            .AddOrUpdate(DicomTag.Rows, 1).AddOrUpdate(DicomTag.Columns, 1).AddOrUpdate(DicomTag.BitsAllocated, 16).AddOrUpdate(DicomTag.BitsStored, stored)
            .AddOrUpdate(DicomTag.HighBit, high).AddOrUpdate(DicomTag.PixelRepresentation, isSigned ? 1 : 0).AddOrUpdate(DicomTag.PixelData, (ushort)cell);
        Assert.Equal([expected], DicomPixelData.Create(new DicomFile(image)).ReadStored(0));
    }

    [Fact]
    public void Floating_point_pixels_are_read()
    {
        DicomDataset image = new DicomDataset().AddOrUpdate(DicomTag.SOPClassUID, "1.2").AddOrUpdate(DicomTag.SOPInstanceUID, "1.3")
            .AddOrUpdate(DicomTag.Rows, 1).AddOrUpdate(DicomTag.Columns, 2).AddOrUpdate(DicomTag.NumberOfFrames, 2).AddOrUpdate(DicomTag.DoubleFloatPixelData, 0.1, -2.5, 1e300, 4);
        Assert.Equal([1e300, 4], DicomPixelData.Create(new DicomFile(image)).ReadStored(1));
    }
}
