namespace Federated.Imaging.Dicom;

/// <summary>Exchanges high and low bytes of numbers.</summary>
internal static class DicomByteOrder
{
    /// <summary>A copy with each unit reversed; an incomplete unit at the end stays as it is.</summary>
    public static byte[] Swap(ReadOnlySpan<byte> bytes, int unit)
    {
        byte[] swapped = bytes.ToArray();
        for (int i = 0; i + unit <= swapped.Length; i += unit) swapped.AsSpan(i, unit).Reverse();
        return swapped;
    }
}
